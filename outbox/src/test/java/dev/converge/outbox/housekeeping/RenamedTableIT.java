package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.OutboxTables;
import dev.converge.testkit.OutboxPlatform;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

/**
 * Goal: instances of the version before keep running while the tables are migrated, with the
 * privileges that their role was granted. Method: a database with the tables of that version is
 * migrated; then both versions write, as the role of the service.
 */
class RenamedTableIT {
  private static final OutboxPlatform PLATFORM = OutboxPlatform.shared();
  private static final String URL =
      "jdbc:postgresql://127.0.0.1:" + PLATFORM.databasePort() + "/renamed";

  private static void migrate(String version) {
    Flyway.configure()
        .dataSource(URL, "renamed_owner", "owner")
        .locations("classpath:" + OutboxTables.MIGRATIONS)
        .target(version)
        .load()
        .migrate();
  }

  private static void asRole(String role, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(URL, role, "owner");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String positionSeenAs(String role, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(URL, role, "owner");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }

  @Test
  void bothVersionsOfTheReconcilerShareTheirPosition() throws SQLException {
    PLATFORM.update("CREATE ROLE renamed_owner LOGIN PASSWORD 'owner'");
    PLATFORM.update("CREATE ROLE renamed_service LOGIN PASSWORD 'owner'");
    PLATFORM.update("CREATE DATABASE renamed OWNER renamed_owner");
    migrate("4");
    asRole("renamed_owner", "GRANT SELECT, INSERT, UPDATE ON outbox_audited TO renamed_service");
    asRole("renamed_service", "INSERT INTO outbox_audited VALUES (1, '2026-11-01 00:00Z', '{}')");

    migrate("latest");

    assertThat(
            positionSeenAs(
                "renamed_service",
                "SELECT reconciled_to AT TIME ZONE 'UTC' FROM outbox_reconciled"))
        .isEqualTo("2026-11-01 00:00:00");
    asRole(
        "renamed_service",
        """
        INSERT INTO outbox_audited AS last (id, audited_to, topics)
        VALUES (1, '2026-11-02 00:00Z', '{"t": 1}')
        ON CONFLICT (id) DO UPDATE
        SET audited_to = greatest(last.audited_to, excluded.audited_to),
            topics = excluded.topics
        """);
    asRole(
        "renamed_service",
        "UPDATE outbox_reconciled SET reconciled_to = reconciled_to + interval '1 day'");
    assertThat(
            positionSeenAs(
                "renamed_service",
                "SELECT (audited_to AT TIME ZONE 'UTC') || ' ' || topics FROM outbox_audited"))
        .isEqualTo("2026-11-03 00:00:00 {\"t\": 1}");
  }
}
