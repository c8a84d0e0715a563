package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.protocols.LockHolds.Branch;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LockHoldsTest {
  @Test
  void holdBeginsWithTheTransactionIfTheRowIsFree() {
    assertThat(
            LockHolds.byItem(
                List.of(new Branch("hot", 1_000, 4_000), new Branch("hot", 9_000, 11_000))))
        .isEqualTo(Map.of("hot", List.of(3.0, 2.0)));
  }

  @Test
  void waitForTheRowIsNoHold() {
    assertThat(
            LockHolds.byItem(
                List.of(
                    new Branch("hot", 2_000, 9_000),
                    new Branch("hot", 1_000, 4_000),
                    new Branch("hot", 3_000, 10_500))))
        .isEqualTo(Map.of("hot", List.of(3.0, 5.0, 1.5)));
  }

  /** A third of the orders of this step are for the item, not the share that was drawn. */
  @Test
  void noStepIsFasterThanTheHoldsOfItsItemAllow() {
    List<Branch> branches =
        List.of(
            new Branch("hot", 0, 20_000),
            new Branch("hot", 1_000, 50_000),
            new Branch("hot", 60_000, 100_000));
    List<Double> holds = LockHolds.byItem(branches).getOrDefault("hot", List.of());

    assertThat(holds).containsExactly(20.0, 30.0, 40.0);
    assertThat(LockHolds.bound(holds, 9)).isEqualTo(100.0);
    assertThat(9 / 0.1).isLessThanOrEqualTo(100.0);
    assertThat(LockHolds.bound(List.of(), 9)).isNull();
  }

  @Test
  void itemsHoldTheirRowsIndependently() {
    assertThat(
            LockHolds.byItem(
                List.of(new Branch("hot", 1_000, 4_000), new Branch("cold", 2_000, 5_000))))
        .isEqualTo(Map.of("hot", List.of(3.0), "cold", List.of(3.0)));
  }
}
