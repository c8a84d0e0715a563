package dev.converge.order.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Goal: a wait is found anywhere among the preferences, and bounded. Method: header values of RFC
 * 7240.
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
  void invalidPreferenceRequestsNoWait() {
    for (String value : List.of("", "wait", "wait=", "wait=-1", "wait=soon", "await=5")) {
      assertThat(PreferHeader.wait(List.of(value))).as(value).isEmpty();
    }
    assertThat(PreferHeader.wait(List.of())).isEmpty();
  }

  @Test
  void waitOfAnyLengthIsShortened() {
    for (String value :
        List.of("wait=1000000", "wait=99999999999999999999999999", "wait=000000000021")) {
      assertThat(PreferHeader.wait(List.of(value)))
          .as(value)
          .isEqualTo(Optional.of(PreferHeader.MAX_WAIT));
    }
    assertThat(PreferHeader.wait(List.of("wait=0000000000000005"))).isEqualTo(seconds(5));
  }

  @Test
  void isReadByItsGrammar() {
    for (String value :
        List.of(
            "foo=\"a, wait=3\", wait=5",
            "foo; bar=\"; wait=3\"; baz, wait=5",
            "foo; wait=3, wait=5",
            "wait=5; foo=bar",
            "wait=5;;",
            "wait=5, wait=3",
            ", ,wait=5,",
            "WAIT\t=\t5",
            "foo=\"\\\"\", wait=5",
            "handling=lenient, wait=5, respond-async")) {
      assertThat(PreferHeader.wait(List.of(value))).as(value).isEqualTo(seconds(5));
    }
    for (String value :
        List.of(
            "foo=\"a, wait=3\"",
            "foo; wait=3",
            "foo wait=3",
            "wait=3 seconds",
            "wait=3\"",
            "wait=\"3",
            "wait=3, foo=\"",
            "wait=3=4",
            "wait:3",
            "wait=1.5",
            "wait=+5",
            "wait=0x5",
            "wait=\u0663",
            "wait=5s",
            "wait=\"\"",
            "wait=soon, wait=3")) {
      assertThat(PreferHeader.wait(List.of(value))).as(value).isEmpty();
    }
  }
}
