package dev.converge.service.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.PgException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Goal: held rows are asked for while they may exist, and only then. Method: a set clock. */
class HeldRowsTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final HeldRows rows = new HeldRows(true, nanos::get);

  private static Throwable lockTimeout() {
    return new PgException("", "ERROR", "55P03", null);
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void noRowIsSuspectedAtFirst() {
    assertThat(rows.areSuspected()).isFalse();
  }

  @Test
  void lockTimeoutIsSuspectForTenSeconds() {
    assertThat(rows.suspectAfter(lockTimeout())).isTrue();
    pass(Duration.ofSeconds(10).minusNanos(1));
    assertThat(rows.areSuspected()).isTrue();

    pass(Duration.ofNanos(1));
    assertThat(rows.areSuspected()).isFalse();
  }

  @Test
  void rowThatIsSeenHeldProlongsTheSuspicion() {
    rows.suspect();
    pass(Duration.ofSeconds(9));
    rows.suspect();
    pass(Duration.ofSeconds(9));

    assertThat(rows.areSuspected()).isTrue();
  }

  @Test
  void otherFailureIsNotSuspect() {
    assertThat(rows.suspectAfter(new PgException("", "ERROR", "40P01", null))).isFalse();
    assertThat(rows.areSuspected()).isFalse();
  }

  @Test
  void withoutOtherProtocolsNoRowIsSuspected() {
    HeldRows off = new HeldRows(false, nanos::get);

    assertThat(off.suspectAfter(lockTimeout())).isFalse();
    off.suspect();
    assertThat(off.areSuspected()).isFalse();
  }
}
