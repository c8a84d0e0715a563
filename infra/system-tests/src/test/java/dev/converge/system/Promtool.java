package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Prometheus' tool that checks rules and runs them on series. */
final class Promtool {
  private static final Path PROGRAM =
      Path.of(System.getenv().getOrDefault("PROMTOOL", "/usr/bin/promtool"));

  private Promtool() {}

  /** Runs {@code promtool VERB rules FILE}, which must succeed; skips the test without promtool. */
  static void succeeds(String verb, Path rules) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(PROGRAM), "no promtool: apt-get install prometheus");
    Path output = Files.createTempFile("promtool", ".txt");
    Path file = rules.toAbsolutePath();

    Process ran =
        new ProcessBuilder(PROGRAM.toString(), verb, "rules", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();

    assertThat(ran.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(ran.exitValue()).as(Files.readString(output)).isZero();
    Files.delete(output);
  }
}
