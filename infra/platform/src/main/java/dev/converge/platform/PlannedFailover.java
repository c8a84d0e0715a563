package dev.converge.platform;

import java.sql.SQLException;
import java.time.Duration;

/**
 * Makes a standby the primary while the primary is well. The primary ends in order, so that its
 * standbys have all of its log; the rest is what the supervisor does when a primary has failed.
 */
final class PlannedFailover {
  private static final Duration WELL_WITHIN = Duration.ofSeconds(30);
  private static final Duration DONE_WITHIN = Duration.ofSeconds(60);

  private final DatabaseCluster cluster;

  PlannedFailover(DatabaseCluster cluster) {
    this.cluster = cluster;
  }

  void run() {
    cluster.locked(this::move);
  }

  private void move() {
    try (DatabaseWatch watch = new DatabaseWatch(cluster)) {
      DatabaseNodes before = cluster.nodes();
      requireStandby(before, watch);
      cluster.stopInOrder(Part.of(before.primary()));
      boolean moved = Waits.until(DONE_WITHIN, () -> isMoved(before, watch));
      if (!moved) {
        throw new PlatformException(
            "no standby of "
                + cluster.database().id()
                + " was promoted: "
                + "see ./converge status");
      }
    }
  }

  private void requireStandby(DatabaseNodes nodes, DatabaseWatch watch) {
    if (!nodes.isSteady() || nodes.confirming().isEmpty()) {
      throw new PlatformException(
          "no standby of " + cluster.database().id() + " has all commits: see ./converge status");
    }
    if (!Waits.until(WELL_WITHIN, () -> hasSlot(nodes, watch))) {
      throw new PlatformException(
          "no standby of "
              + cluster.database().id()
              + " has the slot of the outbox yet: its reader, the connector, must run");
    }
  }

  // A look decides nothing here: the primary answers, and all standbys are in their places.
  private static boolean hasSlot(DatabaseNodes nodes, DatabaseWatch watch) {
    Sight sight = watch.observe(nodes);
    return sight.primary() == Sight.Primary.ANSWERS
        && nodes.confirming().stream()
            .allMatch(name -> sight.standby(name).filter(Sight.Standby::slot).isPresent());
  }

  private boolean isMoved(DatabaseNodes before, DatabaseWatch watch) {
    try {
      watch.step();
    } catch (SQLException notYet) {
      return false;
    }
    DatabaseNodes now = cluster.nodes();
    return now.isSteady() && !now.primary().equals(before.primary());
  }
}
