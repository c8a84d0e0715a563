package dev.converge.lab.transactionmanager;

import dev.converge.lab.transactionmanager.LoadResult.Sample;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Samples the prepared branches of both databases. A database that cannot be read adds nothing to a
 * sample; one that is paused delays it.
 */
final class InDoubtWatch implements AutoCloseable {
  private static final int EVERY_MILLIS = 200;
  private static final int DATABASES = 2;
  private static final String PREPARED =
      """
      SELECT count(*),
             coalesce(max(extract(epoch FROM clock_timestamp() - prepared)) * 1000, 0)
        FROM pg_prepared_xacts WHERE database = current_database()
      """;

  private final TwoDatabases databases;
  private final DoubleSupplier clock;
  private final @Nullable Connection[] connections = new Connection[DATABASES];
  private final ConcurrentLinkedQueue<Sample> samples = new ConcurrentLinkedQueue<>();
  private final ScheduledExecutorService sampler = Executors.newSingleThreadScheduledExecutor();

  /**
   * @param clock milliseconds since the load began
   */
  InDoubtWatch(TwoDatabases databases, DoubleSupplier clock) {
    this.databases = databases;
    this.clock = clock;
    var unused = sampler.scheduleAtFixedRate(this::sample, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void sample() {
    double at = clock.getAsDouble();
    int branches = 0;
    double oldest = 0;
    for (int database = 0; database < DATABASES; database++) {
      try {
        Sample of = read(database, at);
        branches += of.branches();
        oldest = Math.max(oldest, of.oldestMillis());
      } catch (SQLException unavailable) {
        connections[database] = null;
      }
    }
    samples.add(new Sample(at, branches, oldest));
  }

  private Sample read(int database, double at) throws SQLException {
    Connection connection = connections[database];
    if (connection == null) {
      connection = databases.connect(database);
      connections[database] = connection;
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(PREPARED)) {
      return row.next() ? new Sample(at, row.getInt(1), row.getDouble(2)) : new Sample(at, 0, 0);
    }
  }

  List<Sample> samples() {
    return new ArrayList<>(samples);
  }

  @Override
  public void close() throws SQLException {
    sampler.shutdownNow();
    try {
      boolean unused = sampler.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Connection connection : connections) {
      if (connection != null) {
        connection.close();
      }
    }
  }
}
