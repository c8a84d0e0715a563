package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: a start repairs a database whose creation was interrupted at any point, and never touches a
 * complete one. Method: order-db alone, brought to each unfinished state by hand, and started
 * again.
 */
class DatabaseServerIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
  private static final String UNFINISHED = "orders_unfinished";

  private static Layout layout;
  private static Platform platform;

  @BeforeAll
  static void start() throws IOException {
    Path tests = Files.createDirectories(ROOT.resolve("target/test-platforms"));
    layout = new Layout(ROOT, Files.createTempDirectory(tests, "state-"));
    platform = new Platform(layout, Ports.free(), Map.of());
    Path cutShort = Files.createDirectories(layout.state().resolve("data/order-db.unfinished-1"));
    Files.writeString(cutShort.resolve("PG_VERSION"), "17");
    // So an initdb that was killed leaves it.
    Path half = layout.data("order-db");
    Files.createDirectories(half.resolve("base/1"));
    Files.createDirectories(half.resolve("global"));
    Files.writeString(half.resolve("PG_VERSION"), "17\n");
    platform.start(Part.ORDER_DB);
  }

  @AfterAll
  static void end() {
    platform.kill(Part.ORDER_DB);
  }

  @Test
  void databaseStartsInACheckoutWhosePathAShellExpands() throws Exception {
    Path root = layout.state().resolve("a \"q\" $HOME `id` \\ 'q'");
    Files.createSymbolicLink(Files.createDirectories(root).resolve("infra"), ROOT.resolve("infra"));
    Layout strange = new Layout(root, Files.createDirectories(root.resolve("state")));
    Platform other = new Platform(strange, Ports.free(), Map.of());
    try {
      other.start(Part.ORDER_DB);
      try (Connection connection = other.connect("order")) {
        assertThat(connection.isValid(5)).isTrue();
      }
    } finally {
      other.kill(Part.ORDER_DB);
    }
  }

  @Test
  void settingsOfTheDatabaseAndItsRoleHinderNoCommand() throws SQLException {
    for (String setting :
        List.of(
            "default_transaction_read_only = on",
            "search_path = elsewhere",
            "statement_timeout = 1",
            "client_encoding = 'LATIN1'",
            "default_transaction_isolation = 'serializable'",
            "idle_session_timeout = 1")) {
      onServer("ALTER DATABASE orders SET " + setting);
      onServer("ALTER ROLE postgres IN DATABASE orders SET " + setting);
    }
    platform.start(Part.ORDER_DB);
    onOrders("CREATE TABLE hindered AS SELECT pg_sleep(0.1)::text, 42 AS n");
    assertThat(number("orders", "SELECT n FROM public.hindered")).isEqualTo(42);
    onOrders("DROP TABLE hindered");
    onServer("ALTER DATABASE orders RESET ALL");
    onServer("ALTER ROLE postgres IN DATABASE orders RESET ALL");
  }

  @Test
  void databaseWithAConnectionLimitKeepsItsRows() throws SQLException {
    onOrders("CREATE TABLE kept AS SELECT 42 AS n");
    onServer("ALTER DATABASE orders CONNECTION LIMIT 40");

    platform.start(Part.ORDER_DB);
    assertThat(number("orders", "SELECT n FROM kept")).isEqualTo(42);

    platform.kill(Part.ORDER_DB);
    platform.start(Part.ORDER_DB);
    assertThat(number("orders", "SELECT n FROM kept")).isEqualTo(42);
    onOrders("DROP TABLE kept");
    onServer("ALTER DATABASE orders CONNECTION LIMIT -1");
  }

  @Test
  void missingDatabaseIsCreatedAlthoughItsRolesExist() throws SQLException {
    onServer("DROP DATABASE orders");

    assertThat(platform.isReady(Part.ORDER_DB)).isFalse();
    platform.start(Part.ORDER_DB);

    assertComplete();
  }

  @Test
  void unfinishedDatabaseWithoutSlotIsRecreated() throws SQLException {
    onServer("DROP DATABASE orders");
    onServer("CREATE DATABASE " + UNFINISHED);
    on(UNFINISHED, "CREATE PUBLICATION outbox");
    platform.kill(Part.ORDER_DB);

    platform.start(Part.ORDER_DB);

    assertComplete();
  }

  @Test
  void unfinishedDatabaseWithSlotIsRecreated() throws SQLException {
    onServer("DROP DATABASE orders");
    onServer("CREATE DATABASE " + UNFINISHED);
    on(UNFINISHED, "SELECT pg_create_logical_replication_slot('outbox', 'pgoutput')");

    platform.start(Part.ORDER_DB);

    assertComplete();
  }

  @Test
  void sessionOfAKilledCommandDoesNotBlockTheNext() throws SQLException {
    onServer("DROP DATABASE orders");
    onServer("CREATE DATABASE " + UNFINISHED);
    try (Connection left = connect(UNFINISHED);
        Statement statement = left.createStatement()) {
      statement.execute("SELECT pg_create_logical_replication_slot('outbox', 'pgoutput', true)");

      platform.start(Part.ORDER_DB);

      assertThatThrownBy(() -> statement.execute("SELECT 1")).isInstanceOf(SQLException.class);
    }
    assertComplete();
  }

  @Test
  void databaseOfAnEarlierVersionGetsTheFunctionsThatRepairItsSlot() throws SQLException {
    Passwords passwords = Passwords.from(System.getenv());
    dropRepairFunctions();
    RepairFunctions.addTo(platform.database("order"), layout, passwords.superuser());
    assertRepairFunctions();

    // As in compose, where only the database itself knows the superuser's password.
    dropRepairFunctions();
    RepairFunctions.addTo(platform.database("order"), layout, passwords);
    assertRepairFunctions();
    assertThat(number("orders", "SELECT has_schema_privilege('debezium', 'public', 'CREATE')::int"))
        .isZero();
  }

  @Test
  void publicationThatRequiresASuperuserIsNotRepaired() throws SQLException {
    for (String tables : List.of("ALL TABLES", "TABLES IN SCHEMA public")) {
      onOrders("DROP PUBLICATION outbox");
      onOrders("CREATE PUBLICATION outbox FOR " + tables);
      dropRepairFunctions();

      defineRepairFunctions();

      assertRepairFunctions();
      assertThat(ownedBy("postgres")).as(tables).isOne();
    }
    onOrders("DROP PUBLICATION outbox");
    onOrders("CREATE PUBLICATION outbox");
    defineRepairFunctions();
    assertThat(ownedBy("order_owner")).isOne();
  }

  private static long ownedBy(String role) throws SQLException {
    return number(
        "orders",
        "SELECT count(*) FROM pg_publication WHERE pubname = 'outbox' AND pubowner = '"
            + role
            + "'::regrole");
  }

  private static void defineRepairFunctions() {
    RepairFunctions.addTo(
        platform.database("order"), layout, Passwords.from(System.getenv()).superuser());
  }

  private static void dropRepairFunctions() throws SQLException {
    onOrders("DROP FUNCTION outbox_test_slot(), outbox_replace_slot(pg_lsn)");
    onOrders("CREATE OR REPLACE FUNCTION outbox_repair_slot() RETURNS void LANGUAGE sql AS ''");
  }

  private static void assertRepairFunctions() throws SQLException {
    assertThat(
            number(
                "orders",
                """
                SELECT count(*) FROM pg_proc
                WHERE proname IN ('outbox_repair_slot', 'outbox_test_slot', 'outbox_replace_slot')
                  AND prosecdef AND proowner = 'debezium'::regrole AND prolang <> 14
                  AND has_function_privilege('order_service', oid, 'EXECUTE')
                  AND NOT has_function_privilege('order_owner', oid, 'EXECUTE')
                """))
        .isEqualTo(3);
  }

  @Test
  void onlyTheSuperuserWritesLogicalMessages() throws SQLException {
    onOrders(
        "GRANT EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text, boolean) TO PUBLIC");

    defineRepairFunctions();

    assertThat(
            number(
                "orders",
                """
                SELECT count(*) FROM pg_proc, unnest(ARRAY['order_owner', 'order_service', 'debezium']) AS role
                WHERE proname = 'pg_logical_emit_message' AND has_function_privilege(role, oid, 'EXECUTE')
                """))
        .isZero();
  }

  @Test
  void missingRoleDoesNotPreventTheDatabaseStart() throws SQLException {
    onServer("ALTER ROLE debezium RENAME TO renamed");

    platform.start(Part.ORDER_DB);

    assertThat(platform.isReady(Part.ORDER_DB)).isTrue();
    onServer("ALTER ROLE renamed RENAME TO debezium");
    onServer("ALTER ROLE debezium PASSWORD '" + Passwords.from(System.getenv()).debezium() + "'");
  }

  @Test
  void tornOrForeignLockFileDelaysNoStart() throws IOException {
    Path lock = layout.data("order-db").resolve("postmaster.pid");
    String another = ProcessHandle.current().pid() + "\n/elsewhere\n1\n";
    for (String content : new String[] {"", "garbage\n", "-17\n", another}) {
      platform.kill(Part.ORDER_DB);
      Files.writeString(lock, content);
      platform.start(Part.ORDER_DB);
      assertThat(platform.isReady(Part.ORDER_DB)).as("after <%s>", content).isTrue();
    }
    platform.kill(Part.ORDER_DB);
    Files.delete(lock);
    Files.createDirectories(lock.resolve("inner"));
    platform.start(Part.ORDER_DB);
    assertThat(platform.isReady(Part.ORDER_DB)).isTrue();
  }

  @Test
  void serverWhoseProcessFileIsLostIsNotStartedTwice() throws IOException {
    long pid = platform.process(Part.ORDER_DB).orElseThrow().pid();
    Layout.delete(layout.processes());
    platform.start(Part.ORDER_DB);
    assertThat(platform.process(Part.ORDER_DB).orElseThrow().pid()).isEqualTo(pid);
  }

  private static void assertComplete() throws SQLException {
    assertThat(platform.isReady(Part.ORDER_DB)).isTrue();
    assertThat(number("postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'orders%'"))
        .isEqualTo(1);
    assertThat(
            number(
                "orders",
                "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'outbox'"
                    + " AND database = 'orders' AND NOT temporary AND failover"))
        .isEqualTo(1);
    assertThat(number("orders", "SELECT count(*) FROM pg_publication")).isEqualTo(1);
    Passwords passwords = Passwords.from(System.getenv());
    try (Connection owner =
        platform.database("order").connect("order_owner", passwords.owner(), "orders")) {
      assertThat(owner.isValid(3)).isTrue();
    }
    try (Connection service =
        platform.database("order").connect("order_service", passwords.service(), "orders")) {
      assertThat(service.isValid(3)).isTrue();
    }
  }

  private static void onOrders(String sql) throws SQLException {
    on("orders", sql);
  }

  private static void onServer(String sql) throws SQLException {
    on("postgres", sql);
  }

  private static void on(String database, String sql) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long number(String database, String query) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(1);
    }
  }

  private static Connection connect(String database) throws SQLException {
    return platform
        .database("order")
        .connect("postgres", Passwords.from(System.getenv()).superuser(), database);
  }
}
