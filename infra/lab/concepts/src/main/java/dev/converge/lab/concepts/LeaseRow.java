package dev.converge.lab.concepts;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.OptionalLong;
import java.util.Properties;

/** A row with its token and the time at which it expires, by the database's clock. */
final class LeaseRow implements NightlyLock {
  private final Connection connection;
  private final String holder;
  private final long leaseMillis;
  private long token;
  private long since = System.nanoTime();

  LeaseRow(String url, Properties login, String holder, long leaseMillis) throws SQLException {
    this.connection = DriverManager.getConnection(url, login);
    this.holder = holder;
    this.leaseMillis = leaseMillis;
  }

  @Override
  public OptionalLong tryAcquire() throws SQLException {
    long asked = System.nanoTime();
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            UPDATE lock_lease
               SET holder = ?, token = token + 1,
                   expires_at = clock_timestamp() + ? * interval '1 millisecond'
             WHERE expires_at <= clock_timestamp()
            RETURNING token
            """)) {
      statement.setString(1, holder);
      statement.setLong(2, leaseMillis);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          return OptionalLong.empty();
        }
        token = rows.getLong(1);
        since = asked;
        return OptionalLong.of(token);
      }
    }
  }

  @Override
  public boolean mayHold() {
    return System.nanoTime() - since < leaseMillis * 1_000_000;
  }

  @Override
  public void release() throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            """
            UPDATE lock_lease SET expires_at = '-infinity' WHERE holder = ? AND token = ?
            """)) {
      statement.setString(1, holder);
      statement.setLong(2, token);
      if (statement.executeUpdate() != 1) {
        throw new SQLException("the lock was not held");
      }
    }
  }

  @Override
  public void end() throws SQLException {
    connection.close();
  }
}
