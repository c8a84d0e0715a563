package dev.converge.lab.checker;

import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** Reads rows by JDBC: snapshots, queries and columns. */
final class Rows {
  private Rows() {}

  // An id is in half a dozen tables and topics, and all that was read is kept.
  static String shared(String text) {
    return text.intern();
  }

  @FunctionalInterface
  interface Reading {
    void read(Connection tx) throws SQLException;
  }

  @FunctionalInterface
  interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  /** Reads a database in one snapshot. */
  static void snapshot(Platform platform, String domain, Reading reading) {
    try (Connection connection = platform.connect(domain)) {
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setReadOnly(true);
      reading.read(connection);
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException(domain + "-db cannot be read", e);
    }
  }

  /** Reads each row of a query. */
  static void rows(Connection connection, String sql, RowReader each) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(2_000);
      try (ResultSet rows = statement.executeQuery(sql)) {
        while (rows.next()) {
          each.read(rows);
        }
      }
    }
  }

  /** A column that is not null. */
  static String text(ResultSet row, int column) throws SQLException {
    String text = row.getString(column);
    if (text == null) {
      throw new SQLException("column " + column + " is null");
    }
    return shared(text);
  }

  static @Nullable Long number(ResultSet row, int column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? null : number;
  }
}
