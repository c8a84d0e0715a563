package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Goal: memory is reported on every system. Method: asks for the memory of this process. */
class MemoryTest {
  private static final long PLAUSIBLE_KIB = 10_000;

  @Test
  void ownProcessUsesMemory() {
    assertThat(Memory.residentKib(ProcessHandle.current())).isGreaterThan(PLAUSIBLE_KIB);
  }

  @Test
  void psReportsIt() {
    assumeThat(Path.of("/bin/ps")).exists();
    assertThat(Memory.fromPs(ProcessHandle.current().pid()))
        .hasValueSatisfying(kib -> assertThat(kib).isGreaterThan(PLAUSIBLE_KIB));
  }

  @Test
  void endedProcessUsesNoMemory() {
    assertThat(Memory.fromPs(Integer.MAX_VALUE)).isEmpty();
  }
}
