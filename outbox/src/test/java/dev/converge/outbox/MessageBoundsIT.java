package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.testkit.OutboxPlatform;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: the outbox accepts no row that Kafka or the connector cannot accept from any role, and a
 * row that is older than these bounds is not republished. Method: rows inserted as superuser into
 * real PostgreSQL; older rows, made while a bound was lifted.
 */
class MessageBoundsIT {
  private static final String INSERT =
      """
      INSERT INTO %s (id, aggregatetype, aggregateid, sequence, type, payload, correlationid,
                      traceparent, created_at, specversion)
      VALUES (?, ?, ?, 1, ?, ?, gen_random_uuid(), ?, ?::timestamptz, ?)
      """;

  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final String topic = platform.newTopic();

  /** A row of which all is fine. */
  private record Inserted(
      UUID id,
      String topic,
      String key,
      String type,
      String payload,
      String traceparent,
      String createdAt,
      String specversion) {

    Inserted with(String column, String value) {
      return switch (column) {
        case "topic" -> new Inserted(id, value, key, type, payload, traceparent, createdAt, "1.0");
        case "key" -> new Inserted(id, topic, value, type, payload, traceparent, createdAt, "1.0");
        case "type" -> new Inserted(id, topic, key, value, payload, traceparent, createdAt, "1.0");
        case "payload" -> new Inserted(id, topic, key, type, value, traceparent, createdAt, "1.0");
        case "traceparent" -> new Inserted(id, topic, key, type, payload, value, createdAt, "1.0");
        case "created_at" -> new Inserted(id, topic, key, type, payload, traceparent, value, "1.0");
        case "specversion" ->
            new Inserted(id, topic, key, type, payload, traceparent, createdAt, value);
        default -> throw new IllegalArgumentException(column);
      };
    }
  }

  private Inserted fine() {
    return new Inserted(
        OutboxMessage.newId(),
        topic,
        "order-1",
        CloudEvents.TYPE,
        "{}",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        // The precision of PostgreSQL.
        OffsetDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS).toString(),
        "1.0");
  }

  private void insert(String table, Inserted row) throws SQLException {
    try (Connection connection = platform.connect();
        PreparedStatement insert = connection.prepareStatement(INSERT.formatted(table))) {
      insert.setObject(1, row.id());
      insert.setString(2, row.topic());
      insert.setString(3, row.key());
      insert.setString(4, row.type());
      insert.setString(5, row.payload());
      insert.setString(6, row.traceparent());
      insert.setString(7, row.createdAt());
      insert.setString(8, row.specversion());
      insert.executeUpdate();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "topic, 0, ''",
    "topic, 1, .",
    "topic, 1, ..",
    "topic, 1, a b",
    "topic, 1, a/b",
    "topic, 1, ü",
    "topic, 250, a",
    "key, 0, ''",
    "key, 1001, k",
    "key, 501, é",
    "type, 0, ''",
    "type, 1, a b",
    "type, 1, é",
    "type, 256, t",
    "payload, 1000001, x",
    "payload, 500001, é",
    "payload, 1100000, x",
    "traceparent, 0, ''",
    "traceparent, 1, garbage",
    "traceparent, 1048200, a",
    "traceparent, 1, 00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    "traceparent, 1, 00-4bf92f3577b34da6a3ce929d0e0e473--00f067aa0ba902b7-01",
    "traceparent, 1, 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
    "created_at, 1, infinity",
    "created_at, 1, -infinity",
    "created_at, 1, 1999-12-31",
    "created_at, 1, 294276-01-01",
    "created_at, 1, 4700-01-01 BC",
    "specversion, 1, 1.1",
    "specversion, 0, ''"
  })
  void refusesUnpublishableValues(String column, int times, String text) {
    String value = text.repeat(times);

    assertThatThrownBy(() -> insert("outbox", fine().with(column, value)))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("23514"));
  }

  @Test
  void everyPartitionHasTheBoundsIncludingLaterOnes() {
    platform.update("DROP TABLE " + platform.text(LATEST));
    OutboxPlatform.await(OutboxTables.maintain(platform.pool(), 7, 30));
    List<String> partitions =
        platform.texts(
            "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'outbox'::regclass");

    assertThat(partitions).contains("outbox_default").hasSizeGreaterThan(8);
    for (String partition : partitions) {
      assertThat(
              platform.texts(
                  """
                  SELECT conname FROM pg_constraint
                  WHERE contype = 'c' AND conrelid = 'outbox'::regclass
                  EXCEPT
                  SELECT conname FROM pg_constraint
                  WHERE contype = 'c' AND conrelid = '%s'::regclass
                  """
                      .formatted(partition)))
          .as(partition)
          .isEmpty();
    }
    assertThatThrownBy(
            () ->
                insert("outbox_default", fine().with("created_at", "2100-01-01").with("type", "")))
        .isInstanceOf(SQLException.class);
  }

  private static final String LATEST =
      """
      SELECT max(inhrelid::regclass::text) FROM pg_inherits
      WHERE inhparent = 'outbox'::regclass AND inhrelid::regclass::text <> 'outbox_default'
      """;
}
