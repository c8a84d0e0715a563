package dev.converge.outbox;

import dev.converge.faults.RowCounts;
import dev.converge.outbox.delivery.ConsumerPosition;
import dev.converge.outbox.delivery.Partition;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Stores how far a consumer has handled each partition of its topic. A position moves in the
 * transaction of the effects, in the inbox's own database. Kafka's offsets follow it: one that is
 * ahead of it has passed records that were not handled.
 */
final class InboxPositions {
  private static final String READ =
      """
      SELECT partition_id, next_offset FROM inbox_position
      WHERE consumer = $1 AND topic = $2 AND topic_id = $3
      """;

  // Sorted by partition, so that two consumers that overlap in a rebalance wait for each other
  // instead of deadlocking. Records that are read again move nothing back.
  private static final String MOVE =
      """
      INSERT INTO inbox_position AS known (consumer, topic, topic_id, partition_id, next_offset)
      SELECT $1, $2, $3, moved.partition_id, moved.next_offset
      FROM unnest($4::int[], $5::bigint[]) AS moved (partition_id, next_offset)
      ORDER BY moved.partition_id
      ON CONFLICT (consumer, topic, partition_id) DO UPDATE
      SET topic_id = excluded.topic_id,
          next_offset = CASE WHEN known.topic_id = excluded.topic_id
                             THEN greatest(known.next_offset, excluded.next_offset)
                             ELSE excluded.next_offset END
      """;

  private final String consumer;
  private final String topic;

  InboxPositions(String consumer, String topic) {
    this.consumer = consumer;
    this.topic = topic;
  }

  /** The next offset to handle, per partition of the topic with this id. */
  Future<Map<Partition, Long>> read(SqlClient client, String topicId) {
    return client
        .preparedQuery(READ)
        .execute(Tuple.of(consumer, topic, topicId))
        .map(this::positions);
  }

  private Map<Partition, Long> positions(RowSet<Row> rows) {
    Map<Partition, Long> positions = new HashMap<>();
    rows.forEach(
        row ->
            positions.put(
                new Partition(topic, row.getInteger("partition_id")), row.getLong("next_offset")));
    return positions;
  }

  /** Stores that everything before these offsets is handled. */
  Future<Void> move(SqlClient tx, ConsumerPosition to) {
    if (to.nextOffsets().isEmpty()) {
      return Future.succeededFuture();
    }
    List<Integer> partitions = new ArrayList<>();
    List<Long> offsets = new ArrayList<>();
    to.nextOffsets()
        .forEach(
            (partition, offset) -> {
              partitions.add(partition.number());
              offsets.add(offset);
            });
    return tx.preparedQuery(MOVE)
        .execute(
            Tuple.of(
                consumer,
                topic,
                to.topicId(),
                partitions.toArray(Integer[]::new),
                offsets.toArray(Long[]::new)))
        .compose(rows -> RowCounts.expect("inbox_position", rows.rowCount(), partitions.size()));
  }
}
