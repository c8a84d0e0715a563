package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.OutboxPlatform;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: everything that Debezium needs and a publication lacks is added, and nothing else is
 * changed. Method: a publication beside the connector's, damaged by hand.
 */
class OutboxPublicationRepairIT {
  private static final String REPAIR = "SELECT outbox_repair_publication('spare')::text";

  private final OutboxPlatform platform = OutboxPlatform.shared();

  @AfterEach
  void drop() {
    platform.update("DROP PUBLICATION IF EXISTS spare");
  }

  @Test
  void missingPublicationIsCreated() {
    assertThat(platform.text(REPAIR)).isEqualTo("true");

    assertComplete();
    assertThat(
            platform.text(
                "SELECT pubowner::regrole::text FROM pg_publication WHERE pubname = 'spare'"))
        .isEqualTo("order_owner");
  }

  @Test
  void completePublicationIsUnchanged() {
    platform.update(REPAIR);

    assertThat(platform.text(REPAIR)).isEqualTo("false");
    assertComplete();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP TABLE outbox",
        "DROP TABLE debezium_heartbeat",
        "DROP TABLE outbox, debezium_heartbeat",
        "SET TABLE outbox WHERE (sequence > 1), debezium_heartbeat",
        "SET TABLE outbox (id, created_at), debezium_heartbeat",
        "SET (publish = 'update, delete')",
        "SET (publish = 'insert')",
        "SET (publish_via_partition_root = false)"
      })
  void missingPartsAreAdded(String damage) {
    platform.update(REPAIR);
    platform.update("ALTER PUBLICATION spare " + damage);

    assertThat(platform.text(REPAIR)).isEqualTo("true");
    assertComplete();
  }

  @Test
  void publicationOfAllTablesIsUnchanged() {
    platform.update(
        "CREATE PUBLICATION spare FOR ALL TABLES"
            + " WITH (publish = 'insert, update', publish_via_partition_root = true)");

    assertThat(platform.text(REPAIR)).isEqualTo("false");
  }

  @Test
  void serviceRoleNeedsTheFunctionToCreateOne() {
    assertThat(
            platform.text(
                "SELECT has_database_privilege('order_service', current_database(), 'CREATE')::text"))
        .isEqualTo("false");
    assertThat(
            platform.text(
                "SELECT has_function_privilege('public', 'outbox_repair_publication(name)',"
                    + " 'EXECUTE')::text"))
        .isEqualTo("false");
  }

  private void assertComplete() {
    assertThat(
            platform.texts(
                """
                SELECT prrelid::regclass::text FROM pg_publication_rel
                JOIN pg_publication pub ON pub.oid = prpubid
                WHERE pubname = 'spare' AND prqual IS NULL AND prattrs IS NULL
                  AND pubinsert AND pubupdate AND pubviaroot
                ORDER BY 1
                """))
        .isEqualTo(List.of("debezium_heartbeat", "outbox"));
  }
}
