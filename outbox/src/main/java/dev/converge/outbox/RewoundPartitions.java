package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Partitions whose last batch failed, and the offsets from which they are read again. */
final class RewoundPartitions {
  // The client knows its position unless it is being reset; then the next turn checks again.
  private static final long TIMEOUT_MS = 1_000;

  private final Map<TopicPartition, Long> offsets = new HashMap<>();

  boolean isEmpty() {
    return offsets.isEmpty();
  }

  /** Adds partitions that were sought back to these offsets. */
  void add(Map<TopicPartition, Long> to) {
    offsets.putAll(to);
  }

  /** Removes partitions whose batch was handled, or that are read from another offset. */
  void forget(Collection<TopicPartition> partitions) {
    offsets.keySet().removeAll(partitions);
  }

  void clear() {
    offsets.clear();
  }

  /**
   * Removes partitions whose records were deleted, by retention or with their topic: a poll has
   * returned nothing of them and their position has moved. Never fails: the polled records must be
   * handled in any case.
   */
  Future<Void> forgetDeleted(
      KafkaConsumer<byte[], byte[]> consumer, Iterable<ConsumerRecord<byte[], byte[]>> polled) {
    if (offsets.isEmpty()) {
      return Future.succeededFuture();
    }
    Map<TopicPartition, Long> awaited = new HashMap<>(offsets);
    polled.forEach(entry -> awaited.remove(Records.partition(entry)));
    List<Future<Void>> checks = new ArrayList<>();
    awaited.forEach((partition, offset) -> checks.add(check(consumer, partition, offset)));
    return Future.join(checks).transform(checked -> Future.succeededFuture());
  }

  private Future<Void> check(
      KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, long offset) {
    return consumer
        .position(partition)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .onSuccess(
            position -> {
              if (position != offset) {
                forget(Set.of(partition));
              }
            })
        .onFailure(
            cause -> {
              // The partition was assigned to another consumer.
              if (cause instanceof IllegalStateException) {
                forget(Set.of(partition));
              }
            })
        .mapEmpty();
  }
}
