package dev.converge.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.scale.ScaleResult.Goal;
import dev.converge.lab.scale.ScaleResult.Instances;
import dev.converge.lab.scale.ScaleResult.Pair;
import dev.converge.lab.scale.ScaleResult.Rebalance;
import dev.converge.lab.scale.ScaleResult.Slots;
import dev.converge.lab.scale.ScaleResult.Sums;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: each goal fails for the figures that it is about, and for no others. */
class ScaleGoalsTest {
  private static final Map<String, Double> CORES = Map.of("connect", 1.2, "order-db", 0.4);
  private static final Sums EXACT = new Sums(10, 0, new Pair(5, 5), new Pair(7, 7));

  private static Slots slots(int slots, double rowsPerSecond, long lost, List<Long> perConnector) {
    return new Slots(slots, 100, rowsPerSecond, lost, 0, 0, perConnector, CORES);
  }

  private static Instances instances(int instances, double ended, Sums sums) {
    return new Instances(instances, ended, ended, 10, sums, CORES);
  }

  private static List<String> unmet(List<Slots> slots, List<Instances> instances, Rebalance... of) {
    return ScaleGoals.of(slots, instances, List.of(of)).stream()
        .filter(goal -> !goal.met())
        .map(Goal::goal)
        .toList();
  }

  @Test
  void goodFiguresMeetEveryGoal() {
    assertThat(
            unmet(
                List.of(slots(1, 1_000, 0, List.of(100L)), slots(2, 900, 0, List.of(50L, 50L))),
                List.of(instances(1, 100, EXACT), instances(2, 90, EXACT)),
                new Rebalance("it leaves", 3_000, 100, 4_000)))
        .isEmpty();
  }

  @Test
  void lostRowIsReported() {
    assertThat(unmet(List.of(slots(1, 1_000, 1, List.of(100L))), List.of()))
        .singleElement()
        .asString()
        .contains("every row arrives once");
  }

  @Test
  void slotsThatCostTooMuchAreReported() {
    assertThat(
            unmet(
                List.of(slots(1, 1_000, 0, List.of(100L)), slots(4, 600, 0, List.of(50L, 50L))),
                List.of()))
        .singleElement()
        .asString()
        .contains("4 slots", "rows per second");
  }

  @Test
  void unevenSharesAreReported() {
    assertThat(
            unmet(
                List.of(slots(1, 1_000, 0, List.of(100L)), slots(2, 1_000, 0, List.of(90L, 10L))),
                List.of()))
        .singleElement()
        .asString()
        .contains("no connector sends more");
  }

  @Test
  void sumsThatDifferAndPendingOrdersAreReported() {
    Sums differ = new Sums(10, 0, new Pair(5, 6), new Pair(7, 7));
    Sums pending = new Sums(10, 1, new Pair(5, 5), new Pair(7, 7));

    assertThat(unmet(List.of(), List.of(instances(1, 100, differ)))).hasSize(1);
    assertThat(unmet(List.of(), List.of(instances(1, 100, pending)))).hasSize(1);
  }

  @Test
  void longGapIsReported() {
    assertThat(unmet(List.of(), List.of(), new Rebalance("it is killed", 16_000, 100, 20_000)))
        .singleElement()
        .asString()
        .contains("it is killed");
  }
}
