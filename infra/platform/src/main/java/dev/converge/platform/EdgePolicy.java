package dev.converge.platform;

import java.nio.file.Path;
import java.util.List;

/**
 * How the edge selects a node of a service: the name of a policy in the state folder, so that a
 * later {@code up} and {@code start edge} have the same one.
 */
public final class EdgePolicy {
  /** The names of the policies, the default one first. */
  public static final List<String> NAMES =
      List.of(
          "least-requests", "round-robin", "random", "power-of-two-choices", "consistent-hashing");

  private EdgePolicy() {}

  /** The stored policy; the default one if none is stored, or it is damaged. */
  static String load(Path state) {
    return StateFile.read(file(state))
        .map(String::strip)
        .filter(NAMES::contains)
        .orElse(NAMES.get(0));
  }

  static void save(Path state, String name) {
    StateFile.write(file(state), name + System.lineSeparator());
  }

  static void forget(Path state) {
    StateFile.delete(file(state));
  }

  /** Refuses other names. */
  static void requireKnown(String name) {
    if (!NAMES.contains(name)) {
      throw new PlatformException(
          "no such policy: "
              + Visible.line(name)
              + " (expected: "
              + String.join(", ", NAMES)
              + ")");
    }
  }

  private static Path file(Path state) {
    return state.resolve("edge-policy");
  }
}
