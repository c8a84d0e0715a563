package dev.converge.lab.protocols;

import static org.awaitility.Awaitility.await;

import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** Locks a table of a service's database against writes. Closing it releases the lock. */
final class LockedTable implements AutoCloseable {
  private static final int MAX_BEGUN = 10;
  private static final Duration REACHED_WITHIN = Duration.ofSeconds(2);

  private final Connection holder;

  /** Without a transaction, in which a server shows other sessions as at its first query. */
  private final Connection observer;

  LockedTable(Platform platform, String domain, String table) throws SQLException {
    holder = platform.connect(domain);
    observer = platform.connect(domain);
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

  /**
   * Begins one order after the other until a session waits for a lock with such a statement: on a
   * busy machine the votes of the first orders may be overdue, and it is not reached.
   */
  boolean isReached(String statement, Runnable beginOrder) throws InterruptedException {
    boolean isReached = false;
    for (int begun = 0; begun < MAX_BEGUN && !isReached; begun++) {
      beginOrder.run();
      isReached = Waiting.until(REACHED_WITHIN, () -> waiting(statement) > 0);
    }
    return isReached;
  }

  private int waiting(String statement) throws SQLException {
    try (Statement query = observer.createStatement();
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
    try (observer) {
      holder.close();
    }
  }
}
