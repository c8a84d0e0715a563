package dev.converge.lab.bench;

import dev.converge.lab.bench.StepReport.BacklogPoint;
import java.util.List;

/**
 * Whether a platform keeps up: the backlog of orders that were offered and have not ended must not
 * grow.
 */
final class Backlog {
  private static final double TOLERATED_SECONDS = 0.5;
  private static final double MAX_SECONDS = 2;

  private Backlog() {}

  /**
   * Whether a backlog is steady: its mean over the last third exceeds that over the first third by
   * at most half a second of orders, and it is at most two seconds of orders. The first fifth, in
   * which the normal backlog builds up, is left out.
   */
  static boolean isSteady(List<BacklogPoint> points, double ordersPerSecond) {
    List<BacklogPoint> settled = points.subList(points.size() / 5, points.size());
    int third = settled.size() / 3;
    if (third == 0) {
      return false;
    }
    double early = mean(settled.subList(0, third));
    double late = mean(settled.subList(settled.size() - third, settled.size()));
    return late - early <= TOLERATED_SECONDS * ordersPerSecond
        && late <= MAX_SECONDS * ordersPerSecond;
  }

  private static double mean(List<BacklogPoint> points) {
    return points.stream().mapToDouble(BacklogPoint::orders).average().orElse(0);
  }
}
