package dev.converge.platform;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Changes a schema while other sessions use it, such as those of an older service. If one of them
 * holds a lock for too long, or the two deadlock, the change is rolled back and retried. After the
 * last attempt, the error names the sessions that hold locks.
 *
 * <p>Flyway's own lock is not a lock wait in PostgreSQL: Flyway polls {@code
 * pg_try_advisory_xact_lock}, 50 times, once a second.
 */
final class SchemaLocks {
  private static final Set<String> NOT_FREE =
      Set.of("55P03", "40P01"); // lock_not_available, deadlock_detected
  private static final int MOST_NAMED = 5;

  /** A session that holds locks on tables of the schema. */
  record Holder(@Nullable String pid, String role, String application, String tables) {
    @Override
    public String toString() {
      return pid == null
          ? "a prepared transaction (see pg_prepared_xacts) on " + tables
          : "pid "
              + pid
              + " (role "
              + role
              + ", application_name '"
              + application
              + "') on "
              + tables;
    }
  }

  private final LockWaits waits;
  private final Passwords passwords;

  SchemaLocks(LockWaits waits, Passwords passwords) {
    this.waits = waits;
    this.passwords = passwords;
  }

  /**
   * Runs a change that can be run again.
   *
   * @throws PlatformException as the change does, or where the last attempt, too, got no lock
   */
  void change(Database database, Runnable change) {
    for (int attempt = 1; ; attempt++) {
      try {
        change.run();
        return;
      } catch (PlatformException e) {
        SQLException cause = lockFault(e);
        if (cause == null) {
          throw e;
        }
        List<Holder> holders = holders(database);
        if (attempt == waits.attempts()) {
          throw new PlatformException(exhausted(database, cause, holders), e);
        }
        System.err.printf(
            "%s: attempt %d of %d to migrate got no lock: %s. %s%n",
            database.name(), attempt, waits.attempts(), firstLine(cause), listed(holders));
        pause(waits.pauseAfter(attempt));
      }
    }
  }

  /** The lock error that caused an exception, or null. */
  static @Nullable SQLException lockFault(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql
          && NOT_FREE.contains(String.valueOf(sql.getSQLState()))) {
        return sql;
      }
    }
    return null;
  }

  private String exhausted(Database database, SQLException cause, List<Holder> holders) {
    return "migration of "
        + database.name()
        + ": no lock on its tables in "
        + waits.attempts()
        + " attempts: "
        + firstLine(cause)
        + System.lineSeparator()
        + listed(holders)
        + System.lineSeparator()
        + "The attempts were rolled back. End that transaction, or its session with"
        + " SELECT pg_terminate_backend(pid), and run this again.";
  }

  private static String listed(List<Holder> holders) {
    return holders.isEmpty()
        ? "No session holds one any longer"
        : "Locks are held by " + String.join("; ", holders.stream().map(Holder::toString).toList());
  }

  private static String firstLine(SQLException cause) {
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
  }

  // Without the rights of pg_read_all_stats: these columns are visible to every role.
  private List<Holder> holders(Database database) {
    try (Connection owner = database.connect(database.owner(), passwords.owner(), database.name());
        Statement statement = owner.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT l.pid::text, coalesce(a.usename, ''), coalesce(a.application_name, ''),
                       array_to_string(
                           (array_agg(DISTINCT c.relname ORDER BY c.relname))[1:5], ', ')
                FROM pg_locks l
                JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
                LEFT JOIN pg_stat_activity a ON a.pid = l.pid
                WHERE l.granted
                  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND c.relnamespace = 'public'::regnamespace
                  AND l.pid IS DISTINCT FROM pg_backend_pid()
                GROUP BY 1, 2, 3
                ORDER BY 1
                LIMIT\s"""
                    + MOST_NAMED)) {
      List<Holder> holders = new ArrayList<>();
      while (rows.next()) {
        holders.add(
            new Holder(rows.getString(1), rows.getString(2), rows.getString(3), rows.getString(4)));
      }
      return holders;
    } catch (SQLException e) {
      // The failure that is to be explained counts, not this one.
      System.err.println(
          database.name() + ": the holders of its locks are unknown: " + e.getMessage());
      return List.of();
    }
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("interrupted", e);
    }
  }
}
