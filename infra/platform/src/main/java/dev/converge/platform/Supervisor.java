package dev.converge.platform;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;

/**
 * Supervises the databases that have standbys, each in a thread of its own: a database that hangs
 * delays no other.
 */
final class Supervisor {
  private static final Duration EVERY = Duration.ofMillis(250);

  private final NodePorts nodePorts;
  private final List<DatabaseCluster> clusters;
  private final Map<Role, Report> reports = new ConcurrentHashMap<>();

  Supervisor(NodePorts nodePorts, List<DatabaseCluster> clusters) {
    this.nodePorts = nodePorts;
    this.clusters = List.copyOf(clusters);
  }

  /**
   * The state of a database.
   *
   * @param sight what was seen last
   * @param fault why it cannot continue; empty if it can
   * @param failovers since the supervisor started
   */
  record Report(DatabaseNodes nodes, Optional<Sight> sight, String fault, long failovers) {
    /** Whether the loss of the primary loses no acknowledged commit, and no message either. */
    boolean isProtected() {
      return fault.isEmpty() && nodes.isSteady() && !nodes.confirming().isEmpty() && hasSlot();
    }

    private boolean hasSlot() {
      return sight.isPresent() && nodes.confirming().stream().allMatch(this::hasSlot);
    }

    private boolean hasSlot(String standby) {
      return sight.flatMap(seen -> seen.standby(standby)).filter(Sight.Standby::slot).isPresent();
    }

    /** The state in words. */
    String line(Role database) {
      StringBuilder line = new StringBuilder(database.id()).append(": primary ");
      line.append(nodes.primary());
      if (!fault.isEmpty()) {
        return line.append("; FAULT: ").append(fault).toString();
      }
      if (!nodes.isSteady()) {
        return line.append("; ").append(nodes.candidate()).append(" is being promoted").toString();
      }
      if (nodes.confirming().isEmpty()) {
        return line.append("; no standby confirms its commits: a loss of its disk loses orders")
            .toString();
      }
      line.append(", confirmed by ").append(String.join(" or ", nodes.confirming()));
      return hasSlot()
          ? line.toString()
          : line.append("; the outbox's slot is not on each of them yet").toString();
    }
  }

  /** Supervises until the process ends. */
  void run() {
    List<Thread> threads = new ArrayList<>();
    for (DatabaseCluster cluster : clusters) {
      Thread thread = new Thread(() -> supervise(cluster), "supervisor-" + cluster.database().id());
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void supervise(DatabaseCluster cluster) {
    try (DatabaseWatch watch = new DatabaseWatch(cluster)) {
      while (!Thread.currentThread().isInterrupted()) {
        boolean done = true;
        try {
          done = stepUnlessLocked(cluster, watch);
        } catch (SQLException | RuntimeException e) {
          report(cluster, watch, String.valueOf(e.getMessage()), false);
        }
        if (done) {
          Waits.until(EVERY, () -> false);
        }
      }
    }
  }

  /** Takes a step; returns whether nothing else is to be done immediately. */
  private boolean stepUnlessLocked(DatabaseCluster cluster, DatabaseWatch watch)
      throws SQLException {
    Optional<DatabaseLock> lock = DatabaseLock.tryTake(nodePorts.layout(), cluster.database());
    if (lock.isEmpty()) {
      // A command starts a node, or moves the primary.
      watch.close();
      return true;
    }
    try {
      return step(cluster, watch);
    } finally {
      lock.get().release();
    }
  }

  private boolean step(DatabaseCluster cluster, DatabaseWatch watch) throws SQLException {
    Supervision.Step step = watch.step();
    boolean promoted = step instanceof Supervision.Step.Promote;
    String fault = step instanceof Supervision.Step.Report stuck ? stuck.reason() : "";
    report(cluster, watch, fault, promoted);
    if (step instanceof Supervision.Step.Done || step instanceof Supervision.Step.Report) {
      return true;
    }
    log(cluster.database().id() + ": " + step);
    return false;
  }

  private void report(
      DatabaseCluster cluster, DatabaseWatch watch, String fault, boolean promoted) {
    Report before = reports.get(cluster.database());
    long failovers = (before == null ? 0 : before.failovers()) + (promoted ? 1 : 0);
    Report now;
    try {
      now = new Report(cluster.nodes(), watch.last(), fault, failovers);
    } catch (PlatformException damaged) {
      log(cluster.database().id() + ": " + damaged.getMessage());
      return;
    }
    reports.put(cluster.database(), now);
    String line = now.line(cluster.database());
    if (before == null || !before.line(cluster.database()).equals(line)) {
      log(line);
    }
  }

  private static void log(String line) {
    System.out.println(Instant.now() + " " + Visible.line(line));
  }

  /** Whether each database was observed, and each that has a running standby is confirmed. */
  boolean isReady() {
    return clusters.stream()
        .allMatch(
            cluster -> {
              Report report = reports.get(cluster.database());
              return report != null
                  && (!report.nodes().confirming().isEmpty()
                      || report.nodes().standbys().stream()
                          .noneMatch(name -> cluster.isRunning(Part.of(name))));
            });
  }

  /** A line for each database. */
  List<String> lines() {
    return new TreeMap<>(reports)
        .entrySet().stream().map(entry -> entry.getValue().line(entry.getKey())).toList();
  }

  /** Whether every database is protected. */
  boolean allProtected() {
    return clusters.stream()
        .allMatch(
            cluster -> {
              Report report = reports.get(cluster.database());
              return report != null && report.isProtected();
            });
  }

  /** As Prometheus reads it. */
  String metrics() {
    StringBuilder text = new StringBuilder();
    text.append("# HELP database_protected Whether the loss of the primary loses nothing.\n")
        .append("# TYPE database_protected gauge\n");
    each(text, "database_protected", report -> report.isProtected() ? 1 : 0);
    text.append("# HELP database_confirming_standbys Standbys that commits wait for.\n")
        .append("# TYPE database_confirming_standbys gauge\n");
    each(text, "database_confirming_standbys", report -> report.nodes().confirming().size());
    text.append("# HELP database_failovers_total Promotions since the supervisor started.\n")
        .append("# TYPE database_failovers_total counter\n");
    each(text, "database_failovers_total", Report::failovers);
    text.append("# HELP database_stuck Whether only an operator can continue.\n")
        .append("# TYPE database_stuck gauge\n");
    each(text, "database_stuck", report -> report.fault().isEmpty() ? 0 : 1);
    return text.toString();
  }

  private void each(StringBuilder text, String name, ToLongFunction<Report> value) {
    new TreeMap<>(reports)
        .forEach(
            (database, report) ->
                text.append(name)
                    .append("{database=\"")
                    .append(database.id())
                    .append("\",primary=\"")
                    .append(report.nodes().primary())
                    .append("\"} ")
                    .append(value.applyAsLong(report))
                    .append('\n'));
  }
}
