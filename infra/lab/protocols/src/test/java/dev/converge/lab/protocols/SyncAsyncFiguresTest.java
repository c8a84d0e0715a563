package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.protocols.SyncAsyncFigures.Measured;
import dev.converge.lab.protocols.SyncAsyncFigures.State;
import dev.converge.lab.protocols.SyncAsyncFigures.Way;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Machine;
import dev.converge.lab.report.Report;
import dev.converge.testkit.Xml;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: the page's claims follow from its figures, and the figures from answers and effects.
 * Method: constructed answers, effects and figures.
 */
class SyncAsyncFiguresTest {
  private static final Quantiles NONE = Quantiles.of(List.of());

  @Test
  void orderIsWholeOrHalfByItsEffectsAndNotByItsAnswer() {
    Measured measured =
        SyncAsyncRun.measured(
            Way.CHAIN,
            State.DOWN,
            List.of(
                attempt("whole", 0, 201, "COMPLETED"),
                attempt("late", 100, 503, null),
                attempt("half", 200, 503, null),
                attempt("none", 400, 503, null),
                attempt("unknown", 600, 0, null)),
            new SyncAsyncRun.Effects(
                Map.of(
                    "1", new OrderEffects("1", 1_000_000L, 1_010_000L, 1_030_000L),
                    "4", new OrderEffects("4", 1_100_000L, 1_110_000L, 1_150_000L),
                    "2", new OrderEffects("2", 1_200_000L, 1_210_000L, null)),
                Map.of("whole", "1", "half", "2", "none", "3", "late", "4"),
                1_000_000));

    assertThat(measured.offered()).isEqualTo(5);
    assertThat(measured.ok()).isEqualTo(1);
    assertThat(measured.ended()).isEqualTo(1);
    assertThat(measured.whole()).isEqualTo(2);
    assertThat(measured.kept()).isEqualTo(1);
    assertThat(measured.half()).isEqualTo(1);
    assertThat(measured.effects().p50()).isEqualTo(30);
    assertThat(measured.answers().count()).isEqualTo(5);
  }

  private static OrderAttempt attempt(
      String key, double intended, int status, @Nullable String state) {
    return new OrderAttempt(key, intended, intended + 50, status, 1, null, state);
  }

  @Test
  void figuresThatShowTheEffectMeetEveryClaim() throws Exception {
    SyncAsyncFigures figures = figures(expected());
    Report report = SyncAsyncPage.of(figures);

    assertThat(figures.claims()).hasSize(7).allMatch(Claim::met);
    assertThat(Xml.texts(Xml.parse(report.html()), "figcaption")).hasSize(5);
    assertThat(report.html()).contains("Prefer: wait");
    assertThat(report.text()).contains("2xx 0 of 75").doesNotContain("MISSED");
    assertThat(report.json()).contains("\"effects\"").contains("\"claims\"");
  }

  @Test
  void everyBrokenPromiseMissesItsClaim() {
    assertMissed(measured(Way.IMMEDIATE, State.DOWN, 74, 0, 10, 74, 0), "every order is accepted");
    assertMissed(measured(Way.IMMEDIATE, State.SLOW, 75, 0, 10, 74, 0), "every accepted order is");
    assertMissed(measured(Way.WAITING, State.SLOW, 75, 70, 10, 75, 1), "every accepted order is");
    assertMissed(measured(Way.CHAIN, State.DOWN, 1, 1, 10, 1, 74), "the chain completes no order");
    assertMissed(measured(Way.CHAIN, State.DOWN, 0, 0, 10, 0, 0), "stays half done");
    assertMissed(measured(Way.CHAIN, State.SLOW, 75, 75, 290, 75, 0), "every caller of the chain");
    assertMissed(measured(Way.WAITING, State.HEALTHY, 75, 75, 9, 75, 0), "pays for it also");
    assertMissed(measured(Way.WAITING, State.DOWN, 74, 0, 3_000, 74, 0), "loses nothing");
  }

  private static void assertMissed(Measured instead, String says) {
    List<Measured> all = new ArrayList<>(expected());
    all.replaceAll(
        one -> one.way() == instead.way() && one.state() == instead.state() ? instead : one);
    assertThat(figures(all).claims())
        .filteredOn(claim -> !claim.met())
        .singleElement()
        .satisfies(claim -> assertThat(claim.says()).contains(says));
  }

  private static SyncAsyncFigures figures(List<Measured> measured) {
    return new SyncAsyncFigures(
        SyncAsyncLab.settings(1, 15), new Machine(2, 20_000, "Linux amd64", "17"), measured);
  }

  private static List<Measured> expected() {
    return List.of(
        measured(Way.IMMEDIATE, State.HEALTHY, 75, 0, 10, 75, 0),
        measured(Way.IMMEDIATE, State.SLOW, 75, 0, 12, 75, 0),
        measured(Way.IMMEDIATE, State.DOWN, 75, 0, 11, 75, 0),
        measured(Way.WAITING, State.HEALTHY, 75, 75, 120, 75, 0),
        measured(Way.WAITING, State.SLOW, 75, 75, 900, 75, 0),
        measured(Way.WAITING, State.DOWN, 75, 0, 3_005, 75, 0),
        measured(Way.CHAIN, State.HEALTHY, 75, 75, 40, 75, 0),
        measured(Way.CHAIN, State.SLOW, 75, 75, 340, 75, 0),
        measured(Way.CHAIN, State.DOWN, 0, 0, 15, 0, 75));
  }

  private static Measured measured(
      Way way, State state, int ok, int ended, double millis, int kept, int half) {
    return new Measured(
        way,
        state,
        75,
        ok,
        ended,
        Quantiles.of(List.of(millis)),
        kept,
        kept,
        half,
        kept == 0 ? NONE : Quantiles.of(List.of(millis + 80)));
  }
}
