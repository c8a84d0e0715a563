package dev.converge.order.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: one request has one key. Method: header values at and beyond each bound. */
class IdempotencyKeyHeaderTest {
  private static ProblemType problem(String... values) {
    Problem problem =
        catchThrowableOfType(
            Problem.class, () -> assertThat(IdempotencyKeyHeader.key(List.of(values))).isNull());
    return problem.type();
  }

  @Test
  void quotedAndBareAreTheSameKey() {
    assertThat(IdempotencyKeyHeader.key(List.of("\"8e03978e\""))).isEqualTo("8e03978e");
    assertThat(IdempotencyKeyHeader.key(List.of(" 8e03978e "))).isEqualTo("8e03978e");
  }

  @Test
  void escapesOfAQuotedKeyAreResolved() {
    assertThat(IdempotencyKeyHeader.key(List.of("\"a\\\"b\\\\c\""))).isEqualTo("a\"b\\c");
  }

  @Test
  void isNeverHalfQuoted() {
    for (String wrong : List.of("\"abc", "abc\"", "\"", "a\"b", "\"a\"b\"", "\"abc\\\"")) {
      assertThat(problem(wrong)).as(wrong).isEqualTo(ProblemType.IDEMPOTENCY_KEY_INVALID);
    }
  }

  @Test
  void isRequired() {
    assertThat(problem()).isEqualTo(ProblemType.IDEMPOTENCY_KEY_MISSING);
  }

  @Test
  void isOne() {
    assertThat(problem("a", "b")).isEqualTo(ProblemType.IDEMPOTENCY_KEY_INVALID);
  }

  @Test
  void hasOneTo255VisibleCharacters() {
    String longest = "k".repeat(255);
    assertThat(IdempotencyKeyHeader.key(List.of(longest))).isEqualTo(longest);
    assertThat(IdempotencyKeyHeader.key(List.of("!~"))).isEqualTo("!~");
    for (String wrong : List.of("", "\"\"", longest + "k", "a b", "é", "a\tb", "a\u007f")) {
      assertThat(problem(wrong)).as(wrong).isEqualTo(ProblemType.IDEMPOTENCY_KEY_INVALID);
    }
  }
}
