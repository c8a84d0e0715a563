package dev.converge.testkit;

import java.util.Random;
import java.util.function.LongConsumer;

/**
 * Runs a property over many seeds. A failure names its seed and how to run that seed alone.
 *
 * <p>{@code -Dconverge.seed=N} runs one seed; {@code -Dconverge.seeds=N} sets how many are tried.
 */
public final class Seed {
  private static final long MAX = 1_000_000_000L;

  private Seed() {}

  /** Tries this number of seeds, or the one seed that is set. */
  public static void forEach(int seeds, LongConsumer property) {
    String only = System.getProperty("converge.seed");
    if (only != null) {
      property.accept(Long.parseLong(only));
      return;
    }
    // Not consecutive: generators with neighbouring seeds begin with almost the same numbers.
    Random source = new Random();
    int count = Integer.getInteger("converge.seeds", seeds);
    for (int i = 0; i < count; i++) {
      long seed = source.nextLong(MAX);
      try {
        property.accept(seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "seed " + seed + " (again: -Dconverge.seed=" + seed + "): " + e.getMessage(), e);
      }
    }
  }

  /** The seed of a single long run: the one that is set, or a new one. */
  public static long one() {
    String only = System.getProperty("converge.seed");
    return only == null ? new Random().nextLong(MAX) : Long.parseLong(only);
  }
}
