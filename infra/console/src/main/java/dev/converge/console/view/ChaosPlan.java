package dev.converge.console.view;

import java.util.List;
import java.util.Random;

/**
 * Faults at random moments, the same for the same seed. Each begins some seconds after the one
 * before, and is over before the next.
 *
 * @param parts that may be hit
 * @param everySeconds from one fault to the next
 */
public record ChaosPlan(long seed, List<String> parts, int everySeconds) {
  private static final int SHORTEST_SECONDS = 1;

  public ChaosPlan {
    parts = List.copyOf(parts);
    if (parts.isEmpty() || everySeconds <= SHORTEST_SECONDS) {
      throw new IllegalArgumentException("a plan needs a part, and time between the faults");
    }
  }

  /** The kind of a fault. */
  public enum Fault {
    KILL,
    PAUSE
  }

  /** A fault of a plan, and how long it lasts. */
  public record Step(String part, Fault fault, int seconds) {}

  /** The step of a number; each has its own randomness, so that none depends on the others. */
  public Step step(int number) {
    Random random = new Random(seed * 1_000_003 + number);
    String part = parts.get(random.nextInt(parts.size()));
    Fault fault = random.nextBoolean() ? Fault.KILL : Fault.PAUSE;
    return new Step(
        part, fault, SHORTEST_SECONDS + random.nextInt(everySeconds - SHORTEST_SECONDS));
  }
}
