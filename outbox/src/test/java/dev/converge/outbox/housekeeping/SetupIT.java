package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.example.Migrate;
import dev.converge.testkit.OutboxPlatform;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: setup.sql gives an adopter what the services' own databases have. Method: it is run by JDBC
 * in a new database, and the result is compared with that of the order service.
 */
class SetupIT {
  private static final String TABLES =
      "('outbox', 'outbox_republication', 'outbox_reconciled', 'inbox', 'inbox_position',"
          + " 'dead_letter', 'debezium_heartbeat')";

  private static final OutboxPlatform PLATFORM = OutboxPlatform.shared();

  private static String server() {
    return "jdbc:postgresql://127.0.0.1:" + PLATFORM.databasePort() + "/";
  }

  @BeforeAll
  static void setUp() throws IOException, SQLException {
    PLATFORM.update("CREATE ROLE setup SUPERUSER LOGIN PASSWORD 'setup'");
    PLATFORM.update("CREATE ROLE adopter_owner LOGIN PASSWORD 'owner'");
    PLATFORM.update("CREATE ROLE adopter_service LOGIN PASSWORD 'service'");
    PLATFORM.update("CREATE ROLE adopter_debezium LOGIN REPLICATION PASSWORD 'debezium'");
    PLATFORM.update("CREATE DATABASE adopter OWNER adopter_owner");
    Migrate.migrate(server() + "adopter", "adopter_owner", "owner");
    runScript();
  }

  private static void runScript() throws IOException, SQLException {
    try (InputStream script = SetupIT.class.getResourceAsStream("/dev/converge/outbox/setup.sql");
        Connection connection =
            DriverManager.getConnection(
                server() + "adopter?options=-c%20outbox.name=adopter", "setup", "setup");
        Statement statement = connection.createStatement()) {
      statement.execute(
          new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static List<String> rows(String database, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(server() + database, "setup", "setup");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> texts = new ArrayList<>();
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
      return texts;
    }
  }

  private static void assertSameAsOrders(String adopters, String orders) throws SQLException {
    List<String> expected = rows("orders", orders);
    assertThat(expected).isNotEmpty();
    assertThat(rows("adopter", adopters)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"outbox_repair_slot", "outbox_test_slot", "outbox_replace_slot"})
  void repairFunctionsAreThoseOfTheServices(String function) throws SQLException {
    String definition =
        "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = '" + function + "'";
    assertThat(
            withoutComments(rows("adopter", definition).get(0)).replace("adopter_outbox", "outbox"))
        .isEqualTo(withoutComments(rows("orders", definition).get(0)));
  }

  private static String withoutComments(String definition) {
    return definition
        .lines()
        .filter(line -> !line.strip().startsWith("--"))
        .collect(Collectors.joining("\n"));
  }

  private static String tablePrivileges(String role) {
    return "SELECT table_name || ' ' || privilege_type FROM information_schema.role_table_grants"
        + " WHERE grantee = '%s' AND table_name IN %s ORDER BY 1".formatted(role, TABLES);
  }

  private static String functionPrivileges(String role) {
    return "SELECT DISTINCT routine_name FROM information_schema.role_routine_grants"
        + " WHERE grantee = '%s' AND routine_name LIKE 'outbox%%' ORDER BY 1".formatted(role);
  }

  @Test
  void rolesHaveThePrivilegesThatTheServicesHave() throws SQLException {
    assertSameAsOrders(tablePrivileges("adopter_service"), tablePrivileges("order_service"));
    assertSameAsOrders(tablePrivileges("adopter_debezium"), tablePrivileges("debezium"));
    assertSameAsOrders(functionPrivileges("adopter_service"), functionPrivileges("order_service"));
  }

  @Test
  void publicationAndTheSlotAreLikeThoseOfTheServices() throws SQLException {
    String publication =
        "SELECT concat_ws(' ', pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot, tablename)"
            + " FROM pg_publication JOIN pg_publication_tables USING (pubname)"
            + " WHERE pubname = '%s' ORDER BY 1";
    assertSameAsOrders(publication.formatted("adopter_outbox"), publication.formatted("outbox"));
    assertThat(
            rows(
                "adopter",
                "SELECT pubowner::regrole::text FROM pg_publication"
                    + " WHERE pubname = 'adopter_outbox'"))
        .containsExactly("adopter_owner");
    String slot =
        "SELECT concat_ws(' ', plugin, database, failover) FROM pg_replication_slots"
            + " WHERE slot_name = '%s'";
    assertThat(rows("adopter", slot.formatted("adopter_outbox")))
        .containsExactly("pgoutput adopter t");
    assertThat(rows("orders", slot.formatted("outbox"))).containsExactly("pgoutput orders t");
  }

  @Test
  void scriptIsIdempotent() throws IOException, SQLException {
    runScript();

    rolesHaveThePrivilegesThatTheServicesHave();
  }

  @Test
  void serviceCanTestTheSlot() throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(server() + "adopter", "adopter_service", "service");
        Statement statement = connection.createStatement()) {
      assertThat(statement.execute("SELECT outbox_test_slot()")).isTrue();
    }
  }
}
