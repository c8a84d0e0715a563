package dev.converge.lab.protocols;

import java.util.ArrayList;
import java.util.List;

/**
 * The orders that were meant to be sent in one second, by their answers.
 *
 * @param ok 201 or 202
 * @param refused 4xx
 * @param unavailable 429 or 5xx
 * @param noAnswer none within the client's timeout, or a broken connection
 * @param completed orders whose last effect was committed in this second
 */
record ClientSecond(
    int second, int offered, int ok, int refused, int unavailable, int noAnswer, int completed) {
  /** Below this share of 2xx a second counts as unavailable. */
  static final double AVAILABLE_FROM = 0.5;

  /** Whether fewer than half of the orders were answered 2xx. */
  boolean isDown() {
    return offered > 0 && ok < offered * AVAILABLE_FROM;
  }

  /**
   * Counts orders by second.
   *
   * @param completedMillis when orders were complete, since the load began
   */
  static List<ClientSecond> series(
      List<OrderAttempt> attempts, List<Double> completedMillis, long lengthMillis) {
    int seconds = (int) ((lengthMillis + 999) / 1_000);
    int[][] counts = new int[seconds][6];
    for (OrderAttempt attempt : attempts) {
      int second = second(attempt.intendedMillis(), seconds);
      counts[second][0]++;
      counts[second][column(attempt)]++;
    }
    for (double at : completedMillis) {
      if (at >= 0 && at < seconds * 1_000.0) {
        counts[second(at, seconds)][5]++;
      }
    }
    List<ClientSecond> series = new ArrayList<>(seconds);
    for (int at = 0; at < seconds; at++) {
      int[] of = counts[at];
      series.add(new ClientSecond(at, of[0], of[1], of[2], of[3], of[4], of[5]));
    }
    return series;
  }

  private static int second(double millis, int seconds) {
    return Math.max(0, Math.min(seconds - 1, (int) (millis / 1_000)));
  }

  private static int column(OrderAttempt attempt) {
    if (attempt.isOk()) {
      return 1;
    }
    if (attempt.status() == 0) {
      return 4;
    }
    return attempt.status() == 429 || attempt.status() >= 500 ? 3 : 2;
  }
}
