package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How far a consumer has handled each partition of its topic, as the inbox's own database knows it:
 * moved in the transaction of the effects. Kafka's offsets follow it; one that is ahead of it has
 * passed records that nobody has handled.
 */
final class InboxPositions {
  private static final String READ =
      """
      SELECT partition_id, next_offset FROM inbox_position
      WHERE consumer = $1 AND topic = $2 AND topic_id = $3
      """;

  // In the order of the partitions, so that two consumers that meet over a rebalance wait for each
  // other and never deadlock. What is read again moves nothing back.
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

  /** The offset after the last one handled, of each partition of the topic that has this id. */
  Future<Map<TopicPartition, Long>> read(SqlClient client, String topicId) {
    return client
        .preparedQuery(READ)
        .execute(Tuple.of(consumer, topic, topicId))
        .map(this::positions);
  }

  private Map<TopicPartition, Long> positions(RowSet<Row> rows) {
    Map<TopicPartition, Long> positions = new HashMap<>();
    rows.forEach(
        row ->
            positions.put(
                new TopicPartition(topic, row.getInteger("partition_id")),
                row.getLong("next_offset")));
    return positions;
  }

  /** Everything before these offsets has been handled. */
  Future<Void> move(SqlClient tx, Map<TopicPartition, Long> nextOffsets, String topicId) {
    if (nextOffsets.isEmpty()) {
      return Future.succeededFuture();
    }
    List<Integer> partitions = new ArrayList<>();
    List<Long> offsets = new ArrayList<>();
    nextOffsets.forEach(
        (partition, offset) -> {
          partitions.add(partition.getPartition());
          offsets.add(offset);
        });
    return tx.preparedQuery(MOVE)
        .execute(
            Tuple.of(
                consumer,
                topic,
                topicId,
                partitions.toArray(Integer[]::new),
                offsets.toArray(Long[]::new)))
        .compose(rows -> moved(rows.rowCount(), partitions.size()));
  }

  private Future<Void> moved(int rows, int partitions) {
    return rows == partitions
        ? Future.succeededFuture()
        : Future.failedFuture(new RowCountException("inbox_position", rows, partitions));
  }
}
