package dev.converge.lab.concepts;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.OptionalLong;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * PostgreSQL's advisory lock of a session. It ends with the session, and from the first attempt to
 * the release the server ends a session that is idle for longer than the lease.
 */
final class AdvisoryLock implements NightlyLock {
  private final Connection session;
  private final boolean writesInSession;
  private final long leaseMillis;
  private long usedAt = System.nanoTime();

  AdvisoryLock(String url, Properties login, long leaseMillis, boolean writesInSession)
      throws SQLException {
    this.session = DriverManager.getConnection(url, login);
    this.leaseMillis = leaseMillis;
    this.writesInSession = writesInSession;
  }

  @Override
  public OptionalLong tryAcquire() throws SQLException {
    usedAt = System.nanoTime();
    boolean acquired =
        is(
            """
            SELECT pg_try_advisory_lock(1800)
              FROM set_config('idle_session_timeout', '%d', false)
            """
                .formatted(leaseMillis));
    if (!acquired) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(writesInSession ? 0 : nextToken());
  }

  private boolean is(String query) throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next() && rows.getBoolean(1);
    }
  }

  // In the session that holds the lock: a session that has lost it has ended.
  private long nextToken() throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet rows = statement.executeQuery("SELECT nextval('lock_token')")) {
      if (!rows.next()) {
        throw new SQLException("no token");
      }
      return rows.getLong(1);
    }
  }

  @Override
  public boolean mayHold() {
    return System.nanoTime() - usedAt < leaseMillis * 1_000_000;
  }

  @Override
  public void release() throws SQLException {
    boolean released =
        is(
            """
            SELECT pg_advisory_unlock(1800) FROM set_config('idle_session_timeout', '0', false)
            """);
    if (!released) {
      throw new SQLException("the lock was not held");
    }
  }

  @Override
  public @Nullable Connection session() {
    return writesInSession ? session : null;
  }

  @Override
  public void end() throws SQLException {
    session.close();
  }
}
