package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: only registered names become records, and a payload that does not fit is refused. Method:
 * payloads as they may arrive on the wire.
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
    assertThat(types.encode(PLACED)).isEqualTo(new Payload(NAME, JSON));
    assertThat(types.decode(message(NAME, JSON))).isEqualTo(PLACED);
  }

  @Test
  void ignoresAFieldOfANewerSender() {
    assertThat(types.decode(message(NAME, JSON.replace("{", "{\"new\":{\"a\":[1]},"))))
        .isEqualTo(PLACED);
  }

  @Test
  void refusesAnUnregisteredType() {
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
  void refusesAMissingOrNullNumber() {
    isRefused(NAME, JSON.replace("\"quantity\":3,", ""));
    isRefused(NAME, JSON.replace("3", "null"));
  }

  record Limited(int quantity, List<Line> lines) {
    record Line(String sku) {
      Line {
        if (sku.isEmpty()) {
          throw new IllegalArgumentException("sku: must not be empty");
        }
      }
    }

    Limited {
      if (quantity < 0) {
        throw new IllegalStateException("dev.converge.outbox.Limited is broken");
      }
      if (quantity > 9) {
        throw new IllegalArgumentException("quantity: " + quantity + " (expected: 0 to 9)");
      }
    }
  }

  private void saysOf(String payload, String reason) {
    MessageTypes limited = new MessageTypes(Map.of("test.Limited.v1", Limited.class));
    assertThatThrownBy(
            () -> assertThat(limited.decode(message("test.Limited.v1", payload))).isNull())
        .as(payload)
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessage("test.Limited.v1: " + reason);
  }

  @Test
  void convertsNothingFromAnotherType() {
    for (String number : List.of("12.99", "1.9", "1.0", "1e3", "\"3\"", "\" \"", "true", "[3]")) {
      isRefused(NAME, JSON.replace("3", number));
    }
    for (String text : List.of("1", "1.5", "true", "null", "{}", "[\"apple\"]")) {
      isRefused(NAME, JSON.replace("\"apple\"", text));
    }
    for (String list : List.of("\"\"", "\"apple\"", "null", "{}", "0")) {
      isRefused(NAME, JSON.replace("[\"apple\"]", list));
    }
    String id = "00000000-0000-0000-0000-000000000001";
    for (String other :
        List.of("", " " + id, "1-1-1-1-1", "AAAAAAAAAAAAAAAAAAAAAA==", id.replace("-", ""))) {
      isRefused(NAME, JSON.replace(id, other));
    }
  }

  @Test
  void refusesADuplicateField() {
    isRefused(NAME, JSON.replace("{", "{\"quantity\":2,"));
    isRefused(NAME, JSON.replace("{", "{\"new\":{\"a\":1,\"a\":2},"));
  }

  @Test
  void namesTheFieldAndTheRuleButNoClassesOrValues() {
    saysOf("{\"quantity\":10,\"lines\":[]}", "/quantity: 10 (expected: 0 to 9)");
    saysOf("{\"quantity\":-1,\"lines\":[]}", "not accepted");
    saysOf("{\"quantity\":1.5,\"lines\":[]}", "/quantity: must be an integer in plain digits");
    saysOf("{\"quantity\":99999999999,\"lines\":[]}", "/quantity: number out of range");
    saysOf("{\"quantity\":1}", "/lines: is required");
    saysOf("{\"quantity\":1,\"lines\":null}", "/lines: must not be null");
    saysOf("{\"quantity\":1,\"lines\":7}", "/lines: must be an array");
    saysOf("{\"quantity\":1,\"lines\":[7]}", "/lines/0: must be an object");
    saysOf(
        "{\"quantity\":1,\"lines\":[{\"sku\":\"a\"},{\"sku\":\"\"}]}",
        "/lines/1/sku: must not be empty");
    saysOf("{\"quantity\":1,\"lines\":[{\"sku\":7}]}", "/lines/0/sku: must be a string");
    saysOf("[]", "must be an object");
    saysOf("{} {}", "/quantity: is required");
    saysOf("{\"quantity\":1,\"lines\":[]} {}", "more than one JSON value");
    saysOf("{\"quantity\":", "not well-formed JSON, line 1, column 13");
  }

  @Test
  void refusesToEncodeAnUnregisteredRecord() {
    assertThatThrownBy(() -> assertThat(types.encode(new Unknown())).isNull())
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

  private static final String ID = "00000000-0000-0000-0000-00000000000a";

  private final MessageTypes keyed = new MessageTypes("orderId", Map.of(NAME, Placed.class));

  private static InboundMessage withKey(String key, String orderId) {
    return new InboundMessage(
        new UUID(0, 9),
        NAME,
        key,
        JSON.replace("00000000-0000-0000-0000-000000000001", orderId),
        null,
        null,
        null,
        null,
        new InboundMessage.Source("topic", 0, 0));
  }

  @Test
  void acceptsAMessageWhoseKeyIsThePayloadsAggregate() {
    assertThat(keyed.decode(withKey(ID, ID))).isInstanceOf(Placed.class);
    // The same id in another JSON notation; the key decides the partition.
    assertThat(keyed.decode(withKey(ID, ID.toUpperCase(Locale.ROOT)))).isInstanceOf(Placed.class);
  }

  @Test
  void refusesAMessageWhoseKeyIsNotThePayloadsAggregate() {
    for (String key :
        List.of(
            "00000000-0000-0000-0000-00000000000b",
            ID.toUpperCase(Locale.ROOT),
            "0-0-0-0-a",
            " " + ID,
            ID + " ",
            "\"" + ID + "\"",
            "key")) {
      assertThatThrownBy(() -> assertThat(keyed.decode(withKey(key, ID))).isNull())
          .as(key)
          .isInstanceOf(UnprocessableMessageException.class)
          .hasMessage(
              NAME + ": the record's key is not the orderId of its payload (expected: " + ID + ")");
    }
  }

  @Test
  void refusesTypesWithoutTheAggregateField() {
    assertThatThrownBy(() -> new MessageTypes("orderId", Map.of("test.A.v1", Unknown.class)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("Unknown has no field orderId");
  }
}
