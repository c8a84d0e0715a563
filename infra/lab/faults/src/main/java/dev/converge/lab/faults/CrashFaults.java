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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A service crashes at the worst moment: its transaction has written everything except its
 * messages. A kill at a random moment seldom hits that moment. Of several instances the first is
 * killed, because the connections are named after it.
 */
final class CrashFaults {
  private static final Duration COMES_WITHIN = Duration.ofSeconds(10);
  private static final Duration ENDED_WITHIN = Duration.ofSeconds(5);
  private static final String LOCK = "LOCK TABLE outbox IN SHARE MODE";

  private static final String HELD_UP =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE usename = '%1$s_service' AND application_name !~ '-service-[0-9]$'
        AND wait_event_type = 'Lock' AND query LIKE '%%INSERT INTO outbox (%%'
      """;
  private static final String TERMINATE =
      """
      SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE usename = '%1$s_service' AND application_name !~ '-service-[0-9]$'
      """;
  private static final String LEFT =
      """
      SELECT count(*) FROM pg_stat_activity
      WHERE usename = '%1$s_service' AND application_name !~ '-service-[0-9]$'
      """;

  private CrashFaults() {}

  static List<Fault> of(Platform platform) {
    List<Fault> faults = new ArrayList<>();
    for (String domain : Topology.domains()) {
      Part service = Part.of(domain + "-service");
      faults.add(
          new InTransaction(
              platform,
              domain,
              service,
              new FaultSpec("killed-in-transaction", service.id(), "kill", 0, 1_000, 10)));
    }
    return faults;
  }

  private record InTransaction(Platform platform, String domain, Part service, FaultSpec spec)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, service);
    }

    @Override
    public void inject() throws IOException, SQLException {
      try (Connection lock = platform.connect(domain);
          Connection look = platform.connect(domain)) {
        lock.setAutoCommit(false);
        try (Statement locking = lock.createStatement()) {
          locking.execute("SET lock_timeout = '5s'");
          locking.execute(LOCK);
        }
        await(look, HELD_UP, true, COMES_WITHIN, "no transaction began");
        platform.kill(service);
        // The server notices the crash only when it next writes to the connection. Without this,
        // the statement that waits for the lock would still be executed.
        count(look, TERMINATE);
        await(look, LEFT, false, ENDED_WITHIN, "its transactions have not ended");
      }
    }

    @Override
    public void heal() {
      platform.start(service);
    }

    private void await(Connection look, String sql, boolean some, Duration within, String why)
        throws IOException, SQLException {
      long end = System.nanoTime() + within.toNanos();
      while ((count(look, sql) > 0) != some) {
        if (System.nanoTime() > end) {
          throw new IOException(service.id() + ": " + why);
        }
        try {
          TimeUnit.MILLISECONDS.sleep(5);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException(e);
        }
      }
    }

    private long count(Connection look, String sql) throws SQLException {
      try (Statement statement = look.createStatement();
          ResultSet rows = statement.executeQuery(sql.formatted(domain))) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    }
  }
}
