package dev.converge.outbox.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.reconciler.UnseenRows.Row;
import dev.converge.testkit.OutboxPlatform;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: a row from before the table's bounds is not published again. Method: rows inserted as
 * superuser into real PostgreSQL while a bound was lifted.
 */
class UnpublishableRowsIT {
  private static final String INSERT =
      """
      INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid,
                          traceparent, created_at)
      VALUES (?, ?, 'order-1', 1, ?, ?, gen_random_uuid(), ?, ?)
      """;
  private static final String TYPE = "dev.converge.test.Noted.v1";
  private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final String topic = platform.newTopic();

  @Test
  void rowFromBeforeTheBoundsIsNotPublishedAgainUnlessOnlyItsTraceIsInvalid() throws Exception {
    // State from before migration V002.
    platform.update("ALTER TABLE outbox DROP CONSTRAINT outbox_type_is_a_name");
    platform.update("ALTER TABLE outbox DROP CONSTRAINT outbox_traceparent_is_valid");
    Row badType = insert("not a name", "tooLong", TRACE);
    Row badTrace = insert(TYPE, "{}", "garbage");
    Row good = insert(TYPE, "{}", TRACE);
    platform.update(
        """
        ALTER TABLE outbox
            ADD CONSTRAINT outbox_type_is_a_name CHECK (
                type ~ '^[!-~]+$' COLLATE "C" AND length(type) <= 255) NOT VALID,
            ADD CONSTRAINT outbox_traceparent_is_valid CHECK (
                traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$') NOT VALID
        """);

    Set<UUID> refused =
        OutboxPlatform.await(
            new UnpublishableRows(platform.pool()).among(List.of(badType, badTrace, good)));

    assertThat(refused).containsExactly(badType.id());
    assertThat(
            OutboxPlatform.await(
                new OutboxRows(platform.pool()).republish(List.of(badTrace, good))))
        .containsExactlyInAnyOrder(badTrace.id(), good.id());
    assertThat(traces(badTrace)).containsExactlyInAnyOrder("garbage", null);
    assertThat(traces(good)).containsExactly(TRACE, TRACE);
  }

  private Row insert(String type, String payload, String traceparent) throws SQLException {
    // Truncated to PostgreSQL's precision.
    Row row =
        new Row(
            UUID.randomUUID(), OffsetDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS));
    try (Connection connection = platform.connect();
        PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setObject(1, row.id());
      insert.setString(2, topic);
      insert.setString(3, type);
      insert.setString(4, payload);
      insert.setString(5, traceparent);
      insert.setObject(6, row.createdAt());
      assertThat(insert.executeUpdate()).isEqualTo(1);
    }
    return row;
  }

  private List<String> traces(Row row) {
    return platform.texts("SELECT traceparent FROM outbox WHERE id = '" + row.id() + "'");
  }
}
