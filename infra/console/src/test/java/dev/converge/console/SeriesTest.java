package dev.converge.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.console.OrderDesk.Series;
import dev.converge.console.view.OrderKind;
import org.junit.jupiter.api.Test;

/** Goal: a series keeps its rate and its number. Method: times since its begin. */
class SeriesTest {
  private static final Series SERIES = new Series(OrderKind.COMPLETES, 50, 10, 0, 0);

  @Test
  void requestsAreDueByTheTimeThatHasPassed() {
    assertThat(SERIES.due(0)).isZero();
    assertThat(SERIES.due(250)).isEqualTo(2);
    assertThat(SERIES.after(2).due(1_000)).isEqualTo(8);
  }

  @Test
  void noMoreThanItsNumberAreSent() {
    assertThat(SERIES.after(48).due(60_000)).isEqualTo(2);
    assertThat(SERIES.after(50).isRunning()).isFalse();
  }

  @Test
  void stoppedSeriesSendsNoMore() {
    Series stopped = SERIES.after(7).stopped();

    assertThat(stopped.isRunning()).isFalse();
    assertThat(stopped.due(60_000)).isZero();
    assertThat(stopped.json().getInteger("sent")).isEqualTo(7);
  }
}
