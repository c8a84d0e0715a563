package dev.converge.platform;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A branch of a transaction that waits for its decision, as its database shows it: also while its
 * service is down.
 *
 * @param service that has the branch
 * @param state {@code PREPARED}, {@code PRECOMMITTED}, or {@code TRIED}, which holds no locks
 * @param waiters sessions that wait for the transaction
 * @param logBytes of the write-ahead log that the database retains
 */
record InDoubt(
    Topology.Service service, String gid, String state, Duration age, int waiters, long logBytes) {

  /** A branch that is in doubt for longer is a finding. */
  static final Duration TOLERATED = Duration.ofSeconds(10);

  private static final long KIB = 1_024;

  // A session that waits for a row of a prepared transaction waits for its transaction id.
  private static final String QUERY =
      """
      SELECT p.gid, CASE WHEN c.gid IS NULL THEN 'PREPARED' ELSE 'PRECOMMITTED' END AS state,
             p.prepared AS since,
             (SELECT count(*) FROM pg_locks
              WHERE NOT granted AND locktype = 'transactionid' AND transactionid = p.transaction)
                 AS waiters,
             (SELECT coalesce(max(pg_current_wal_lsn() - restart_lsn), 0)
              FROM pg_replication_slots WHERE database = current_database())::bigint AS log_bytes
      FROM pg_prepared_xacts p LEFT JOIN transaction_precommit c USING (gid)
      WHERE p.database = current_database()
      UNION ALL
      SELECT gid, state, at, 0, 0 FROM transaction_branch WHERE state = 'TRIED'
      ORDER BY since
      """;

  private static final String AGED =
      "SELECT gid, state, greatest(0, extract(epoch FROM clock_timestamp() - since) * 1000)::bigint"
          + " AS age_ms, waiters, log_bytes FROM ("
          + QUERY
          + ") AS branch";

  /** The branches in doubt in all databases that run, the oldest of each first. */
  static List<InDoubt> all(Platform platform) {
    List<InDoubt> all = new ArrayList<>();
    for (Topology.Service service : Topology.SERVICES) {
      if (platform.isRunning(service.database())) {
        all.addAll(of(platform, service));
      }
    }
    return all;
  }

  private static List<InDoubt> of(Platform platform, Topology.Service service) {
    List<InDoubt> branches = new ArrayList<>();
    try (Connection connection = platform.connect(service.domain());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(AGED)) {
      while (rows.next()) {
        branches.add(
            new InDoubt(
                service,
                rows.getString("gid"),
                rows.getString("state"),
                Duration.ofMillis(rows.getLong("age_ms")),
                rows.getInt("waiters"),
                rows.getLong("log_bytes")));
      }
      return branches;
    } catch (SQLException e) {
      throw new PlatformException(
          service.database().id() + " cannot be read: " + e.getMessage(), e);
    }
  }

  boolean isOverdue() {
    return age.compareTo(TOLERATED) > 0;
  }

  /** A line for people. */
  String line() {
    return Visible.line(
        String.format(
            Locale.ROOT,
            "%s: %s  %s for %.1f s, sessions that wait: %d, log retained: %d KiB",
            service.database().id(),
            gid,
            state,
            age.toMillis() / 1_000.0,
            waiters,
            logBytes / KIB));
  }
}
