package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Statements of the superuser that break a database whose server keeps running, and others that
 * undo them. A lock that is not granted is requested again, for {@link #DONE_WITHIN} at most.
 *
 * @param undoing may be executed again, also if nothing was broken
 */
record SqlFault(
    Platform platform, String domain, FaultSpec spec, List<String> breaking, List<String> undoing)
    implements Fault {
  static final Duration DONE_WITHIN = Duration.ofSeconds(20);

  /** lock_not_available, deadlock_detected. */
  private static final Set<String> LOCKED = Set.of("55P03", "40P01");

  @Override
  public @Nullable String whyNot() {
    return whyNot(platform, domain);
  }

  /** The reason why a domain's database cannot be changed now; null if it can. */
  static @Nullable String whyNot(Platform platform, String domain) {
    return Fault.unlessReady(platform, Part.of(domain + "-db"));
  }

  @Override
  public void inject() throws IOException, SQLException {
    execute(platform, domain, breaking);
  }

  @Override
  public void heal() throws IOException, SQLException {
    execute(platform, domain, undoing);
  }

  static void execute(Platform platform, String domain, List<String> statements)
      throws IOException, SQLException {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement()) {
      // A session that waits for a lock of a whole table blocks all others behind it.
      statement.execute("SET lock_timeout = '1s'");
      for (String each : statements) {
        if (!Polling.until(DONE_WITHIN, () -> isDone(statement, each))) {
          throw new IOException("never got its lock in " + domain + "-db: " + each);
        }
      }
    }
  }

  private static boolean isDone(Statement statement, String sql) throws SQLException {
    try {
      statement.execute(sql);
      return true;
    } catch (SQLException e) {
      if (LOCKED.contains(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  /** Ends the connections of a role. */
  static String terminate(String role) {
    return "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + role + "'";
  }
}
