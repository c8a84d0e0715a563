package dev.converge.lab.concepts;

import dev.converge.lab.concepts.ConsensusFigures.Bin;
import dev.converge.lab.concepts.ConsensusFigures.Producer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The fate of the numbers that a producer sent: its own record of them, against the log. Pure.
 *
 * @param sent in their order
 * @param copies how often each number is in the log
 */
record ProducedNumbers(List<Sent> sent, Map<Long, Integer> copies) {
  private static final double BIN_MILLIS = 500;

  /**
   * A number.
   *
   * @param acknowledgedMillis when, from the fault on; negative before it; null if it was not
   */
  record Sent(long number, @Nullable Double acknowledgedMillis) {}

  /**
   * The figures.
   *
   * @param endMillis when the load ended, from the fault on
   */
  Producer figures(double endMillis) {
    long lost = 0;
    long unacknowledged = 0;
    Double lostUntil = null;
    Map<Long, long[]> bins = new TreeMap<>();
    for (Sent one : sent) {
      boolean isThere = copies.containsKey(one.number());
      Double at = one.acknowledgedMillis();
      if (at == null) {
        unacknowledged += isThere ? 1 : 0;
        continue;
      }
      long[] counts =
          bins.computeIfAbsent((long) Math.floor(at / BIN_MILLIS), bin -> new long[] {0, 0});
      counts[isThere ? 0 : 1]++;
      if (!isThere) {
        lost++;
        lostUntil = lostUntil == null ? at : Double.valueOf(Math.max(lostUntil, at));
      }
    }
    return new Producer(
        sent.size(),
        acknowledgements().count(),
        lost,
        copies.values().stream().filter(count -> count > 1).count(),
        unacknowledged,
        gap(endMillis),
        lostUntil,
        filled(bins));
  }

  private Stream<Double> acknowledgements() {
    return sent.stream().flatMap(one -> Stream.ofNullable(one.acknowledgedMillis()));
  }

  private double gap(double endMillis) {
    double last = 0;
    double gap = 0;
    for (double at : acknowledgements().filter(at -> at > 0).sorted().toList()) {
      gap = Math.max(gap, at - last);
      last = at;
    }
    return Math.max(gap, endMillis - last);
  }

  // With those in which nothing was acknowledged.
  private static List<Bin> filled(Map<Long, long[]> bins) {
    List<Bin> all = new ArrayList<>();
    if (bins.isEmpty()) {
      return all;
    }
    TreeMap<Long, long[]> sorted = new TreeMap<>(bins);
    for (long bin = sorted.firstKey(); bin <= sorted.lastKey(); bin++) {
      long[] counts = sorted.getOrDefault(bin, new long[] {0, 0});
      all.add(new Bin(bin * BIN_MILLIS / 1_000, counts[0], counts[1]));
    }
    return List.copyOf(all);
  }
}
