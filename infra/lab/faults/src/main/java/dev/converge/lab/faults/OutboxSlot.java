package dev.converge.lab.faults;

import dev.converge.platform.Platform;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** The progress of the slot of a domain's database: whether its outbox is drained. */
final class OutboxSlot {
  // Enough to detect that a slot never advances, to create another one, and for Connect to find it.
  private static final Duration DRAINED_WITHIN = Duration.ofMinutes(2);

  private static final String END = "SELECT pg_current_wal_lsn()::text";
  private static final String REACHED =
      """
      SELECT FROM pg_replication_slots
      WHERE slot_name = 'outbox' AND active AND confirmed_flush_lsn >= '%s'::pg_lsn
      """;

  private final Platform platform;
  private final String domain;

  OutboxSlot(Platform platform, String domain) {
    this.platform = platform;
    this.domain = domain;
  }

  /**
   * Waits until everything that is committed by now was read and is in its topic.
   *
   * @throws IOException if that takes longer than two minutes
   */
  void awaitDrained() throws IOException, SQLException {
    String end;
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(END)) {
      row.next();
      end = row.getString(1);
    }
    if (!Polling.until(DRAINED_WITHIN, () -> hasReached(end))) {
      throw new IOException(
          "the outbox of "
              + domain
              + "-db is not drained: its slot has not reached "
              + end
              + " in "
              + DRAINED_WITHIN.toMinutes()
              + " minutes");
    }
  }

  private boolean hasReached(String end) throws SQLException {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(REACHED.formatted(end))) {
      return found.next();
    }
  }
}
