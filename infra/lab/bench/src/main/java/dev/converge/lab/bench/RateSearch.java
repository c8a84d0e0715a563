package dev.converge.lab.bench;

/**
 * Finds the highest rate that is kept up with: goes up by halves until one is not, then halves the
 * gap.
 */
final class RateSearch {
  private static final double CLOSE_ENOUGH = 1.08;

  private double kept;
  private double tooMuch = Double.POSITIVE_INFINITY;
  private double next;

  RateSearch(double first) {
    this.next = first;
  }

  /** The rate to try next. */
  double next() {
    return next;
  }

  /** Whether the highest rate is known closely enough. */
  boolean isDone() {
    return tooMuch / Math.max(kept, 1) <= CLOSE_ENOUGH || next < 1;
  }

  /** The highest rate that was kept up with; 0 if there is none. */
  double best() {
    return kept;
  }

  /** Reports the result of the last rate. */
  void tried(boolean steady) {
    if (steady) {
      kept = next;
    } else {
      tooMuch = next;
    }
    next = Double.isInfinite(tooMuch) ? kept * 1.5 : (kept + tooMuch) / 2;
  }
}
