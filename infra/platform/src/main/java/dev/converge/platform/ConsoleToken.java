package dev.converge.platform;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The token that a write to the console needs: a file in the state folder that only its owner can
 * read. A platform that has one runs the console.
 */
final class ConsoleToken {
  private static final int BYTES = 16;

  private ConsoleToken() {}

  /** Replaces the token by a new one. */
  static void issue(Path state) {
    byte[] token = new byte[BYTES];
    new SecureRandom().nextBytes(token);
    forget(state);
    // A temporary file, which becomes this one, is readable by its owner only.
    StateFile.write(file(state), HexFormat.of().formatHex(token) + System.lineSeparator());
  }

  /** The token; empty if there is none, or it is damaged. */
  static Optional<String> read(Path state) {
    return StateFile.read(file(state))
        .map(String::strip)
        .filter(text -> text.matches("[0-9a-f]{32}"));
  }

  static void forget(Path state) {
    StateFile.delete(file(state));
  }

  private static Path file(Path state) {
    return state.resolve("console-token");
  }
}
