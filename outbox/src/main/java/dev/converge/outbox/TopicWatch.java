package dev.converge.outbox;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.vertx.kafka.client.common.TopicPartition;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Asks which topic has a name now, for one that was deleted and made again has another id, and in
 * which topics a group's offsets were committed. It blocks, for a bounded time.
 */
final class TopicWatch implements AutoCloseable {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

  /**
   * The topic as it is now.
   *
   * @param id empty while there is no such topic
   * @param committed the metadata of each offset that the group has committed
   * @param offsets these offsets
   */
  record Look(
      String id, Map<TopicPartition, String> committed, Map<TopicPartition, Long> offsets) {}

  private final String topic;
  private final String group;
  private final Admin admin;

  /**
   * @param kafka properties of a Kafka client, {@code bootstrap.servers} at least
   */
  TopicWatch(String topic, String group, Map<String, String> kafka) {
    this.topic = topic;
    this.group = group;
    Map<String, Object> properties = new HashMap<>(kafka);
    properties.put("default.api.timeout.ms", (int) ANSWER_WITHIN.toMillis());
    properties.put("request.timeout.ms", (int) ANSWER_WITHIN.toMillis());
    this.admin = Admin.create(properties);
  }

  Look look() throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, String> committed = new HashMap<>();
    Map<TopicPartition, Long> offsets = new HashMap<>();
    admin
        .listConsumerGroupOffsets(group)
        .partitionsToOffsetAndMetadata()
        .get(ANSWER_WITHIN.toMillis(), MILLISECONDS)
        .forEach(
            (partition, offset) -> {
              if (offset != null) {
                TopicPartition of = new TopicPartition(partition.topic(), partition.partition());
                committed.put(of, offset.metadata());
                offsets.put(of, offset.offset());
              }
            });
    return new Look(id(), committed, offsets);
  }

  private String id() throws ExecutionException, InterruptedException, TimeoutException {
    try {
      TopicDescription found =
          admin
              .describeTopics(List.of(topic))
              .allTopicNames()
              .get(ANSWER_WITHIN.toMillis(), MILLISECONDS)
              .get(topic);
      return found == null ? "" : found.topicId().toString();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return "";
      }
      throw e;
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
