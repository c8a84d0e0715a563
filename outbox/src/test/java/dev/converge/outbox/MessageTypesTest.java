package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: only registered names become records, and what does not fit is refused and not guessed.
 * Method: payloads as they may come over the wire.
 */
class MessageTypesTest {
  private record Placed(UUID orderId, int quantity, List<String> skus, Instant at) {}

  private record Unknown() {}

  private static final String NAME = "test.Placed.v1";
  private static final Placed PLACED =
      new Placed(new UUID(0, 1), 3, List.of("apple"), Instant.parse("2026-01-01T00:00:00Z"));
  private static final String JSON =
      "{\"orderId\":\"00000000-0000-0000-0000-000000000001\",\"quantity\":3,"
          + "\"skus\":[\"apple\"],\"at\":\"2026-01-01T00:00:00Z\"}";

  private final MessageTypes types = new MessageTypes(Map.of(NAME, Placed.class));

  private static InboundMessage message(String type, String payload) {
    return new InboundMessage(
        new UUID(0, 9),
        type,
        "key",
        payload,
        null,
        null,
        null,
        null,
        new InboundMessage.Source("topic", 0, 0));
  }

  private void isRefused(String type, String payload) {
    assertThatThrownBy(() -> assertThat(types.decode(message(type, payload))).isNull())
        .as("%s %s", type, payload)
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessageContaining(type);
  }

  @Test
  void writesAndReadsTheSameRecord() {
    assertThat(types.nameOf(PLACED)).isEqualTo(NAME);
    assertThat(types.encode(PLACED)).isEqualTo(JSON);
    assertThat(types.decode(message(NAME, JSON))).isEqualTo(PLACED);
  }

  @Test
  void toleratesAFieldThatANewerSenderAdds() {
    assertThat(types.decode(message(NAME, JSON.replace("{", "{\"new\":{\"a\":[1]},"))))
        .isEqualTo(PLACED);
  }

  @Test
  void refusesATypeThatIsNotRegistered() {
    isRefused("test.Placed.v2", JSON);
    isRefused(Placed.class.getName(), JSON);
  }

  @Test
  void refusesAPayloadThatDoesNotFit() {
    isRefused(NAME, "");
    isRefused(NAME, "null");
    isRefused(NAME, "[]");
    isRefused(NAME, "{");
    isRefused(NAME, JSON + JSON);
    isRefused(NAME, JSON.replace("3", "\"three\""));
    isRefused(NAME, JSON.replace("\"00000000-0000-0000-0000-000000000001\"", "\"1\""));
  }

  @Test
  void refusesANumberThatIsLeftOutOrNull() {
    isRefused(NAME, JSON.replace("\"quantity\":3,", ""));
    isRefused(NAME, JSON.replace("3", "null"));
  }

  @Test
  void refusesToNameARecordThatIsNotRegistered() {
    assertThatThrownBy(() -> assertThat(types.nameOf(new Unknown())).isNull())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not registered");
  }

  @Test
  void refusesTwoNamesForOneRecord() {
    assertThatThrownBy(
            () -> new MessageTypes(Map.of("test.A.v1", Placed.class, "test.B.v1", Placed.class)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has two names");
  }
}
