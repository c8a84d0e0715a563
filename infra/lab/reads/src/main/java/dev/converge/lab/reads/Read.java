package dev.converge.lab.reads;

import org.jspecify.annotations.Nullable;

/**
 * One read, by the client's clock, in nanoseconds.
 *
 * @param status of the answer; 0 without one
 * @param servedBy the node that answered; null if none did
 * @param newest the newest order of a page; null for a read of one order, or an empty page
 * @param ownAgeNanos of a read of the client's own order: how long ago that was acknowledged; -1
 *     for a page
 * @param lacksOwn whether it lacks what the client had written before
 * @param lacksSeen whether it lacks what the client had seen before
 */
record Read(
    Level level,
    long start,
    long end,
    int status,
    @Nullable String servedBy,
    @Nullable String newest,
    long ownAgeNanos,
    boolean lacksOwn,
    boolean lacksSeen) {
  private static final int FOUND = 200;
  private static final int NOT_FOUND = 404;

  /** Whether a node has answered, be it that there is no such order. */
  boolean isAnswered() {
    return status == FOUND || status == NOT_FOUND;
  }

  boolean isFound() {
    return status == FOUND;
  }

  boolean isPage() {
    return ownAgeNanos < 0;
  }

  double millis() {
    return (end - start) / 1e6;
  }
}
