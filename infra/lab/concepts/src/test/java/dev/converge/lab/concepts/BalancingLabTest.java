package dev.converge.lab.concepts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.concepts.BalancingFigures.Choice;
import dev.converge.lab.concepts.BalancingFigures.Distribution;
import dev.converge.lab.concepts.BalancingFigures.Measured;
import dev.converge.lab.concepts.BalancingFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Machine;
import dev.converge.lab.report.Report;
import dev.converge.testkit.Seed;
import dev.converge.testkit.Xml;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: the page's claims follow from its figures. Method: constructed figures, and a short run.
 */
class BalancingLabTest {
  /** Without claims on its times: the machine may be busy. */
  @Test
  void shortRunAnswersEveryRequestAndSharesByTheChoice() throws Exception {
    Settings settings = Settings.of(Seed.one(), 0.5);
    BalancingFigures figures = BalancingRun.of(settings, progress -> {});

    int offered = BalancedLoad.schedule(settings.seed(), settings.requestsPerSecond(), 0.5).size();
    assertThat(figures.measured()).extracting(Measured::choice).containsExactly(Choice.values());
    assertThat(figures.measured())
        .allSatisfy(
            one -> {
              assertThat(one.failed()).isZero();
              assertThat(one.millis().count()).isEqualTo(offered);
              assertThat(one.perReplica().stream().mapToInt(n -> n).sum()).isEqualTo(offered);
            });
    List<Integer> inTurn = figures.of(Choice.ROUND_ROBIN).perReplica();
    assertThat(inTurn).allMatch(count -> Math.abs(count - offered / 3) <= 1);
  }

  @Test
  void scheduleIsThatOfItsSeedAndHasItsRate() {
    List<Double> due = BalancedLoad.schedule(5, 100, 50);

    assertThat(due).isSorted().hasSizeBetween(4_700, 5_300);
    assertThat(due).isEqualTo(BalancedLoad.schedule(5, 100, 50));
    assertThat(due).isNotEqualTo(BalancedLoad.schedule(6, 100, 50));
  }

  @Test
  void figuresThatShowTheEffectMeetEveryClaim() throws Exception {
    BalancingFigures figures = figures(20, 2_000);
    Report report = BalancingPage.of(figures);

    assertThat(figures.claims()).hasSize(4).allMatch(Claim::met);
    assertThat(Xml.texts(Xml.parse(report.html()), "figcaption")).hasSize(2);
    assertThat(report.text()).contains("p99   2,000 ms").doesNotContain("MISSED");
    assertThat(report.json()).contains("\"slowCapacity\"").contains("\"claims\"");
  }

  @Test
  void evenSharesOrEqualTimesMissTheirClaims() {
    assertThat(figures(100, 2_000).claims()).filteredOn(claim -> !claim.met()).hasSize(1);
    assertThat(figures(20, 150).claims()).filteredOn(claim -> !claim.met()).hasSize(1);
  }

  /** Blind choices send the slow replica 100 of 300, the others this number. */
  private static BalancingFigures figures(int toSlow, double blindMillis) {
    return new BalancingFigures(
        Settings.of(1, 6),
        3,
        new Machine(2, 20_000, "Linux amd64", "17"),
        Stream.of(Choice.values())
            .map(
                choice ->
                    choice.regardsLoad()
                        ? measured(choice, toSlow, 100)
                        : measured(choice, 100, blindMillis))
            .toList());
  }

  private static Measured measured(Choice choice, int toSlow, double slowMillis) {
    List<Double> millis =
        DoubleStream.concat(
                IntStream.range(0, 300 - toSlow).mapToDouble(at -> 15),
                IntStream.range(0, toSlow).mapToDouble(at -> slowMillis))
            .boxed()
            .toList();
    int fast = (300 - toSlow) / 2;
    return new Measured(
        choice, List.of(fast, 300 - toSlow - fast, toSlow), 0, Distribution.of(millis));
  }
}
