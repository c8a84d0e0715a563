package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.platform.Part;
import dev.converge.platform.PlatformException;
import dev.converge.testkit.TestPlatform;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: tables of another version are recognized before any of them is changed, and the message
 * names the version and the remedy. Method: order-db alone; Flyway's history is altered by hand.
 */
@OwnPlatform
class SchemaUpgradeIT {
  private static final TestPlatform PLATFORM = TestPlatform.create(Map.of());
  private static final String[] HISTORIES = {
    "outbox_schema_history", "defaults_schema_history", "schema_history"
  };

  private final Convergence convergence = new Convergence(PLATFORM);

  @BeforeAll
  static void start() {
    PLATFORM.platform().startWithTables(Part.ORDER_DB);
  }

  @AfterAll
  static void end() {
    PLATFORM.close();
  }

  private void update(String sql) {
    convergence.update("order", sql);
  }

  private List<String> applied(String history) {
    return convergence.strings(
        "order", "SELECT version || ' ' || coalesce(checksum, 0) FROM " + history + " ORDER BY 1");
  }

  private static void isRefused(String... words) {
    assertThatThrownBy(() -> PLATFORM.platform().startWithTables(Part.ORDER_DB))
        .isInstanceOf(PlatformException.class)
        .hasMessageContainingAll(words)
        .hasMessageContainingAll("./converge up --fresh", "docker-compose down -v", "--state DIR");
  }

  @Test
  void tablesOfAnEditedMigrationAreRefused() {
    for (String history : HISTORIES) {
      update("UPDATE " + history + " SET checksum = checksum + 1 WHERE version = '001'");
      try {
        isRefused("orders: its tables were created by another migration 001", "no upgrade");
      } finally {
        update("UPDATE " + history + " SET checksum = checksum - 1 WHERE version = '001'");
      }
    }
    PLATFORM.platform().startWithTables(Part.ORDER_DB);
  }

  @Test
  void tablesOfANewerVersionAreRefused() {
    for (String history : HISTORIES) {
      update(
          "INSERT INTO "
              + history
              + " SELECT 900, '900', 'later', 'SQL', 'V900__later.sql', 1, 'owner', now(), 1, true");
      try {
        isRefused("orders: its tables have migration 900 later", "newer version");
      } finally {
        update("DELETE FROM " + history + " WHERE version = '900'");
      }
    }
  }

  @Test
  void refusedSchemaPreventsEveryMigration() {
    List<String> before = applied("defaults_schema_history");
    // The newest: Flyway applies no migration that is older than an applied one.
    update("DELETE FROM defaults_schema_history WHERE version = '003'");
    update("DROP TABLE audit_report");
    update("UPDATE schema_history SET checksum = checksum + 1 WHERE version = '001'");

    try {
      isRefused("orders: its tables were created by another migration 001");
      assertThat(applied("defaults_schema_history")).hasSize(before.size() - 1);
    } finally {
      update("UPDATE schema_history SET checksum = checksum - 1 WHERE version = '001'");
    }
    PLATFORM.platform().startWithTables(Part.ORDER_DB);
    assertThat(applied("defaults_schema_history")).isEqualTo(before);
  }

  @Test
  void functionsOfANewerVersionStayAndThoseOfAnOlderOneAreReplaced() {
    String ofAnotherVersion = "SELECT pg_notify('a', 'b')";
    update(
        "CREATE OR REPLACE FUNCTION outbox_repair_slot() RETURNS void LANGUAGE sql AS $$ "
            + ofAnotherVersion
            + " $$");
    update(
        "INSERT INTO schema_history"
            + " SELECT 900, '900', 'later', 'SQL', 'V900__later.sql', 1, 'owner', now(), 1, true");

    try {
      isRefused("orders: its tables have migration 900 later", "Nothing was changed");
      assertThat(repairSlot()).contains(ofAnotherVersion);
    } finally {
      update("DELETE FROM schema_history WHERE version = '900'");
    }
    PLATFORM.platform().startWithTables(Part.ORDER_DB);
    assertThat(repairSlot()).doesNotContain(ofAnotherVersion);
  }

  private String repairSlot() {
    return convergence
        .strings("order", "SELECT prosrc FROM pg_proc WHERE proname = 'outbox_repair_slot'")
        .get(0);
  }
}
