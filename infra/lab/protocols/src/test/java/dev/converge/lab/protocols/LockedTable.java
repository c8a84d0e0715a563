package dev.converge.lab.protocols;

import static org.awaitility.Awaitility.await;

import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Locks a table of a service's database against writes. Closing it releases the lock. */
final class LockedTable implements AutoCloseable {
  private final Connection holder;

  LockedTable(Platform platform, String domain, String table) throws SQLException {
    holder = platform.connect(domain);
    holder.setAutoCommit(false);
    try (Statement lock = holder.createStatement()) {
      lock.execute("LOCK TABLE " + table + " IN EXCLUSIVE MODE");
    }
  }

  /** Waits until a session waits for a lock with a statement that begins like this. */
  void awaitWriter(String statement) {
    await("session that waits to " + statement)
        .atMost(TestLab.DECIDED_WITHIN)
        .until(() -> waiting(statement) > 0);
  }

  private int waiting(String statement) throws SQLException {
    try (Statement query = holder.createStatement();
        ResultSet waiting =
            query.executeQuery(
                """
                SELECT count(*) FROM pg_stat_activity
                 WHERE wait_event_type = 'Lock' AND starts_with(query, '%s')
                """
                    .formatted(statement))) {
      waiting.next();
      return waiting.getInt(1);
    }
  }

  @Override
  public void close() throws SQLException {
    holder.close();
  }
}
