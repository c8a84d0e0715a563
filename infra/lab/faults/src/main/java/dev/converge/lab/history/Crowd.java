package dev.converge.lab.history;

/**
 * Who wants the same, before anything else is asked for.
 *
 * @param equal requests for one order, with one key, all at once
 * @param units of an item of which there is not enough for all
 * @param contenders orders of one unit of that item each, 256 at a time
 */
public record Crowd(int equal, int units, int contenders) {
  /** So many that whatever is not exact shows. */
  public static final Crowd LARGE = new Crowd(1_000, 1_000, 5_000);

  /** For runs that are over soon. */
  public static final Crowd SMALL = new Crowd(30, 30, 90);
}
