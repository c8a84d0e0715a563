package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: the limits of a payload that docs/reference/messages.md states, which also apply to unknown
 * fields. Method: an unknown field at each limit and beyond it.
 */
class PayloadLimitsTest {
  private record Counted(int quantity) {}

  private final MessageTypes types = new MessageTypes(Map.of("test.Counted.v1", Counted.class));

  private Record decodeWith(String unknownField) {
    return types.decode(
        new InboundMessage(
            new UUID(0, 9),
            "test.Counted.v1",
            "key",
            "{\"quantity\":3," + unknownField + "}",
            null,
            null,
            null,
            null,
            new InboundMessage.Source("topic", 0, 0)));
  }

  private void isIgnored(String unknownField) {
    assertThat(decodeWith(unknownField)).isEqualTo(new Counted(3));
  }

  private void isRefused(String unknownField) {
    assertThatThrownBy(() -> assertThat(decodeWith(unknownField)).isNull())
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessageContaining("nested too deep, or with too long a number, text or name");
  }

  private static String nested(int levels) {
    // The payload itself is the first level.
    return "\"a\":" + "[".repeat(levels - 1) + "]".repeat(levels - 1);
  }

  @Test
  void nestingIsLimitedTo1000Levels() {
    isIgnored(nested(1_000));
    isRefused(nested(1_001));
  }

  @Test
  void numbersAreLimitedTo1000Characters() {
    isIgnored("\"a\":" + "1".repeat(1_000));
    isRefused("\"a\":" + "1".repeat(1_001));
  }

  @Test
  void namesAreLimitedTo50000Characters() {
    isIgnored("\"" + "a".repeat(50_000) + "\":1");
    isRefused("\"" + "a".repeat(50_001) + "\":1");
  }

  @Test
  void textIsLimitedByThePayloadOnly() {
    isIgnored("\"a\":\"" + "a".repeat(900_000) + "\"");
  }
}
