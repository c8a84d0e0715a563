package dev.converge.outbox;

import static dev.converge.outbox.CloudEvents.header;
import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.faults.RowCountException;
import dev.converge.testkit.OutboxPlatform;
import io.opentelemetry.api.OpenTelemetry;
import io.vertx.core.Future;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: the probe fails only for faults that refuse every message, and leaves nothing behind.
 * Method: rows and constraints of the outbox in real PostgreSQL, published by Debezium.
 */
class WriteProbeIT {
  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final Outbox outbox = Outbox.create(OpenTelemetry.noop().getTracer("test"));
  private final String topic = platform.newTopic();
  private long sequence;

  @CanIgnoreReturnValue
  private OutboxMessage append(String payload) {
    OutboxMessage message =
        new OutboxMessage(topic, "order-1", ++sequence, new Payload(CloudEvents.TYPE, payload));
    await(platform.pool().withTransaction(tx -> outbox.append(tx, List.of(message))));
    return message;
  }

  @AfterEach
  void repair() {
    platform.update("ALTER TABLE outbox DROP CONSTRAINT IF EXISTS rule");
    platform.update("ALTER TABLE outbox DROP CONSTRAINT IF EXISTS topics");
    for (String table : List.of("outbox", "inbox", "inbox_position")) {
      platform.update("DROP TRIGGER IF EXISTS rule ON " + table);
    }
  }

  @Test
  void storedRowThatAConstraintWouldRefuseDoesNotAffectTheProbe() {
    platform.update("DELETE FROM outbox");
    append("odd");
    platform.update("ALTER TABLE outbox ADD CONSTRAINT rule CHECK (payload <> 'odd') NOT VALID");

    assertThat(probe().succeeded()).isTrue();
  }

  @Test
  void constraintThatRefusesEveryRowFailsTheProbe() {
    append("{}");
    platform.update("ALTER TABLE outbox ADD CONSTRAINT rule CHECK (sequence < 0) NOT VALID");

    assertThat(probe().cause()).hasMessageContaining("rule");
  }

  @Test
  void emptyOutboxThatRefusesEveryRowFailsTheProbe() {
    platform.update("DELETE FROM outbox");
    assertThat(probe().succeeded()).isTrue();

    platform.update("ALTER TABLE outbox ADD CONSTRAINT rule CHECK (sequence < 0) NOT VALID");

    assertThat(probe().cause()).hasMessageContaining("rule");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "aggregatetype = 'shop.orders'",
        "aggregatetype IN ('shop.orders', 'shop.events')",
        "aggregatetype::varchar(20) = 'shop.orders'",
        "aggregatetype::varchar(20) IN ('shop.orders', 'shop.events')"
      })
  void probeWritesToATopicThatAConstraintLists(String topics) {
    platform.update("DELETE FROM outbox");
    platform.update("ALTER TABLE outbox ADD CONSTRAINT topics CHECK (%s)".formatted(topics));

    assertThat(probe().succeeded()).as("%s", probe().cause()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"outbox", "inbox", "inbox_position"})
  void triggerThatDropsEveryRowFailsTheProbe(String table) {
    platform.update(
        """
        CREATE OR REPLACE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NULL; END'
        """);
    platform.update(
        "CREATE TRIGGER rule BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION drop_row()"
            .formatted(table));

    assertThat(probe().cause()).isInstanceOf(RowCountException.class).hasMessageContaining(table);
  }

  @Test
  void probeIsNeverPublishedAndLeavesNoRow() {
    OutboxMessage first = append("{}");
    for (int n = 0; n < 20; n++) {
      assertThat(probe().succeeded()).isTrue();
    }
    OutboxMessage last = append("{}");

    assertThat(
            platform.readUntil(topic, entry -> header(entry, "ce_id").equals(last.id().toString())))
        .extracting(entry -> header(entry, "ce_id"))
        .containsExactly(first.id().toString(), last.id().toString());
    assertThat(platform.count("outbox WHERE aggregatetype = '" + topic + "'")).isEqualTo(2);
    assertThat(platform.count("inbox WHERE consumer = 'write-probe'")).isZero();
    assertThat(platform.count("inbox_position WHERE consumer = 'write-probe'")).isZero();
  }

  @Test
  void probeReadsNoWholeTable() throws SQLException {
    StringBuilder plan = new StringBuilder();
    try (Connection connection = platform.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(WriteProbe.BEGIN);
      try (ResultSet lines =
          statement.executeQuery(
              "EXPLAIN " + WriteProbe.WRITE_ROW.replace("$1", "gen_random_uuid()"))) {
        while (lines.next()) {
          plan.append(lines.getString(1)).append('\n');
        }
      }
      connection.rollback();
    }
    assertThat(plan.toString()).contains("Bitmap Index Scan").doesNotContain("Seq Scan");
  }

  private Future<Void> probe() {
    Future<Void> probed = WriteProbe.of(platform.pool());
    Future<Void> ended = probed.transform(done -> Future.succeededFuture());
    await(ended);
    return probed;
  }
}
