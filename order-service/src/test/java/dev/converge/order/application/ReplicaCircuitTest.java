package dev.converge.order.application;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Goal: a replica that fails is asked by one read a second, until it answers. */
class ReplicaCircuitTest {
  private static final long PAUSE = ReplicaCircuit.PAUSE.toNanos();

  private final ReplicaCircuit circuit = new ReplicaCircuit();

  @Test
  void replicaThatAnswersIsAskedByEveryRead() {
    assertThat(circuit.admits(5)).isTrue();
    circuit.answered();
    assertThat(circuit.admits(5)).isTrue();
  }

  @Test
  void replicaThatFailedIsTriedByOneReadAfterAPause() {
    assertThat(circuit.failed(100)).isTrue();
    assertThat(circuit.admits(100 + PAUSE - 1)).isFalse();
    assertThat(circuit.admits(100 + PAUSE)).isTrue();
    assertThat(circuit.admits(100 + PAUSE)).isFalse();
    assertThat(circuit.failed(100 + PAUSE)).isFalse();
    assertThat(circuit.admits(100 + 2 * PAUSE)).isTrue();
    circuit.answered();
    assertThat(circuit.admits(100 + 2 * PAUSE)).isTrue();
    assertThat(circuit.failed(200 + 2 * PAUSE)).isTrue();
  }
}
