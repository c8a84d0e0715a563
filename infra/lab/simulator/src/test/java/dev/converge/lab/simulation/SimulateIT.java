package dev.converge.lab.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Converge;
import dev.converge.testkit.Seed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: a seed gives the same trace on every machine. Method: the command in a process of its own,
 * in which anything that depends on identities or on a real clock is different.
 */
class SimulateIT {
  private static final long WITHIN_SECONDS = 60;

  @TempDir private Path directory;

  @Test
  void anotherProcessGivesTheSameTrace() throws Exception {
    long seed = Seed.one();
    List<String> printed = new ArrayList<>(Simulation.run(seed).trace().lines());
    printed.add("SHA-256 of the trace: " + Simulation.run(seed).trace().digest());

    assertThat(run(0, "--seed", Long.toString(seed), "--trace")).isEqualTo(printed);
  }

  @Test
  void violationIsReportedWithItsSeedAndExitCodeOne() throws Exception {
    assertThat(run(1, "--seed", "1", "--seeds", "5000", "--broken", "NO_INBOX"))
        .anyMatch(line -> line.startsWith("seed ") && line.contains(" violates I19"));
  }

  private List<String> run(int expectedStatus, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Converge.class.getName(), "lab", "simulate"));
    command.addAll(List.of(options));
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(WITHIN_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(expectedStatus);
      return Files.readAllLines(output, StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly();
    }
  }
}
