package dev.converge.lab.protocols;

import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** One open connection to each database, which is replaced after it has failed. Thread-safe. */
final class OpenConnections implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 2_000;

  private final Platform platform;
  private final Map<String, Connection> connections = new HashMap<>();

  OpenConnections(Platform platform) {
    this.platform = platform;
  }

  /** A query. */
  @FunctionalInterface
  interface Query<T> {
    T read(Connection connection) throws SQLException;
  }

  /** Runs a query; after a failure the next one gets a new connection. */
  <T> T query(String domain, Query<T> query) throws SQLException {
    try {
      return query.read(connection(domain));
    } catch (SQLException e) {
      forget(domain);
      throw e;
    }
  }

  private synchronized Connection connection(String domain) throws SQLException {
    Connection open = connections.get(domain);
    if (open == null) {
      open = platform.connect(domain);
      open.setNetworkTimeout(Runnable::run, TIMEOUT_MILLIS);
      connections.put(domain, open);
    }
    return open;
  }

  private synchronized void forget(String domain) {
    Connection broken = connections.remove(domain);
    if (broken != null) {
      try {
        broken.close();
      } catch (SQLException e) {
        // It is broken; there is nothing to keep.
      }
    }
  }

  @Override
  public synchronized void close() {
    Map.copyOf(connections).keySet().forEach(this::forget);
  }
}
