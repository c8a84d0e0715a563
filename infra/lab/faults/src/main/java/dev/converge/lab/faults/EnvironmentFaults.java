package dev.converge.lab.faults;

import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An administrator changes a database while its service works. The server keeps running, and
 * statements of the service fail. No message is the cause: none may be parked, and a client gets
 * Retry-After.
 */
final class EnvironmentFaults {
  private static final int BOUND_SECONDS = 15;

  /** The table of each service that every message needs. */
  private static final Map<String, String> TABLES =
      Map.of("order", "saga", "inventory", "reservation", "payment", "payment");

  /** The table of each service that would cause wrong refusals if it appeared empty. */
  private static final Map<String, String> READ =
      Map.of("order", "saga", "inventory", "stock", "payment", "payment");

  /** A text column of it that prepared statements return and no view depends on. */
  private static final Map<String, String> COLUMNS =
      Map.of("order", "step", "inventory", "status", "payment", "currency");

  private final Platform platform;
  private final String domain;
  private final String role;
  private final String table;

  private EnvironmentFaults(Platform platform, String domain) {
    this.platform = platform;
    this.domain = domain;
    this.role = domain + "_service";
    this.table = TABLES.getOrDefault(domain, "");
  }

  static List<Fault> of(Platform platform) {
    return Topology.domains().stream()
        .flatMap(domain -> new EnvironmentFaults(platform, domain).all().stream())
        .toList();
  }

  private List<Fault> all() {
    return List.of(
        passwordChanged(),
        new Renamed(platform, domain, spec("database-renamed", 3_000, 6_000)),
        columnTypeChanged(),
        new SqlFault(
            platform,
            domain,
            spec("outbox-insert-revoked", 4_000, 6_000),
            List.of("REVOKE INSERT ON outbox FROM " + role),
            List.of("GRANT INSERT ON outbox TO " + role)),
        new SqlFault(
            platform,
            domain,
            spec("table-renamed", 4_000, 6_000),
            List.of("ALTER TABLE " + table + " RENAME TO " + table + "_renamed"),
            List.of("ALTER TABLE IF EXISTS " + table + "_renamed RENAME TO " + table)),
        outboxCheckRefuses(),
        outboxTriggerRefuses(),
        new SqlFault(
            platform,
            domain,
            spec("rows-hidden", 4_000, 6_000),
            List.of("ALTER TABLE " + READ.get(domain) + " ENABLE ROW LEVEL SECURITY"),
            List.of("ALTER TABLE " + READ.get(domain) + " DISABLE ROW LEVEL SECURITY")),
        clientEncodingChanged());
  }

  private Fault passwordChanged() {
    return new SqlFault(
        platform,
        domain,
        spec("password-changed", 3_000, 7_000),
        List.of("ALTER ROLE " + role + " PASSWORD 'another'", SqlFault.terminate(role)),
        List.of("ALTER ROLE " + role + " PASSWORD '" + platform.servicePassword() + "'"));
  }

  private Fault columnTypeChanged() {
    String alter = "ALTER TABLE " + table + " ALTER COLUMN " + COLUMNS.get(domain) + " TYPE ";
    return new SqlFault(
        platform,
        domain,
        spec("column-type-changed", 2_000, 5_000),
        List.of(alter + "varchar"),
        List.of(alter + "text"));
  }

  private Fault outboxCheckRefuses() {
    return new SqlFault(
        platform,
        domain,
        spec("outbox-check-refuses", 4_000, 6_000),
        List.of("ALTER TABLE outbox ADD CONSTRAINT lab_refuses CHECK (sequence < 0) NOT VALID"),
        List.of("ALTER TABLE outbox DROP CONSTRAINT IF EXISTS lab_refuses"));
  }

