package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The slot of an outbox is dropped, moved past rows that were not sent, or loses its log. The
 * platform repairs it by itself; healing only waits for that.
 */
final class SlotFaults {
  // The reconciler runs every 15 s and recreates a missing slot in its next round. Then Connect has
  // to find it.
  private static final int BOUND_SECONDS = 60;
  private static final Duration REPAIRED_WITHIN = Duration.ofSeconds(60);

  private static final Duration DONE_WITHIN = Duration.ofSeconds(20);

  /** A connector whose connection was terminated reconnects after a second. */
  private static final Duration UNREAD_FOR = Duration.ofMillis(700);

  private static final String TERMINATE_READER =
      """
      SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots
      WHERE slot_name = 'outbox' AND active_pid IS NOT NULL
      """;
  private static final String DROP = "SELECT pg_drop_replication_slot('outbox')";
  private static final String ADVANCE =
      "SELECT pg_replication_slot_advance('outbox', pg_current_wal_lsn())";
  private static final String IN_USE = "55006";

  private static final String FREE = "NOT active";
  private static final String READ = "active";
  private static final String USABLE = "wal_status <> 'lost'";
  private static final String LOST = "wal_status = 'lost'";

  // The restore point writes something to the log: an empty segment is not switched.
  private static final List<String> NEXT_SEGMENT =
      List.of("SELECT pg_create_restore_point('lab')", "SELECT pg_switch_wal()");

  private SlotFaults() {}

  static List<Fault> of(Platform platform, InterventionLog done) {
    List<Fault> faults = new ArrayList<>();
    for (String domain : Topology.domains()) {
      Slot slot = new Slot(platform, domain);
      faults.add(new Dropped(slot, done, spec("slot-dropped", slot)));
      faults.add(new Advanced(slot, done, spec("slot-advanced", slot)));
      faults.add(new Invalidated(slot, done, spec("slot-invalidated", slot)));
    }
    return faults;
  }

  private static FaultSpec spec(String name, Slot slot) {
    return new FaultSpec(name, slot.database(), "loss", 0, 0, BOUND_SECONDS);
  }

  /** The slot of a domain's database. */
  private record Slot(Platform platform, String domain) {
    String database() {
      return domain + "-db";
    }

    Connection connect() throws SQLException {
      return platform.connect(domain);
    }

    @Nullable String whyNot() {
      if (!platform.isReady(Part.of(database()))) {
        return database() + " is not ready";
      }
      try {
        return Polling.until(DONE_WITHIN, () -> is(USABLE)) ? null : database() + " has no slot";
      } catch (IOException | SQLException e) {
        return String.valueOf(e);
      }
    }

    void awaitRepaired(String condition, String whatIsNot) throws IOException, SQLException {
      if (!Polling.until(REPAIRED_WITHIN, () -> is(condition))) {
        throw new IOException("the slot of " + database() + " " + whatIsNot);
      }
    }

    private boolean is(String condition) throws SQLException {
      try (Connection connection = connect();
          Statement statement = connection.createStatement()) {
        return SlotFaults.is(statement, condition);
      }
    }
  }

  /** Whether the slot exists and meets a condition. */
  private static boolean is(Statement statement, String condition) throws SQLException {
    try (ResultSet found =
        statement.executeQuery(
            "SELECT FROM pg_replication_slots WHERE slot_name = 'outbox' AND " + condition)) {
      return found.next();
    }
  }

