package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: a migration waits for locks for a bounded time, and for nothing but locks. */
class LockWaitsTest {
  @Test
  void pausesDoubleUpToTheLongest() {
    LockWaits waits =
        new LockWaits(Duration.ofSeconds(1), 5, Duration.ofMillis(250), Duration.ofSeconds(2));
    assertThat(IntStream.of(1, 2, 3, 4, 5, 1_000).mapToObj(waits::pauseAfter))
        .extracting(Duration::toMillis)
        .containsExactly(250L, 500L, 1_000L, 2_000L, 2_000L, 2_000L);
  }

  @Test
  void allAttemptsTogetherEndWithinAMinute() {
    LockWaits waits = LockWaits.STANDARD;
    Duration sum =
        IntStream.range(1, waits.attempts())
            .mapToObj(waits::pauseAfter)
            .reduce(waits.each().multipliedBy(waits.attempts()), Duration::plus);
    assertThat(sum).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(60));
  }

  @Test
  void onlyUnavailableLocksAndDeadlocksAreLockErrors() {
    for (String state : new String[] {"55P03", "40P01"}) {
      SQLException cause = new SQLException("not free", state);
      assertThat(
              (Throwable)
                  SchemaLocks.lockFault(new PlatformException("", new RuntimeException(cause))))
          .isSameAs(cause);
    }
    for (String state : new String[] {"42P01", "57014", "08006", "40001", null}) {
      assertThat(
              (Throwable)
                  SchemaLocks.lockFault(new PlatformException("", new SQLException("", state))))
          .isNull();
    }
    assertThat((Throwable) SchemaLocks.lockFault(new PlatformException("of no database"))).isNull();
  }
}
