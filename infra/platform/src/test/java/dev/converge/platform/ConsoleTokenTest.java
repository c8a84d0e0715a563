package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: only the owner of the state folder can write to the console. Method: a state folder. */
class ConsoleTokenTest {
  @TempDir private Path state;

  private Platform platform() {
    return new Platform(new Layout(state, state), Ports.shifted(1_000), Map.of());
  }

  @Test
  void tokenIsNewEachTimeAndReadableByItsOwnerOnly() throws IOException {
    ConsoleToken.issue(state);
    String first = ConsoleToken.read(state).orElseThrow();
    ConsoleToken.issue(state);

    assertThat(first).matches("[0-9a-f]{32}");
    assertThat(ConsoleToken.read(state)).isPresent().get().isNotEqualTo(first);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(state.resolve("console-token"))))
        .isEqualTo("rw-------");
  }

  @Test
  void damagedTokenIsNoToken() throws IOException {
    Files.writeString(state.resolve("console-token"), "short");
    assertThat(ConsoleToken.read(state)).isEmpty();
  }

  @Test
  void consoleIsAPartOnlyWithAToken() {
    assertThat(platform().parts()).doesNotContain(Part.CONSOLE);
    assertThatThrownBy(() -> platform().start(Part.CONSOLE))
        .isInstanceOf(PlatformException.class)
        .hasMessageContaining("--no-console");

    platform().enableConsole();

    assertThat(platform().parts()).contains(Part.CONSOLE);
    assertThat(platform().consoleLink())
        .isEqualTo("http://127.0.0.1:9090/#t=" + ConsoleToken.read(state).orElseThrow());
  }
}
