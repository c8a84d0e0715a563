package dev.converge.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Goal: the processor time of a child is not lost when it ends. Method: a line as the kernel writes
 * it.
 */
class ProcessorTimeTest {
  @Test
  void timeOfTheProcessAndOfEndedChildrenIsAddedUp() {
    String stat =
        "17147 (postgres: a) b) S 1 17147 17147 0 -1 4194304 9 8 7 6 25 13 1000 7 20 0 1 0 5 6 7";
    assertThat(ProcessorTime.millis(stat)).isEqualTo((25 + 13 + 1000 + 7) * 10.0);
  }

  @Test
  void workingProcessUsesProcessorTime() {
    double before = ProcessorTime.millis(ProcessHandle.current());
    long end = System.nanoTime() + 30_000_000_000L;
    while (System.nanoTime() < end && sinceMillis(before) < 30) {
      Thread.onSpinWait();
    }
    assertThat(sinceMillis(before)).isGreaterThanOrEqualTo(30);
  }

  private static double sinceMillis(double before) {
    return ProcessorTime.millis(ProcessHandle.current()) - before;
  }
}
