package dev.converge.outbox;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.converge.bounds.PollBudget;
import dev.converge.outbox.delivery.ConsumerPosition;
import dev.converge.outbox.delivery.Partition;
import dev.converge.outbox.delivery.Subscription;
import io.vertx.core.Future;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecords;
import io.vertx.kafka.client.consumer.OffsetAndMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kafka's client, as the rules of delivery use it. */
final class KafkaSubscription implements Subscription<ConsumerRecord<byte[], byte[]>> {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaSubscription.class);

  // The client knows its position unless it is being reset; then the next turn checks again.
  private static final long POSITION_TIMEOUT_MS = 1_000;

  private final String consumerName;
  private final KafkaConsumer<byte[], byte[]> client;
  private final PollBudget<byte[]> budget;

  KafkaSubscription(
      String consumerName, KafkaConsumer<byte[], byte[]> client, PollBudget<byte[]> budget) {
    this.consumerName = consumerName;
    this.client = client;
    this.budget = budget;
  }

  @Override
  public Future<List<ConsumerRecord<byte[], byte[]>>> poll(Duration timeout) {
    budget.begin();
    return client.poll(timeout).map(KafkaSubscription::records);
  }

  private static List<ConsumerRecord<byte[], byte[]>> records(
      KafkaConsumerRecords<byte[], byte[]> polled) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>(polled.size());
    polled.records().forEach(records::add);
    return records;
  }

  @Override
  public Future<Void> commit(ConsumerPosition handled) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    handled
        .nextOffsets()
        .forEach(
            (partition, offset) ->
                offsets.put(kafkas(partition), new OffsetAndMetadata(offset, handled.topicId())));
    return client
        .commit(offsets)
        .onFailure(
            cause -> LOG.warn("{}: offsets not committed: {}", consumerName, String.valueOf(cause)))
        .mapEmpty();
  }

  @Override
  public Future<Void> seek(Partition partition, long offset) {
    return client.seek(kafkas(partition), offset);
  }

  @Override
  public Future<Void> seekToBeginning(Set<Partition> partitions) {
    Set<TopicPartition> kafkas = new HashSet<>();
    partitions.forEach(partition -> kafkas.add(kafkas(partition)));
    return client.seekToBeginning(kafkas);
  }

  @Override
  public Future<Long> position(Partition partition) {
    return client.position(kafkas(partition)).timeout(POSITION_TIMEOUT_MS, MILLISECONDS);
  }

  static Set<Partition> partitions(Set<TopicPartition> kafkas) {
    Set<Partition> partitions = new HashSet<>();
    kafkas.forEach(one -> partitions.add(new Partition(one.getTopic(), one.getPartition())));
    return partitions;
  }

  private static TopicPartition kafkas(Partition partition) {
    return new TopicPartition(partition.topic(), partition.number());
  }
}