  private Fault outboxTriggerRefuses() {
    return new SqlFault(
        platform,
        domain,
        spec("outbox-trigger-refuses", 4_000, 6_000),
        List.of(
            """
            CREATE OR REPLACE FUNCTION lab_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'refused by the lab'; END $$
            """,
            """
            CREATE TRIGGER lab_refuses BEFORE INSERT ON outbox
            FOR EACH ROW EXECUTE FUNCTION lab_refuses()
            """),
        List.of(
            "DROP TRIGGER IF EXISTS lab_refuses ON outbox",
            "DROP FUNCTION IF EXISTS lab_refuses()"));
  }

  private Fault clientEncodingChanged() {
    return new Latin1(
        new SqlFault(
            platform,
            domain,
            spec("client-encoding-changed", 8_000, 12_000),
            List.of(
                "ALTER ROLE " + role + " SET client_encoding = 'LATIN1'", SqlFault.terminate(role)),
            List.of("ALTER ROLE " + role + " RESET client_encoding")));
  }

  private FaultSpec spec(String name, int minHold, int maxHold) {
    return new FaultSpec(name, domain + "-db", "environment", minHold, maxHold, BOUND_SECONDS);
  }

  /** A database has another name for a while. Connections to it are ended for that. */
  private record Renamed(Platform platform, String domain, FaultSpec spec) implements Fault {
    private static final String OTHERS =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'";

    /** object_in_use: someone has connected again meanwhile. */
    private static final String IN_USE = "55006";

    @Override
    public @Nullable String whyNot() {
      return SqlFault.whyNot(platform, domain);
    }

    @Override
    public void inject() throws IOException, SQLException {
      rename(name(), name() + "_renamed");
    }

    @Override
    public void heal() throws IOException, SQLException {
      rename(name() + "_renamed", name());
    }

    private String name() {
      return platform.databaseName(domain);
    }

    private void rename(String from, String to) throws IOException, SQLException {
      try (Connection connection = platform.connect(domain, "postgres");
          Statement statement = connection.createStatement()) {
        if (!Polling.until(SqlFault.DONE_WITHIN, () -> isRenamed(statement, from, to))) {
          throw new IOException(from + " is always in use");
        }
      }
    }

    private static boolean isRenamed(Statement statement, String from, String to)
        throws SQLException {
      try (ResultSet there =
          statement.executeQuery("SELECT FROM pg_database WHERE datname = '" + from + "'")) {
        if (!there.next()) {
          return true;
        }
      }
      try {
        statement.execute(OTHERS.formatted(from));
        statement.execute("ALTER DATABASE " + from + " RENAME TO " + to);
        return true;
      } catch (SQLException e) {
        if (IN_USE.equals(e.getSQLState())) {
          return false;
        }
        throw e;
      }
    }
  }

  /**
   * A service's role gets another encoding, which the service's client does not speak. Meanwhile
   * the service may not open more connections than its pools have room for.
   */
  private record Latin1(SqlFault change) implements SqlFaultWithSteps {
    /** Of both pools, and one on its way in or out. */
    private static final int CONNECTIONS = 13;

    /** Of the order service; there are more only by a scale. */
    private static final int FEWEST_ORDER_SERVICES = 2;

    @Override
    public void heal() throws IOException, SQLException {
      long connections;
      try {
        connections = connections();
      } finally {
        change.heal();
      }
      int most = CONNECTIONS * instances();
      if (connections > most) {
        throw new IOException(
            change.domain() + "-service had " + connections + " connections (bound: " + most + ")");
      }
    }

    private int instances() {
      int nodes = change.platform().scale().of(Topology.service(change.domain()).part().role());
      return change.domain().equals("order") ? Math.max(nodes, FEWEST_ORDER_SERVICES) : nodes;
    }

    private long connections() throws SQLException {
      try (Connection connection = change.platform().connect(change.domain());
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT count(*) FROM pg_stat_activity WHERE usename = '"
                      + change.domain()
                      + "_service'")) {
        row.next();
        return row.getLong(1);
      }
    }
  }
}
