package dev.converge.console;

import dev.converge.console.view.Backlog;
import dev.converge.console.view.Flow;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** Reads the topics of Kafka, without a group. It skips records that it cannot read in time. */
final class TopicReader implements TopicSource {
  private static final Duration WITHIN = Duration.ofSeconds(2);
  private static final int MOST_RECORDS = 500;
  private static final int MOST_BYTES = 262_144;

  private final Map<String, String> groups;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Admin admin;
  private final List<TopicPartition> partitions = new ArrayList<>();
  private final Map<String, Backlog> backlogs = new HashMap<>();

  /**
   * @param groups of each topic, the group that handles it; an empty name for a topic without one
   */
  TopicReader(String bootstrapServers, Map<String, String> groups) {
    this.groups = new LinkedHashMap<>(groups);
    Properties properties = new Properties();
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "console");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MOST_RECORDS);
    properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, MOST_BYTES);
    properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, MOST_BYTES);
    // The metrics of these clients are not read, by JMX or at the broker.
    properties.put(ConsumerConfig.METRIC_REPORTER_CLASSES_CONFIG, "");
    properties.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, "false");
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) WITHIN.toMillis());
    properties.put(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) WITHIN.toMillis());
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    Properties asked = new Properties();
    asked.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    asked.put(AdminClientConfig.CLIENT_ID_CONFIG, "console");
    asked.put(AdminClientConfig.METRIC_REPORTER_CLASSES_CONFIG, "");
    asked.put(AdminClientConfig.ENABLE_METRICS_PUSH_CONFIG, "false");
    asked.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) WITHIN.toMillis());
    asked.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) WITHIN.toMillis());
    this.admin = Admin.create(asked);
    groups.keySet().forEach(topic -> backlogs.put(topic, new Backlog()));
  }

  @Override
  public void seekToTheEnds() {
    if (partitions.isEmpty()) {
      for (String topic : groups.keySet()) {
        for (PartitionInfo partition : consumer.partitionsFor(topic, WITHIN)) {
          partitions.add(new TopicPartition(topic, partition.partition()));
        }
      }
      consumer.assign(partitions);
    }
    consumer.seekToEnd(partitions);
    // Now, not at the next poll: otherwise records of the time in between would be skipped.
    partitions.forEach(partition -> consumer.position(partition, WITHIN));
  }

  @Override
  public Polled poll(Duration moment) {
    List<Flow.Seen> messages = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> read : consumer.poll(moment)) {
      Instant at = Instant.ofEpochMilli(read.timestamp());
      backlog(read.topic()).appended(read.partition(), read.offset(), at);
      messages.add(seen(read, at));
    }
    return new Polled(messages, messages.size() < MOST_RECORDS ? 0 : skipTheRest());
  }

  private long skipTheRest() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, WITHIN);
    long skipped = 0;
    for (TopicPartition partition : partitions) {
      skipped +=
          Math.max(0, ends.getOrDefault(partition, 0L) - consumer.position(partition, WITHIN));
    }
    if (skipped > MOST_RECORDS) {
      seekToTheEnds();
      return skipped;
    }
    return 0;
  }

  private static Flow.Seen seen(ConsumerRecord<byte[], byte[]> read, Instant at) {
    byte[] key = read.key();
    String traceparent = header(read, "traceparent");
    return new Flow.Seen(
        read.topic(),
        Flow.sender(header(read, "ce_source")),
        key == null ? "" : new String(key, StandardCharsets.UTF_8),
        Flow.typeName(header(read, "ce_type")),
        at,
        traceparent == null || traceparent.length() < 36 ? null : traceparent.substring(3, 35));
  }

  private static @Nullable String header(ConsumerRecord<byte[], byte[]> read, String name) {
    Header header = read.headers().lastHeader(name);
    byte[] value = header == null ? null : header.value();
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  private Backlog backlog(String topic) {
    return backlogs.computeIfAbsent(topic, first -> new Backlog());
  }

  @Override
  public JsonObject backlogs(Instant now) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, WITHIN);
    Map<String, Map<TopicPartition, OffsetAndMetadata>> handled = handled();
    JsonObject topics = new JsonObject();
    groups.forEach(
        (topic, group) -> {
          if (!group.isEmpty()) {
            topics.put(
                topic,
                backlog(topic)
                    .json(
                        ofTopic(topic, ends),
                        offsets(topic, handled.getOrDefault(group, Map.of())),
                        now));
          }
        });
    return topics;
  }

  private Map<String, Map<TopicPartition, OffsetAndMetadata>> handled() {
    Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
    groups.values().stream()
        .filter(group -> !group.isEmpty())
        .forEach(group -> asked.put(group, new ListConsumerGroupOffsetsSpec()));
    try {
      return admin
          .listConsumerGroupOffsets(asked)
          .all()
          .get(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("offsets of the consumers: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static Map<Integer, Long> ofTopic(String topic, Map<TopicPartition, Long> ends) {
    Map<Integer, Long> own = new HashMap<>();
    ends.forEach(
        (partition, end) -> {
          if (partition.topic().equals(topic)) {
            own.put(partition.partition(), end);
          }
        });
    return own;
  }

  private static Map<Integer, Long> offsets(
      String topic, Map<TopicPartition, OffsetAndMetadata> handled) {
    Map<Integer, Long> own = new HashMap<>();
    handled.forEach(
        (partition, offset) -> {
          // Null for a partition without a committed offset.
          if (partition.topic().equals(topic) && offset != null) {
            own.put(partition.partition(), offset.offset());
          }
        });
    return own;
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
    admin.close(Duration.ofSeconds(1));
  }
}
