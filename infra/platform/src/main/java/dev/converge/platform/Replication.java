package dev.converge.platform;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The SQL of a primary and its standbys, each on a connection of the superuser. */
final class Replication {
  /** The role with which a standby reads the primary's log. */
  static final String ROLE = "standby";

  // A standby that has this much to replay is not worth waiting for: commits would be slow.
  private static final long NEARLY_ALL_BYTES = 16L << 20;

  private Replication() {}

  /** As a slot and an application name may be written: {@code order_db_2}. */
  static String slot(String node) {
    return node.replace('-', '_');
  }

  /**
   * The settings of a standby: {@code postgresql.auto.conf}. They stay valid when another node is
   * promoted, because the primary always has the same port.
   */
  static String settings(String node, int primaryPort, String password) {
    return """
    primary_conninfo = 'host=127.0.0.1 port=%d user=%s password=%s dbname=postgres \
    application_name=%s connect_timeout=3 keepalives_idle=5 keepalives_interval=2'
    primary_slot_name = '%s'
    hot_standby_feedback = on
    sync_replication_slots = on
    wal_receiver_status_interval = 1s
    wal_retrieve_retry_interval = 500ms
    """
        .formatted(primaryPort, ROLE, conninfo(password), slot(node), slot(node));
  }

  // Quoted twice: in the connection string, and in the file.
  private static String conninfo(String password) {
    String quoted = "'" + password.replace("\\", "\\\\").replace("'", "\\'") + "'";
    return quoted.replace("\\", "\\\\").replace("'", "''");
  }

  /** Gives the primary what its standbys connect with; idempotent. */
  static void admit(Connection primary, List<String> standbys, String password)
      throws SQLException {
    try (Statement statement = primary.createStatement()) {
      boolean exists =
          statement.executeQuery("SELECT FROM pg_roles WHERE rolname = '" + ROLE + "'").next();
      if (!exists) {
        statement.execute(
            "CREATE ROLE " + ROLE + " LOGIN REPLICATION PASSWORD " + literal(password));
      }
    }
    for (String standby : standbys) {
      try (var slot =
          primary.prepareStatement(
              """
              SELECT pg_create_physical_replication_slot($1, true)
              WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)
              """
                  .replace("$1", "?"))) {
        slot.setString(1, slot(standby));
        slot.setString(2, slot(standby));
        slot.execute();
      }
    }
  }

  /** Drops a standby's slot if the log that it needs is gone: it needs a new copy. */
  static void dropLostSlot(Connection primary, String standby) throws SQLException {
    try (var drop =
        primary.prepareStatement(
            """
            SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
            WHERE slot_name = ? AND NOT active AND wal_status = 'lost'
            """)) {
      drop.setString(1, slot(standby));
      drop.execute();
    }
  }

  /** Drops the slots of standbys that are no more: each keeps some of the log for its standby. */
  static void dropSlotsOfStandbys(Connection primary) throws SQLException {
    try (Statement statement = primary.createStatement()) {
      statement.execute(
          """
          SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
          WHERE slot_type = 'physical' AND NOT active
          """);
    }
  }

  /**
   * Lets commits wait until one of the standbys has them, and the outbox's reader until all have:
   * otherwise Kafka could get a message that the promoted standby does not know.
   */
  static void waitFor(Connection primary, Set<String> standbys) throws SQLException {
    List<String> slots = standbys.stream().map(Replication::slot).toList();
    String names = slots.isEmpty() ? "" : "ANY 1 (" + String.join(", ", slots) + ")";
    try (Statement statement = primary.createStatement()) {
      statement.execute("ALTER SYSTEM SET synchronous_standby_names = " + literal(names));
      statement.execute(
          "ALTER SYSTEM SET synchronized_standby_slots = " + literal(String.join(",", slots)));
      statement.execute("SELECT pg_reload_conf()");
    }
  }

  /**
   * Whether a connection that was opened since shows the settings. The postmaster signals its
   * processes to read new settings before it accepts a connection that has them.
   */
  static boolean shows(Connection primary, Set<String> standbys) throws SQLException {
    try (Statement statement = primary.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT current_setting('synchronized_standby_slots')")) {
      row.next();
      Set<String> shown = new TreeSet<>(List.of(row.getString(1).split(",", -1)));
      shown.remove("");
      return shown.equals(new TreeSet<>(standbys.stream().map(Replication::slot).toList()));
    }
  }

