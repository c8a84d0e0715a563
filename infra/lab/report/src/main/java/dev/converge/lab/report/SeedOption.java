package dev.converge.lab.report;

import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code --seed} of a command that can repeat its runs. */
public final class SeedOption {
  private static final long SEEDS = 1_000_000_000L;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Repeat the run with this seed (default: a new seed, which is printed).")
  private @Nullable Long seed;

  public boolean isGiven() {
    return seed != null;
  }

  /** The given seed, or a new one. */
  public long orNew() {
    return seed == null ? ThreadLocalRandom.current().nextLong(SEEDS) : seed;
  }
}
