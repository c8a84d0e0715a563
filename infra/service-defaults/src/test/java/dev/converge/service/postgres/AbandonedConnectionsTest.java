package dev.converge.service.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.VertxException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class AbandonedConnectionsTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private final Throwable leftOpen =
      new VertxException("null is not supported in the client only UTF8");

  private final AbandonedConnections abandoned = new AbandonedConnections(3, 90 * SECOND);

  @Test
  void failureWithoutAConnectionBoundsNoLogins() {
    for (int n = 0; n < 100; n++) {
      abandoned.failed(new IOException("refused"), 0);
      assertThat(abandoned.mayOpen(0)).isTrue();
    }
  }

  @Test
  void loginsAreBoundedByThePoolAndThenOneEveryTenSeconds() {
    int opened = 0;
    for (long second = 0; second < 90; second++) {
      if (abandoned.mayOpen(second * SECOND)) {
        abandoned.failed(leftOpen, second * SECOND);
        opened++;
      }
    }
    assertThat(opened).isEqualTo(3 + 8);
  }

  @Test
  void afterUnansweredLoginsOneIsTriedEveryFiveSeconds() {
    int opened = 0;
    for (long second = 0; second < 90; second++) {
      if (abandoned.mayOpen(second * SECOND)) {
        abandoned.failed(new TimeoutException("login"), second * SECOND);
        opened++;
      }
    }
    assertThat(opened).isEqualTo(3 + 17);
  }

  @Test
  void loginsInProgressCountOnceOneIsAbandoned() {
    for (int n = 0; n < 3; n++) {
      assertThat(abandoned.mayOpen(0)).isTrue();
    }
    abandoned.failed(new TimeoutException("login"), 3 * SECOND);
    assertThat(abandoned.mayOpen(3 * SECOND)).isFalse();
    abandoned.succeeded();
    assertThat(abandoned.mayOpen(3 * SECOND)).isTrue();
  }

  @Test
  void successfulLoginEndsTheBound() {
    for (int n = 0; n < 3; n++) {
      assertThat(abandoned.mayOpen(0)).isTrue();
      abandoned.failed(leftOpen, 0);
    }
    assertThat(abandoned.mayOpen(SECOND)).isFalse();
    abandoned.answered();
    assertThat(abandoned.mayOpen(SECOND)).isTrue();
  }
}