  /** Writes into the log which transactions run: a slot can begin, or move on, there. */
  static void logSnapshot(Connection primary) throws SQLException {
    try (Statement statement = primary.createStatement()) {
      statement.execute("SELECT pg_log_standby_snapshot()");
    }
  }

  /** How far the primary's log is on its disk. */
  static long flushed(Connection primary) throws SQLException {
    return number(primary, "SELECT pg_current_wal_flush_lsn() - '0/0'");
  }

  /**
   * A standby as the primary sees it.
   *
   * @param current whether it has nearly all of the log
   * @param flushed how much of the log it has on its disk
   * @param replied the time of its last message, in microseconds of its clock
   */
  record Link(boolean current, long flushed, long replied) {}

  /** The standbys that receive the primary's log, by their slots' names. */
  static Map<String, Link> links(Connection primary) throws SQLException {
    Map<String, Link> links = new HashMap<>();
    try (Statement statement = primary.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT application_name, coalesce(flush_lsn - '0/0', 0),
                       coalesce(pg_current_wal_flush_lsn() - replay_lsn, 0),
                       coalesce(extract(epoch FROM reply_time) * 1000000, 0)::bigint
                FROM pg_stat_replication
                WHERE state = 'streaming' AND usename = 'standby'
                """)) {
      while (row.next()) {
        links.put(
            row.getString(1),
            new Link(
                row.getLong(3) <= NEARLY_ALL_BYTES && row.getLong(2) > 0,
                row.getLong(2),
                row.getLong(4)));
      }
    }
    return links;
  }

  /**
   * A node as it answers itself.
   *
   * @param received how much of the log it has
   * @param streams whether it has received any since it started; before, it may have more than it
   *     says
   * @param slot whether it has the outbox's slot, complete
   */
  record Node(boolean recovering, long received, boolean streams, boolean slot) {}

  static Node node(Connection node) throws SQLException {
    try (Statement statement = node.createStatement();
        ResultSet row =
            statement.executeQuery(
                """
                SELECT pg_is_in_recovery(),
                       CASE WHEN pg_is_in_recovery()
                            THEN greatest(coalesce(pg_last_wal_receive_lsn(), '0/0'),
                                          coalesce(pg_last_wal_replay_lsn(), '0/0')) - '0/0'
                            ELSE pg_current_wal_flush_lsn() - '0/0' END,
                       pg_last_wal_receive_lsn() IS NOT NULL,
                       EXISTS (SELECT FROM pg_replication_slots
                               WHERE slot_name = 'outbox' AND NOT temporary
                                 AND (synced OR NOT pg_is_in_recovery())
                                 AND invalidation_reason IS NULL)
                """)) {
      row.next();
      return new Node(row.getBoolean(1), row.getLong(2), row.getBoolean(3), row.getBoolean(4));
    }
  }

  /** Makes a standby a primary; it first replays all of the log that it has. */
  static void promote(Connection standby) throws SQLException {
    try (Statement statement = standby.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_promote(true, 30)")) {
      row.next();
      if (!row.getBoolean(1)) {
        throw new SQLException("it is not promoted after 30 s");
      }
    }
  }

  /**
   * Creates the outbox's slot if the standby had not got it before it was promoted.
   *
   * @param database a connection to the service's database
   * @return whether it was missing: then the reconciler publishes again what it does not read
   */
  static boolean createMissingSlot(Connection database) throws SQLException {
    try (Statement statement = database.createStatement();
        ResultSet created =
            statement.executeQuery(
                """
                SELECT pg_create_logical_replication_slot('outbox', 'pgoutput', failover => true)
                WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'outbox')
                """)) {
      return created.next();
    }
  }

  private static long number(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  /** How much of the log a node has; empty if it may have more than it says. */
  static Optional<Long> certain(Node now, Optional<Node> before) {
    boolean settled =
        now.streams() || before.map(node -> node.received() == now.received()).orElse(false);
    return settled ? Optional.of(now.received()) : Optional.empty();
  }
}
