package dev.converge.lab.protocols;

import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Counters of the whole platform at one moment.
 *
 * @param commits of all databases
 * @param logBytes written by all databases
 * @param forcedWrites flushes of the databases' logs to disk; commits at the same time share one
 * @param cpuMillis of all processes
 * @param quorum of ZooKeeper, which only one protocol needs
 */
record Counters(
    long commits, long logBytes, long forcedWrites, double cpuMillis, QuorumCounters quorum) {
  private static final String OF_DATABASE =
      """
      SELECT sum(xact_commit)::bigint, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint,
             (SELECT wal_sync FROM pg_stat_wal)
      FROM pg_stat_database
      """;

  static Counters read(ProtocolPlatform platform) throws SQLException {
    long commits = 0;
    long logBytes = 0;
    long forcedWrites = 0;
    for (String domain : Topology.domains()) {
      Platform of = platform.platform();
      try (Connection connection = of.connect(domain);
          Statement query = connection.createStatement();
          ResultSet row = query.executeQuery(OF_DATABASE)) {
        row.next();
        commits += row.getLong(1);
        logBytes += row.getLong(2);
        forcedWrites += row.getLong(3);
      }
    }
    return new Counters(
        commits,
        logBytes,
        forcedWrites,
        platform.cpuMillis(),
        QuorumCounters.read(platform.quorum()));
  }

  Counters since(Counters earlier) {
    return new Counters(
        commits - earlier.commits,
        logBytes - earlier.logBytes,
        forcedWrites - earlier.forcedWrites,
        cpuMillis - earlier.cpuMillis,
        quorum.since(earlier.quorum));
  }

  /**
   * Without what a platform counts that has no orders.
   *
   * @param idle of some time without orders
   * @param times how often that time fits into the time of these counters
   */
  Counters beyond(Counters idle, double times) {
    return new Counters(
        commits - Math.round(idle.commits * times),
        logBytes - Math.round(idle.logBytes * times),
        forcedWrites - Math.round(idle.forcedWrites * times),
        cpuMillis - idle.cpuMillis * times,
        quorum.beyond(idle.quorum, times));
  }
}
