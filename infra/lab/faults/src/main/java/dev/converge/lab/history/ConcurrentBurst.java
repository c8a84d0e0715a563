package dev.converge.lab.history;

/**
 * The requests at the start of a run that compete with each other.
 *
 * @param equal requests for one order, with one key, sent concurrently
 * @param units of an item of which there is not enough for all
 * @param contenders orders of one unit of that item each, 256 at a time
 */
public record ConcurrentBurst(int equal, int units, int contenders) {
  /** Enough to show every inexactness. */
  public static final ConcurrentBurst LARGE = new ConcurrentBurst(1_000, 1_000, 5_000);

  /** For runs that are over soon. */
  public static final ConcurrentBurst SMALL = new ConcurrentBurst(30, 30, 90);
}
