package dev.converge.order.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Goal: a wait is understood wherever it stands among the preferences, and bounded. Method: header
 * values of RFC 7240.
 */
class PreferHeaderTest {
  private static Optional<Duration> seconds(long seconds) {
    return Optional.of(Duration.ofSeconds(seconds));
  }

  @Test
  void waitIsReadAmongOtherPreferences() {
    assertThat(PreferHeader.wait(List.of("wait=5"))).isEqualTo(seconds(5));
    assertThat(PreferHeader.wait(List.of("Wait = \"7\""))).isEqualTo(seconds(7));
    assertThat(PreferHeader.wait(List.of("respond-async, wait=5"))).isEqualTo(seconds(5));
    assertThat(PreferHeader.wait(List.of("respond-async", "wait=5"))).isEqualTo(seconds(5));
    assertThat(PreferHeader.wait(List.of("wait=0"))).isEqualTo(seconds(0));
  }

  @Test
  void waitIsBounded() {
    long most = PreferHeader.MAX_WAIT.toSeconds();
    assertThat(PreferHeader.wait(List.of("wait=" + (most - 1)))).isEqualTo(seconds(most - 1));
    assertThat(PreferHeader.wait(List.of("wait=999999"))).isEqualTo(seconds(most));
  }

  @Test
  void whatIsNotUnderstoodIsNoWait() {
    for (String value : List.of("", "wait", "wait=", "wait=-1", "wait=soon", "await=5")) {
      assertThat(PreferHeader.wait(List.of(value))).as(value).isEmpty();
    }
    assertThat(PreferHeader.wait(List.of())).isEmpty();
  }
}
