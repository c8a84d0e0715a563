package dev.converge.lab.reads;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How old what a page of the newest order shows really is, by the clients' clock: how long before
 * the read the first order was acknowledged that the page lacks. Pure.
 */
final class Staleness {
  private final String[] ids;

  /** At each order: when the first one was acknowledged that has this id or a greater one. */
  private final long[] acknowledged;

  Staleness(List<Write> writes) {
    List<Write> sorted =
        writes.stream().sorted(Comparator.comparing(Write::orderId)).distinct().toList();
    ids = sorted.stream().map(Write::orderId).toArray(String[]::new);
    acknowledged = new long[ids.length + 1];
    acknowledged[ids.length] = Long.MAX_VALUE;
    for (int at = ids.length - 1; at >= 0; at--) {
      acknowledged[at] = Math.min(acknowledged[at + 1], sorted.get(at).end());
    }
  }

  /** Of a read that began at a time and has shown this order as the newest; in nanoseconds. */
  long of(@Nullable String newest, long start) {
    int found = newest == null ? -1 : Arrays.binarySearch(ids, newest);
    // The first order that is greater: after the one that was found, or where it would be.
    int next = newest == null ? 0 : found >= 0 ? found + 1 : -found - 1;
    return Math.max(0, start - Math.min(start, acknowledged[next]));
  }
}
