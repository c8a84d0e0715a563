package dev.converge.lab.bench;

import dev.converge.lab.bench.StepReport.BacklogPoint;
import java.util.List;

/** Whether a platform keeps up: what has been offered and not ended must not pile up. */
final class Backlog {
  private static final double TOLERATED_SECONDS = 0.5;
  private static final double MAX_SECONDS = 2;

  private Backlog() {}

  /**
   * Whether a backlog is steady: its mean over the last third of a step is no more than that over
   * the first third of the rest, but for half a second of orders; nor is it there more than two
   * seconds of orders. The first fifth, in which it builds up to what is under way, is left out.
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
