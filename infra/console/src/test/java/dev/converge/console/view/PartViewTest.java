package dev.converge.console.view;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.console.view.PartView.Probe;
import dev.converge.console.view.PartView.State;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: a part shows the state that it has, and since when. Method: rounds of observations. */
class PartViewTest {
  private static final Instant BEGIN = Instant.parse("2026-11-30T12:00:00Z");

  private static Probe probe(@Nullable Boolean process, boolean answers, boolean isPaused) {
    return new Probe("kafka", process, answers, isPaused, 9_092, 300);
  }

  private static PartView after(Map<String, PartView> before, Probe probe, int second) {
    return PartView.after(before, List.of(probe), Map.of(), Map.of(), BEGIN.plusSeconds(second))
        .getOrDefault("kafka", none());
  }

  private static PartView none() {
    return new PartView("none", State.DOWN, BEGIN, 0, 0, null, null);
  }

  private static State state(@Nullable Boolean process, boolean answers, boolean isPaused) {
    return after(Map.of(), probe(process, answers, isPaused), 0).state();
  }

  @Test
  void stateIsThatOfTheProcessAndItsAnswer() {
    assertThat(state(true, true, false)).isEqualTo(State.READY);
    assertThat(state(true, false, false)).isEqualTo(State.STARTING);
    assertThat(state(false, false, false)).isEqualTo(State.DOWN);
    // Another program has taken its port.
    assertThat(state(false, true, false)).isEqualTo(State.DOWN);
    assertThat(state(true, false, true)).isEqualTo(State.PAUSED);
  }

  @Test
  void partThatWasReadyAndDoesNotAnswerIsNotStarting() {
    PartView ready = after(Map.of(), probe(true, true, false), 0);
    PartView silent = after(Map.of("kafka", ready), probe(true, false, false), 1);
    PartView still = after(Map.of("kafka", silent), probe(true, false, false), 2);
    PartView killed = after(Map.of("kafka", still), probe(false, false, false), 3);

    assertThat(still.state()).isEqualTo(State.SILENT);
    assertThat(still.since()).isEqualTo(silent.since());
    assertThat(after(Map.of("kafka", killed), probe(true, false, false), 4).state())
        .isEqualTo(State.STARTING);
  }

  @Test
  void withoutProcessesTheAnswerDecides() {
    assertThat(state(null, true, false)).isEqualTo(State.READY);
    assertThat(state(null, false, false)).isEqualTo(State.DOWN);
  }

  @Test
  void stateKeepsItsTimeUntilItChanges() {
    PartView first = after(Map.of(), probe(true, true, false), 0);
    PartView second = after(Map.of("kafka", first), probe(true, true, false), 5);
    PartView third = after(Map.of("kafka", second), probe(false, false, false), 9);

    assertThat(second.since()).isEqualTo(BEGIN);
    assertThat(second.differsFrom(first)).isFalse();
    assertThat(third.since()).isEqualTo(BEGIN.plusSeconds(9));
    assertThat(third.differsFrom(second)).isTrue();
  }

  @Test
  void pausedPartShowsWhenItsPauseEnds() {
    Instant until = BEGIN.plusSeconds(20);
    PartView paused =
        PartView.after(
                Map.of(),
                List.of(probe(true, false, true)),
                Map.of("kafka", until),
                Map.of("kafka", "an earlier failure"),
                BEGIN)
            .getOrDefault("kafka", none());

    assertThat(paused.until()).isEqualTo(until);
    assertThat(paused.json().getString("until")).isEqualTo("2026-11-30T12:00:20Z");
  }

  @Test
  void failedStartIsShownUntilThePartIsReady() {
    Map<String, String> failures = Map.of("kafka", "its port is taken");

    assertThat(
            PartView.after(Map.of(), List.of(probe(false, false, false)), Map.of(), failures, BEGIN)
                .getOrDefault("kafka", none())
                .why())
        .isEqualTo("its port is taken");
    assertThat(
            PartView.after(Map.of(), List.of(probe(true, true, false)), Map.of(), failures, BEGIN)
                .getOrDefault("kafka", none())
                .why())
        .isNull();
  }
}
