package dev.converge.order.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.reads.ConsistencyToken;
import dev.converge.order.reads.ReadLevel;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: a level and a token are read exactly, and anything else is refused. */
class ReadConsistencyHeaderTest {
  private static final String TOKEN = "7-1-64-0";

  private static Optional<ReadLevel> level(String value, String... tokens) {
    return ReadConsistencyHeader.level(List.of(value), List.of(tokens));
  }

  @Test
  void eachLevelHasItsName() {
    assertThat(level("strong")).contains(new ReadLevel.Strong());
    assertThat(level("eventual")).contains(new ReadLevel.Eventual());
    assertThat(level("session")).contains(new ReadLevel.Session(Optional.empty()));
    assertThat(level(" bounded;ms=200 ")).contains(new ReadLevel.Bounded(200));
    assertThat(level("bounded ; ms=60000")).contains(new ReadLevel.Bounded(60_000));
  }

  @Test
  void sessionContinuesFromItsToken() {
    assertThat(level("session", TOKEN))
        .contains(new ReadLevel.Session(Optional.of(new ConsistencyToken(7, 1, 100, 0))));
  }

  @Test
  void tokenWithoutASessionIsIgnored() {
    assertThat(level("eventual", "no token")).contains(new ReadLevel.Eventual());
    assertThat(ReadConsistencyHeader.level(List.of(), List.of(TOKEN))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Strong",
        "bounded",
        "bounded;ms=0",
        "bounded;ms=60001",
        "bounded;ms=100000",
        "bounded;ms=1.5",
        "bounded;ms=200;x=1",
        "strong;ms=200",
        "strong, eventual"
      })
  void otherLevelIsRefused(String value) {
    assertRefused(() -> level(value), "Read-Consistency");
  }

  @Test
  void headerThatIsThereTwiceIsRefused() {
    assertRefused(
        () -> ReadConsistencyHeader.level(List.of("strong", "strong"), List.of()),
        "Read-Consistency");
    assertRefused(() -> level("session", TOKEN, TOKEN), "Consistency-Token");
  }

  @Test
  void textThatIsNoTokenIsRefused() {
    assertRefused(() -> level("session", "latest"), "Consistency-Token");
  }

  private static void assertRefused(ThrowingCallable reading, String header) {
    assertThatThrownBy(reading)
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.type()).isEqualTo(ProblemType.READ_CONSISTENCY_INVALID);
              assertThat(problem.faults().get(0).pointer()).isEqualTo(header);
            });
  }
}
