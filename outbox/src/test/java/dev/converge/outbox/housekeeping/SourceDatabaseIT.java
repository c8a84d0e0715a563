package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.outbox.housekeeping.Diagnosis.Observed;
import dev.converge.outbox.housekeeping.Source.ForeignOwner;
import dev.converge.outbox.housekeeping.Source.Publication;
import dev.converge.outbox.housekeeping.Stall.Progress;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a publication is judged by what it publishes, in any syntax, and by its owner. Method: real
 * PostgreSQL with the library's tables, and publications created by SQL.
 */
class SourceDatabaseIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
  private static final ConnectorNames NAMES =
      new ConnectorNames("order-outbox", "outbox", "outbox", "debezium");
  private static final Connector WELL =
      new Connector.Registered(
          new Connector.Part("RUNNING", ""), List.of(new Connector.Part("RUNNING", "")));
  private static final String COMPLETE =
      "WITH (publish = 'insert, update', publish_via_partition_root = true)";

  private static final Vertx VERTX = Vertx.vertx();
  private static Platform platform;
  private static SourceDatabase source;

  @BeforeAll
  static void start() throws IOException {
    Path tests = Files.createDirectories(ROOT.resolve("target/test-platforms"));
    Layout layout = new Layout(ROOT, Files.createTempDirectory(tests, "state-"));
    platform = new Platform(layout, Ports.free(), Map.of());
    platform.start(Part.ORDER_DB);
    for (String file :
        List.of(
            "V001__outbox",
            "V002__message_bounds",
            "V003__outbox_repair",
            "V004__inbox_received",
            "V005__outbox_reconciled")) {
      run("SET ROLE order_owner;" + migration(file));
    }
    run(
        """
        GRANT SELECT ON outbox, outbox_republication, outbox_reconciled TO order_service;
        CREATE SCHEMA of_another;
        CREATE TABLE of_another.published (id int);
        GRANT EXECUTE ON FUNCTION outbox_repair_publication(name) TO order_service;
        """);
    source = new SourceDatabase(pool(), NAMES);
  }

  private static String migration(String file) throws IOException {
    String path = "/dev/converge/outbox/migration/" + file + ".sql";
    try (InputStream sql = SourceDatabaseIT.class.getResourceAsStream(path)) {
      return new String(Objects.requireNonNull(sql, path).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Pool pool() {
    return PgBuilder.pool()
        .with(new PoolOptions().setMaxSize(2))
        .connectingTo(
            new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(platform.ports().of(Part.ORDER_DB))
                .setDatabase("orders")
                .setUser("order_service")
                .setPassword(platform.servicePassword()))
        .using(VERTX)
        .build();
  }

  @AfterAll
  static void end() {
    VERTX.close().await();
    platform.kill(Part.ORDER_DB);
  }

  @BeforeEach
  void drop() {
    run("DROP PUBLICATION IF EXISTS outbox");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TABLE outbox, debezium_heartbeat",
        "ALL TABLES",
        "TABLES IN SCHEMA public",
        "TABLES IN SCHEMA public, TABLE outbox WHERE (sequence < 0)"
      })
  void publicationOfBothTablesIsCompleteInEverySyntax(String tables) {
    run("CREATE PUBLICATION outbox FOR " + tables + " " + COMPLETE);

    assertThat(look().publication()).isEqualTo(Publication.COMPLETE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FOR TABLE debezium_heartbeat | insert, update | true | LACKS_OUTBOX",
        "FOR TABLE outbox_default, debezium_heartbeat | insert, update | true | LACKS_OUTBOX",
        "FOR TABLE outbox, debezium_heartbeat | update | true | LACKS_INSERTS",
        "FOR TABLES IN SCHEMA public | update | true | LACKS_INSERTS",
        "FOR ALL TABLES | delete, truncate | true | LACKS_INSERTS",
        "FOR TABLE outbox, debezium_heartbeat | insert, update | false | LACKS_ROOT",
        "FOR TABLES IN SCHEMA public | insert, update | false | LACKS_ROOT",
        "FOR TABLE outbox WHERE (sequence < 0) | insert | true | FILTERS_ROWS",
        "FOR TABLE outbox (id, created_at, payload) | insert | true | FILTERS_COLUMNS",
        "FOR TABLE outbox | insert, update | true | LACKS_HEARTBEAT",
        "FOR TABLE outbox, debezium_heartbeat | insert | true | LACKS_HEARTBEAT",
        "FOR TABLES IN SCHEMA public | insert | true | LACKS_HEARTBEAT",
        "FOR TABLE outbox, debezium_heartbeat WHERE (id > 1)|insert, update|true|LACKS_HEARTBEAT",
      })
  void detectsAndRepairsAnIncompletePublication(
      String tables, String publish, boolean viaRoot, Publication expected) {
    run(
        "CREATE PUBLICATION outbox %s WITH (publish = '%s', publish_via_partition_root = %s)"
            .formatted(tables, publish, viaRoot));

    assertThat(look().publication()).isEqualTo(expected);
    remedy();
    assertThat(source.repairPublication().await()).isTrue();
    assertThat(look()).extracting(Source::publication).isEqualTo(Publication.COMPLETE);
    assertThat(look().foreignOwner()).isNull();
  }

  @Test
  void reportsASuperusersPublicationWithItsOwnerAndTheRemedy() {
    run("CREATE PUBLICATION outbox FOR TABLE debezium_heartbeat " + COMPLETE);

    assertThat(look().foreignOwner()).isEqualTo(new ForeignOwner("postgres", "order_owner", true));
    assertThatThrownBy(() -> source.repairPublication().await())
        .hasMessageContaining("must be owner of publication outbox");
    assertThat(diagnosis().text())
        .isEqualTo(
            "publication outbox does not publish table outbox; it belongs to role postgres and"
                + " cannot be repaired until a superuser runs:"
                + " ALTER PUBLICATION outbox OWNER TO order_owner");
    remedy();
    assertThat(source.repairPublication().await()).isTrue();
    assertThat(look().publication()).isEqualTo(Publication.COMPLETE);
  }

  @Test
  void quotesRoleNamesAsSql() {
    run("CREATE ROLE \"Another Owner\"");
    run("GRANT CREATE ON DATABASE orders TO \"Another Owner\"");
    run("CREATE PUBLICATION outbox " + COMPLETE);
    run("ALTER PUBLICATION outbox OWNER TO \"Another Owner\"");

    assertThat(look().foreignOwner())
        .isEqualTo(new ForeignOwner("\"Another Owner\"", "order_owner", true));

    run("GRANT \"Another Owner\" TO order_owner");
    assertThat(look().foreignOwner()).as("owner whose rights the repairer has").isNull();
    assertThat(source.repairPublication().await()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'pg_create_physical_replication_slot(''other'')', is a physical slot",
    "'pg_create_physical_replication_slot(''other'', true)', is a physical slot",
    "'pg_create_logical_replication_slot(''other'', ''test_decoding'')',"
        + " is a slot of plugin test_decoding",
    "'pg_create_logical_replication_slot(''other'', ''pgoutput'')', "
  })
  void recognizesASlotOfAnotherKind(String created, @Nullable String kind) {
    SourceDatabase other =
        new SourceDatabase(pool(), new ConnectorNames("other", "other", "outbox", "debezium"));
    run("SELECT " + created);
    try {
      assertThat(other.read().await().source().slot())
          .extracting(Source.Slot::foreign)
          .isEqualTo(kind);
    } finally {
      run("SELECT pg_drop_replication_slot('other')");
    }
    assertThat(other.read().await().source().slot()).isNull();
  }

  /** Runs the statement that the finding names for a superuser, if it names one. */
  private static void remedy() {
    ForeignOwner owner = look().foreignOwner();
    if (owner != null) {
      String text = diagnosisOf(owner).text();
      run(text.substring(text.lastIndexOf(": ") + 2));
    }
  }

  private static Diagnosis diagnosis() {
    return diagnosisOf(look().foreignOwner());
  }

  private static Diagnosis diagnosisOf(@Nullable ForeignOwner owner) {
    Source seen =
        new Source(null, Publication.LACKS_OUTBOX, new Source.Role(List.of(), List.of()), owner);
    return Diagnosis.of(new Observed(NAMES, WELL, null, seen, Progress.NONE, null));
  }

  private static Source look() {
    return source.read().await().source();
  }

  private static void run(String sql) {
    try (Connection connection = platform.connect("order");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }
}