  /** Executes a statement; returns false if the slot is in use. */
  private static boolean unlessInUse(Statement statement, String sql) throws SQLException {
    try {
      statement.execute(sql);
      return true;
    } catch (SQLException e) {
      if (IN_USE.equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  /** The slot's reader is terminated, and the slot is dropped before the reader reconnects. */
  private record Dropped(Slot slot, InterventionLog done, FaultSpec spec) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return slot.whyNot();
    }

    @Override
    public void inject() throws IOException, SQLException {
      try (Connection connection = slot.connect();
          Statement statement = connection.createStatement()) {
        if (!Polling.until(DONE_WITHIN, () -> dropped(statement))) {
          throw new IOException("the slot of " + slot.database() + " is always in use");
        }
      }
    }

    private boolean dropped(Statement statement) throws IOException, SQLException {
      statement.execute(TERMINATE_READER);
      return done.dropSlot(slot.domain(), () -> unlessInUse(statement, DROP));
    }

    @Override
    public void heal() throws IOException, SQLException {
      slot.awaitRepaired("true", "was not recreated");
    }
  }

  /**
   * The slot's reader is terminated. Rows are committed, and the slot is moved past them before the
   * reader reconnects: they are never sent.
   */
  private record Advanced(Slot slot, InterventionLog done, FaultSpec spec) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return slot.whyNot();
    }

    @Override
    public void inject() throws IOException, SQLException {
      try (Connection connection = slot.connect();
          Statement statement = connection.createStatement()) {
        if (!Polling.until(DONE_WITHIN, () -> advanced(statement))) {
          throw new IOException(
              "no row was written to " + slot.database() + " while its slot had no reader");
        }
      }
    }

    private boolean advanced(Statement statement) throws IOException, SQLException {
      statement.execute(TERMINATE_READER);
      if (!Polling.until(UNREAD_FOR, () -> is(statement, FREE))) {
        return false;
      }
      String since = text(statement, "SELECT clock_timestamp()::text");
      String written = "SELECT FROM outbox WHERE created_at > '" + since + "'";
      if (!Polling.until(UNREAD_FOR, () -> any(statement, written))) {
        return false;
      }
      // A reader that reconnected meanwhile keeps the slot in use, and has sent the rows.
      done.rowsSkipped();
      return unlessInUse(statement, ADVANCE);
    }

    private static String text(Statement statement, String sql) throws SQLException {
      try (ResultSet row = statement.executeQuery(sql)) {
        row.next();
        return row.getString(1);
      }
    }

    private static boolean any(Statement statement, String sql) throws SQLException {
      try (ResultSet rows = statement.executeQuery(sql)) {
        return rows.next();
      }
    }

    @Override
    public void heal() throws IOException, SQLException {
      // The reconciler finds the missing rows; here the connector has to reconnect.
      slot.awaitRepaired(READ, "has no reader");
    }
  }

  /**
   * The bound of a slot's retained log is set close to zero, and the log is moved on and trimmed:
   * the slot is lost permanently. Healing restores the default bound.
   */
  private record Invalidated(Slot slot, InterventionLog done, FaultSpec spec) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return slot.whyNot();
    }

    @Override
    public void inject() throws IOException, SQLException {
      try (Connection connection = slot.connect();
          Statement statement = connection.createStatement()) {
        statement.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
        statement.execute("SELECT pg_reload_conf()");
        boolean lost =
            done.invalidateSlot(
                slot.domain(), () -> Polling.until(DONE_WITHIN, () -> lost(statement)));
        if (!lost) {
          throw new IOException("the slot of " + slot.database() + " is not lost");
        }
      }
    }

    // The checkpoint terminates the readers of the log that it removes.
    private static boolean lost(Statement statement) throws SQLException {
      statement.execute(TERMINATE_READER);
      for (int segment = 0; segment < 2; segment++) {
        for (String each : NEXT_SEGMENT) {
          statement.execute(each);
        }
      }
      statement.execute("CHECKPOINT");
      return is(statement, LOST);
    }

    @Override
    public void heal() throws IOException, SQLException {
      try (Connection connection = slot.connect();
          Statement statement = connection.createStatement()) {
        statement.execute("ALTER SYSTEM RESET max_slot_wal_keep_size");
        statement.execute("SELECT pg_reload_conf()");
      }
      slot.awaitRepaired(USABLE, "is still lost");
    }
  }
}
