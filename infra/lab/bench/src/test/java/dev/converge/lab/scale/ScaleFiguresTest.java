package dev.converge.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Machine;
import dev.converge.lab.scale.ScaleFigures.Instances;
import dev.converge.lab.scale.ScaleFigures.Pair;
import dev.converge.lab.scale.ScaleFigures.Rebalance;
import dev.converge.lab.scale.ScaleFigures.Settings;
import dev.converge.lab.scale.ScaleFigures.Slots;
import dev.converge.lab.scale.ScaleFigures.Sums;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: each claim is missed with the figures that it is about, and with no others. */
class ScaleFiguresTest {
  private static final Map<String, Double> CORES =
      Map.of("connect", 1.2, "order-db", 0.4, "zipkin", 0.001);
  private static final Sums EXACT = new Sums(10, 0, new Pair(5, 5), new Pair(7, 7));
  private static final Slots ONE_SLOT = slots(1, 1_000, 0, List.of(100L));
  private static final Slots TWO_SLOTS = slots(2, 900, 0, List.of(50L, 50L));
  private static final Instances ONE = instances(1, 100, EXACT);
  private static final Instances TWO = instances(2, 90, EXACT);
  private static final Rebalance KILLED = new Rebalance("it is killed", 3_000, 100, 4_000);

  static Slots slots(int slots, double rowsPerSecond, long lost, List<Long> perConnector) {
    return new Slots(slots, 100, rowsPerSecond, lost, 0, 0, perConnector, CORES);
  }

  static Instances instances(int instances, double ended, Sums sums) {
    return new Instances(instances, ended, ended, 10, sums, CORES, 80.0);
  }

  static ScaleFigures figures(
      List<Slots> slots, List<Instances> instances, List<Rebalance> rebalances) {
    return new ScaleFigures(
        new Settings(7, List.of(1, 2), 100, 9_000, 10_000),
        new Machine(2, 20_000, "Linux amd64", "17"),
        slots,
        instances,
        rebalances);
  }

  /** Figures that show every claim. */
  static ScaleFigures good() {
    return figures(List.of(ONE_SLOT, TWO_SLOTS), List.of(ONE, TWO), List.of(KILLED));
  }

  private static Claim missed(
      List<Slots> slots, List<Instances> instances, List<Rebalance> rebalances) {
    List<Claim> missed =
        figures(slots, instances, rebalances).claims().stream().filter(c -> !c.met()).toList();
    assertThat(missed).hasSize(1);
    return missed.get(0);
  }

  private static Claim missedWith(Slots two) {
    return missed(List.of(ONE_SLOT, two), List.of(ONE, TWO), List.of(KILLED));
  }

  private static Claim missedWith(Instances two) {
    return missed(List.of(ONE_SLOT, TWO_SLOTS), List.of(ONE, two), List.of(KILLED));
  }

  @Test
  void goodFiguresShowEveryClaim() {
    assertThat(good().claims()).hasSize(7).allMatch(Claim::met);
  }

  @Test
  void lostRowMissesItsClaim() {
    Claim claim = missedWith(slots(2, 900, 1, List.of(50L, 50L)));

    assertThat(claim.says()).contains("every row arrives once");
    assertThat(claim.found()).isEqualTo("200 rows: 1 lost, 0 doubled, 0 out of order");
  }

  @Test
  void slotsThatCostTooMuchMissTheirClaim() {
    Claim claim = missedWith(slots(2, 600, 0, List.of(50L, 50L)));

    assertThat(claim.says()).contains("more slots keep");
    assertThat(claim.found()).isEqualTo("2: 0.60 ×");
  }

  @Test
  void unevenSharesMissTheirClaim() {
    Claim claim = missedWith(slots(2, 1_000, 0, List.of(61L, 39L)));

    assertThat(claim.says()).contains("no connector sends more");
    assertThat(claim.found()).isEqualTo("2: 1.22");
  }

  @Test
  void sumsThatDifferAndOrdersThatDoNotEndMissTheirClaim() {
    Claim differ = missedWith(instances(2, 90, new Sums(10, 0, new Pair(5, 6), new Pair(7, 7))));
    Claim pending = missedWith(instances(2, 90, new Sums(10, 1, new Pair(5, 5), new Pair(7, 7))));

    assertThat(List.of(differ, pending))
        .allMatch(claim -> claim.says().contains("orders, money and stock agree"));
    assertThat(differ.found())
        .contains("1: 10 orders, exact; 2: 10 orders, 0 pending; charged 5 and 6");
  }

  @Test
  void instancesThatCostTooMuchMissTheirClaim() {
    assertThat(missedWith(instances(2, 60, EXACT)).says()).contains("more instances keep");
  }

  @Test
  void longWaitMissesItsClaim() {
    Claim claim = missedWith(new Instances(2, 90, 90, 10, EXACT, CORES, 181.0));

    assertThat(claim.says()).contains("another instance handles the reply");
    assertThat(claim.found()).isEqualTo("1: 80.0 ms; 2: 181 ms");
    assertThat(missedWith(new Instances(2, 90, 90, 10, EXACT, CORES, null)).found())
        .isEqualTo("1: 80.0 ms; 2: –");
  }

  @Test
  void longGapMissesItsClaim() {
    Claim claim =
        missed(
            List.of(ONE_SLOT, TWO_SLOTS),
            List.of(ONE, TWO),
            List.of(KILLED, new Rebalance("it leaves", 16_000, 100, 20_000)));

    assertThat(claim.says()).contains("no gap is longer than 15 s");
    assertThat(claim.found()).isEqualTo("it is killed: 3.0 s, it leaves: 16.0 s");
  }

  @Test
  void emptyRunShowsNoClaim() {
    assertThat(figures(List.of(), List.of(), List.of()).claims()).noneMatch(Claim::met);
  }
}
