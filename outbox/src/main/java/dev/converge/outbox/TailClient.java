package dev.converge.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.converge.bounds.PollBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * The Kafka client of a {@link TopicTail}. It blocks, each call for a bounded time, and is used by
 * one thread at a time.
 */
final class TailClient implements AutoCloseable {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final int MAX_RECORDS = 2_000;

  private final String topic;
  private final PollBudget<String> budget =
      new PollBudget<>(content -> UTF_8.decode(content).toString());
  // Of a record only the key is kept.
  private final PollBudget<String> ignored = new PollBudget<>(content -> "");
  private final KafkaConsumer<String, String> consumer;

  TailClient(String topic, Map<String, String> kafka) {
    this.topic = topic;
    Map<String, Object> properties = new HashMap<>(kafka);
    properties.put("default.api.timeout.ms", (int) ANSWER_WITHIN.toMillis());
    properties.put("request.timeout.ms", (int) ANSWER_WITHIN.toMillis());
    properties.putIfAbsent("isolation.level", "read_uncommitted");
    properties.putIfAbsent("metadata.max.age.ms", "5000");
    properties.putIfAbsent("reconnect.backoff.max.ms", "1000");
    properties.put("enable.auto.commit", "false");
    // A topic that was recreated or shortened is read from its end, too.
    properties.put("auto.offset.reset", "latest");
    properties.put("max.poll.records", MAX_RECORDS);
    properties.put("fetch.max.bytes", 1 << 20);
    this.consumer = new KafkaConsumer<>(properties, budget, ignored);
  }

  /**
   * The keys of the next records; empty if none arrives within half a second.
   *
   * @param fromTheEnd skips what was appended before
   */
  List<String> poll(boolean fromTheEnd) {
    if (fromTheEnd) {
      assignAll();
    }
    budget.begin();
    ignored.begin();
    List<String> keys = new ArrayList<>();
    for (ConsumerRecord<String, String> record : consumer.poll(POLL)) {
      if (record.key() != null) {
        keys.add(record.key());
      }
    }
    return keys;
  }

  private void assignAll() {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic, ANSWER_WITHIN).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    if (partitions.isEmpty()) {
      throw new IllegalStateException("topic " + topic + " does not exist");
    }
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // Finds the end now: seekToEnd alone would find it in the next poll.
    partitions.forEach(partition -> consumer.position(partition, ANSWER_WITHIN));
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
  }
}
