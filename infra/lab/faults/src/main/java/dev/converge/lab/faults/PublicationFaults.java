package dev.converge.lab.faults;

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

/**
 * The publication of an outbox is dropped, or recreated by hand, or loses a table. The platform
 * must repair it, or name the database and the cause, within 60 s. Once the publication exists
 * again, the platform must drain the outbox by itself, even if its slot can never advance again.
 */
final class PublicationFaults {
  // From its recreation: the time to detect that the slot does not advance, and a round of the
  // reconciler.
  private static final int BOUND_SECONDS = 120;

  private static final String CAUSE = "publication";

  // The definition in the platform's scripts, in case the publication is missing from the start.
  private static final String DEFAULT =
      """
      CREATE PUBLICATION outbox FOR TABLE outbox, debezium_heartbeat
      WITH (publish = 'insert, update', publish_via_partition_root = true)\
      """;

  // Reads the statement that recreates the publication.
  private static final String AS_IT_IS =
      """
      SELECT format(
               'CREATE PUBLICATION outbox FOR TABLE %s WITH (publish = %L, publish_via_partition_root = %s)',
               (SELECT string_agg(format('%I.%I', schemaname, tablename)
                                  || coalesce(' WHERE (' || rowfilter || ')', ''), ', ')
                FROM pg_publication_tables WHERE pubname = 'outbox'),
               concat_ws(', ', CASE WHEN pubinsert THEN 'insert' END,
                               CASE WHEN pubupdate THEN 'update' END,
                               CASE WHEN pubdelete THEN 'delete' END,
                               CASE WHEN pubtruncate THEN 'truncate' END),
               CASE WHEN pubviaroot THEN 'true' ELSE 'false' END)
      FROM pg_publication WHERE pubname = 'outbox'
      """;

  private static final String IS_THERE =
      "SELECT FROM pg_publication_tables WHERE pubname = 'outbox' AND tablename = 'outbox'";

  private PublicationFaults() {}

  static List<Fault> of(Platform platform, InterventionLog done) {
    List<Fault> faults = new ArrayList<>();
    for (String domain : Topology.domains()) {
      faults.add(new Dropped(platform, domain, done, spec("publication-dropped", domain), true));
      faults.add(new Dropped(platform, domain, done, spec("publication-recreated", domain), false));
      faults.add(new TableDropped(platform, domain, done, spec("publication-emptied", domain)));
      faults.add(ColumnRenamedFault.of(platform, domain, done));
    }
    return faults;
  }

  private static FaultSpec spec(String name, String domain) {
    return new FaultSpec(name, domain + "-db", "outbox", 0, 0, BOUND_SECONDS);
  }

  private static @Nullable String value(Platform platform, String domain, String sql)
      throws SQLException {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  private static boolean isThere(Platform platform, String domain) throws SQLException {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(IS_THERE)) {
      return row.next();
    }
  }

  private static void awaitNamed(Platform platform, String domain)
      throws IOException, SQLException {
    new AuditFindings(platform, domain).awaitNamedUnless(CAUSE, () -> isThere(platform, domain));
  }

  /**
   * The publication is dropped. It is recreated by hand: immediately, or after the platform has
   * named it without a repair of its own.
   */
  private static final class Dropped implements Fault {
    private final Platform platform;
    private final String domain;
    private final InterventionLog done;
    private final FaultSpec spec;
    private final boolean untilNoticed;
    private String asItWas = DEFAULT;

    Dropped(
        Platform platform,
        String domain,
        InterventionLog done,
        FaultSpec spec,
        boolean untilNoticed) {
      this.platform = platform;
      this.domain = domain;
      this.done = done;
      this.spec = spec;
      this.untilNoticed = untilNoticed;
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
    public void inject() throws IOException, SQLException {
      String found = value(platform, domain, AS_IT_IS);
      if (found == null) {
        throw new IOException(domain + "-db has no publication");
      }
      asItWas = found;
      done.rowsSkipped();
      SqlFault.execute(platform, domain, List.of("DROP PUBLICATION outbox"));
      if (untilNoticed) {
        awaitNamed(platform, domain);
      }
    }

    @Override
    public void heal() throws IOException, SQLException {
      // The slot cannot decode rows that were written without a publication: the platform creates
      // another slot, at any time from now on.
      done.slotDropped(domain);
      if (!isThere(platform, domain)) {
        SqlFault.execute(
            platform,
            domain,
            List.of(
                "DROP PUBLICATION IF EXISTS outbox",
                asItWas,
                "ALTER PUBLICATION outbox OWNER TO " + domain + "_owner"));
      }
      new OutboxSlot(platform, domain).awaitDrained();
      done.slotDropped(domain);
    }
  }

  /** The publication loses the outbox: the slot skips the rows that are written meanwhile. */
  private record TableDropped(
      Platform platform, String domain, InterventionLog done, FaultSpec spec) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return SqlFault.whyNot(platform, domain);
    }

    @Override
    public void inject() throws IOException, SQLException {
      done.rowsSkipped();
      SqlFault.execute(platform, domain, List.of("ALTER PUBLICATION outbox DROP TABLE outbox"));
      awaitNamed(platform, domain);
    }

    @Override
    public void heal() throws IOException, SQLException {
      if (!isThere(platform, domain)) {
        SqlFault.execute(platform, domain, List.of("ALTER PUBLICATION outbox ADD TABLE outbox"));
      }
      new OutboxSlot(platform, domain).awaitDrained();
    }
  }
}
