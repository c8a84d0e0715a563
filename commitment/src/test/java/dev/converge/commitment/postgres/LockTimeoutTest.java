package dev.converge.commitment.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: work always has a lock timeout, and loses before the votes are overdue. */
class LockTimeoutTest {
  @Test
  void timeoutIsOfTheTransactionOnly() {
    assertThat(LockTimeout.statement(Duration.ofSeconds(2)))
        .isEqualTo("SET LOCAL lock_timeout = '2000ms'");
  }

  /** PostgreSQL waits without end if the value is 0. */
  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT0.0009S", "PT-1S"})
  void timeoutOfLessThanAMillisecondIsRejected(String timeout) {
    assertThatThrownBy(() -> LockTimeout.statement(Duration.parse(timeout)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
