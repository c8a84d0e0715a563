package dev.converge.lab.faults;

import dev.converge.lab.history.OrderKind;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Faults of a database whose server keeps running. */
final class DatabaseFaults {
  private static final String TERMINATE =
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND backend_type IN ('client backend', 'walsender')
      """;

  private static final String BACKEND =
      """
      SELECT pid FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND usename = '%s_service'
      LIMIT 1
      """;

  private static final String READ_ONLY =
      """
      DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
      END $$
      """;
  private static final String WRITABLE =
      """
      DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database());
      END $$
      """;

  private DatabaseFaults() {}

  static List<Fault> of(Platform platform) {
    List<Fault> faults = new ArrayList<>();
    for (String domain : Topology.domains()) {
      faults.add(
          new OfConnection(
              platform,
              domain,
              spec("connections-terminated", domain, 0, 0),
              Connection.TRANSACTION_READ_COMMITTED,
              TERMINATE));
      // A snapshot and an id of its own, held open: nothing can be cleaned, and no slot moves on.
      faults.add(
          new OfConnection(
              platform,
              domain,
              spec("long-transaction", domain, 6_000, 10_000),
              Connection.TRANSACTION_REPEATABLE_READ,
              "SELECT pg_current_xact_id()"));
      faults.add(
          new SqlFault(
              platform,
              domain,
              spec("read-only", domain, 3_000, 7_000),
              List.of(READ_ONLY, TERMINATE),
              // A statement of its own: a transaction that has begun stays read-only.
              List.of("SET default_transaction_read_only = off", WRITABLE, TERMINATE)));
      faults.add(
          new SqlFault(
              platform,
              domain,
              spec("login-refused", domain, 3_000, 7_000),
              List.of("ALTER ROLE " + domain + "_service NOLOGIN", TERMINATE),
              List.of("ALTER ROLE " + domain + "_service LOGIN")));
      // The answer of a server that has no free connection, for as long as the fault is held.
      faults.add(
          new SqlFault(
              platform,
              domain,
              spec("connections-exhausted", domain, 3_000, 7_000),
              List.of("ALTER ROLE " + domain + "_service CONNECTION LIMIT 0", TERMINATE),
              List.of("ALTER ROLE " + domain + "_service CONNECTION LIMIT -1")));
      faults.add(new OfBackend(platform, domain, spec("backend-killed", domain, 0, 0)));
    }
    faults.add(
        new OfConnection(
            platform,
            "inventory",
            spec("hot-row-locked", "inventory", 4_000, 8_000),
            Connection.TRANSACTION_READ_COMMITTED,
            "SELECT 1 FROM stock WHERE sku = '" + OrderKind.HOT + "' FOR UPDATE"));
    return faults;
  }

  private static FaultSpec spec(String name, String domain, int minHold, int maxHold) {
    return new FaultSpec(name, domain + "-db", "database", minHold, maxHold, 10);
  }

  /**
   * SIGKILL for the process behind one connection of the service: the server ends all others and
   * goes through crash recovery.
   */
  private record OfBackend(Platform platform, String domain, FaultSpec spec) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return SqlFault.whyNot(platform, domain);
    }

    @Override
    public void inject() throws IOException, SQLException {
      long pid = 0;
      try (Connection connection = platform.connect(domain);
          Statement statement = connection.createStatement();
          ResultSet found = statement.executeQuery(BACKEND.formatted(domain))) {
        pid = found.next() ? found.getLong(1) : 0;
      }
      if (pid == 0 || !ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly).orElse(false)) {
        throw new IOException("no backend of " + domain + "-service to kill");
      }
    }

    @Override
    public void heal() {
      // The server recovers by itself.
    }
  }

  /** A statement in a transaction that stays open until it is healed. */
  private static final class OfConnection implements Fault {
    private final Platform platform;
    private final String domain;
    private final FaultSpec spec;
    private final int isolation;
    private final String statement;
    private @Nullable Connection open;

    OfConnection(
        Platform platform, String domain, FaultSpec spec, int isolation, String statement) {
      this.platform = platform;
      this.domain = domain;
      this.spec = spec;
      this.isolation = isolation;
      this.statement = statement;
    }

    @Override
    public FaultSpec spec() {
      return spec;
    }

    @Override
    public @Nullable String whyNot() {
      return SqlFault.whyNot(platform, domain);
    }

    @Override
    public void inject() throws SQLException {
      Connection connection = platform.connect(domain);
      open = connection;
      connection.setAutoCommit(false);
      connection.setTransactionIsolation(isolation);
      try (Statement executed = connection.createStatement()) {
        executed.execute("SET lock_timeout = '5s'");
        executed.execute(statement);
      }
    }

    @Override
    public void heal() throws SQLException {
      Connection connection = open;
      open = null;
      if (connection != null) {
        connection.close();
      }
    }
  }
}
