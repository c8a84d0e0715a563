package dev.converge.outbox;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.converge.outbox.delivery.Partition;
import dev.converge.outbox.delivery.TopicState;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Reads a {@link TopicState} through Kafka's admin client. Blocks, for a bounded time. */
final class TopicStateReader implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final String topic;
  private final String group;
  private final Admin admin;

  TopicStateReader(ConsumerConfig config) {
    this.topic = config.topic();
    this.group = config.name();
    Map<String, Object> properties = new HashMap<>(config.kafka());
    properties.put("default.api.timeout.ms", (int) TIMEOUT.toMillis());
    properties.put("request.timeout.ms", (int) TIMEOUT.toMillis());
    this.admin = Admin.create(properties);
  }

  TopicState read() throws ExecutionException, InterruptedException, TimeoutException {
    Map<Partition, String> committedIn = new HashMap<>();
    Map<Partition, Long> committed = new HashMap<>();
    admin
        .listConsumerGroupOffsets(group)
        .partitionsToOffsetAndMetadata()
        .get(TIMEOUT.toMillis(), MILLISECONDS)
        .forEach(
            (partition, offset) -> {
              if (offset != null) {
                Partition of = new Partition(partition.topic(), partition.partition());
                committedIn.put(of, offset.metadata());
                committed.put(of, offset.offset());
              }
            });
    return new TopicState(id(), committedIn, committed);
  }

  private String id() throws ExecutionException, InterruptedException, TimeoutException {
    try {
      TopicDescription found =
          admin
              .describeTopics(List.of(topic))
              .allTopicNames()
              .get(TIMEOUT.toMillis(), MILLISECONDS)
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
