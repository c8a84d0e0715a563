package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Layout;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: a service can have its time from the lab. Method: a JVM with the class path entry alone.
 */
class LabClockTest {
  /** Run by source in a JVM of its own: prints the time twice, with a line to read in between. */
  private static final String PROGRAM =
      """
      import java.time.Clock;
      import java.time.Instant;
      import java.util.ServiceLoader;

      public class PrintTime {
        public static void main(String[] args) throws Exception {
          Clock clock = ServiceLoader.load(Clock.class).findFirst().orElseThrow();
          Instant first = clock.instant();
          System.out.println(first);
          System.in.read();
          long end = System.nanoTime() + 10_000_000_000L;
          Instant next = clock.instant();
          while (next.isBefore(first.plusSeconds(1_800)) && System.nanoTime() < end) {
            Thread.sleep(10);
            next = clock.instant();
          }
          System.out.println(next);
        }
      }
      """;

  @Test
  void serviceObservesTheStepAndItsEnd(@TempDir Path folder) throws Exception {
    LabClock clock = new LabClock(new Layout(folder, folder));
    Path entry = clock.make();
    clock.set(Duration.ofHours(-1));
    Path program = Files.writeString(folder.resolve("PrintTime.java"), PROGRAM);
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            entry + File.pathSeparator,
            program.toString());
    builder.environment().putAll(clock.environment());
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var output = process.inputReader()) {
      assertThat(Duration.between(Instant.parse(output.readLine()), Instant.now()))
          .isBetween(Duration.ofMinutes(59), Duration.ofMinutes(61));
      clock.set(Duration.ZERO);
      process.outputWriter().append('\n').close();
      assertThat(Duration.between(Instant.parse(output.readLine()), Instant.now()))
          .isLessThan(Duration.ofMinutes(1));
    } finally {
      process.destroyForcibly();
    }
    assertThat(ServiceLoader.load(Clock.class).findFirst()).as("lab's own time").isEmpty();
  }
}
