package dev.converge.lab.protocols;

import dev.converge.lab.protocols.InDoubtSample.Branch;
import dev.converge.lab.protocols.InDoubtSample.DatabaseSample;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Samples the branches in doubt, and the sessions that wait for them, in each database, every 100
 * ms.
 */
final class InDoubtSampler implements AutoCloseable {
  private static final long EVERY_MILLIS = 100;
  private static final long CLOSED_WITHIN_SECONDS = 10;

  private static final String PREPARED =
      """
      SELECT gid, extract(epoch FROM clock_timestamp() - prepared) * 1000
      FROM pg_prepared_xacts
      WHERE database = current_database() AND starts_with(gid, ?)
      """;
  private static final String TRIED =
      """
      SELECT gid, extract(epoch FROM clock_timestamp() - at) * 1000
      FROM transaction_branch
      WHERE state = 'TRIED' AND starts_with(gid, ?)
      """;
  private static final String WAITING =
      """
      WITH RECURSIVE waiting AS (
          SELECT pid, pg_blocking_pids(pid) AS blockers,
                 query ~* '^\\s*select' AND query !~* '\\mfor\\s+(update|no key update|share|key share)'
                     AS reads
          FROM pg_stat_activity
          WHERE wait_event_type = 'Lock' AND datname = current_database()),
      -- 0 is a prepared transaction. A session may also wait behind one that waits for it.
      blocked AS (
          SELECT pid, reads FROM waiting WHERE 0 = ANY (blockers)
          UNION
          SELECT waiting.pid, waiting.reads
          FROM waiting JOIN blocked ON blocked.pid = ANY (waiting.blockers))
      SELECT count(*) FILTER (WHERE NOT reads), count(*) FILTER (WHERE reads) FROM blocked
      """;

  private final OpenConnections connections;
  private final CommitProtocol protocol;
  private final DoubleSupplier clock;
  private final List<InDoubtSample> samples = new ArrayList<>();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread sampler = new Thread(task, "in-doubt");
            sampler.setDaemon(true);
            return sampler;
          });

  /**
   * @param clock milliseconds since the load began
   */
  InDoubtSampler(Platform platform, CommitProtocol protocol, DoubleSupplier clock) {
    this.connections = new OpenConnections(platform);
    this.protocol = protocol;
    this.clock = clock;
    var unused = thread.scheduleAtFixedRate(this::sample, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void sample() {
    double at = clock.getAsDouble();
    Map<String, DatabaseSample> databases = new HashMap<>();
    for (String domain : Topology.domains()) {
      DatabaseSample found = sample(domain);
      if (found != null) {
        databases.put(domain, found);
      }
    }
    synchronized (samples) {
      samples.add(new InDoubtSample(at, databases));
    }
  }

  // Null while the database is down.
  private @Nullable DatabaseSample sample(String domain) {
    try {
      return connections.query(domain, this::read);
    } catch (SQLException down) {
      return null;
    }
  }

  private DatabaseSample read(Connection connection) throws SQLException {
    List<Branch> branches = new ArrayList<>();
    if (protocol.preparesBranches()) {
      branches(connection, PREPARED, true, branches);
    } else if (protocol == CommitProtocol.TCC) {
      branches(connection, TRIED, false, branches);
    }
    try (PreparedStatement query = connection.prepareStatement(WAITING);
        ResultSet row = query.executeQuery()) {
      row.next();
      return new DatabaseSample(branches, row.getInt(1), row.getInt(2));
    }
  }

  private void branches(Connection connection, String sql, boolean locked, List<Branch> branches)
      throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      query.setString(1, protocol.id() + ".");
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          branches.add(new Branch(String.valueOf(rows.getString(1)), rows.getDouble(2), locked));
        }
      }
    }
  }

  /** The samples up to now. */
  List<InDoubtSample> samples() {
    synchronized (samples) {
      return List.copyOf(samples);
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(CLOSED_WITHIN_SECONDS, TimeUnit.SECONDS)) {
        throw new LabProtocolsException("branches in doubt are still being sampled");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connections.close();
  }
}
