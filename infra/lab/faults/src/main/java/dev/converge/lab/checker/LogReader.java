package dev.converge.lab.checker;

import dev.converge.lab.checker.TopicContents.LogView;
import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.lab.checker.TopicContents.Place;
import dev.converge.lab.checker.TopicContents.Range;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads the topics, each from its start to its end, and the offsets of their consumers. */
final class LogReader {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration TOPICS_WITHIN = Duration.ofMinutes(2);

  private final Platform platform;

  LogReader(Platform platform) {
    this.platform = platform;
  }

  /** Reads the topics as consumers of both isolation levels see them. */
  TopicContents read() {
    List<OffsetRow> offsets = new ArrayList<>();
    LogView committed = view("read_committed", offsets);
    LogView uncommitted = view("read_uncommitted", new ArrayList<>());
    return new TopicContents(committed.records(), offsets, List.of(committed, uncommitted));
  }

  /** The committed offsets of each consumer. */
  List<OffsetRow> offsets() {
    List<OffsetRow> offsets = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer("read_committed")) {
      Map<TopicPartition, Long> ends = ends(consumer);
      readOffsets(consumer.beginningOffsets(ends.keySet()), ends, offsets);
    }
    return offsets;
  }

  private LogView view(String isolation, List<OffsetRow> offsets) {
    List<TopicRecord> found = new ArrayList<>();
    List<Range> ranges = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(isolation)) {
      Map<TopicPartition, Long> ends = ends(consumer);
      consumer.assign(ends.keySet());
      consumer.seekToBeginning(ends.keySet());
      long until = System.nanoTime() + TOPICS_WITHIN.toNanos();
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        if (System.nanoTime() > until) {
          throw new IllegalStateException("the topics could not be read in " + TOPICS_WITHIN);
        }
        consumer.poll(POLL).forEach(entry -> found.add(topicRecord(entry)));
      }
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(ends.keySet());
      ends.forEach(
          (at, end) ->
              ranges.add(new Range(at.topic(), at.partition(), begins.getOrDefault(at, 0L), end)));
      readOffsets(begins, ends, offsets);
    }
    return new LogView(isolation, ranges, found);
  }

  private static Map<TopicPartition, Long> ends(KafkaConsumer<byte[], byte[]> consumer) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : Topology.topicNames()) {
      consumer
          .partitionsFor(topic)
          .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
    }
    return consumer.endOffsets(partitions);
  }

  private void readOffsets(
      Map<TopicPartition, Long> begins, Map<TopicPartition, Long> ends, List<OffsetRow> offsets) {
    Map<String, Map<TopicPartition, OffsetAndMetadata>> committed = new HashMap<>();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
      for (Topology.Service service : Topology.SERVICES) {
        committed.put(
            service.id(),
            admin
                .listConsumerGroupOffsets(service.id())
                .partitionsToOffsetAndMetadata()
                .get(20, TimeUnit.SECONDS));
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the consumers' offsets", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    ends.forEach(
        (partition, end) -> {
          String group = Topology.consumerOf(partition.topic()).orElse(null);
          if (group != null) {
            OffsetAndMetadata at = committed.getOrDefault(group, Map.of()).get(partition);
            offsets.add(
                new OffsetRow(
                    group,
                    partition.topic(),
                    partition.partition(),
                    Math.max(begins.getOrDefault(partition, 0L), at == null ? 0 : at.offset()),
                    end));
          }
        });
  }

  private KafkaConsumer<byte[], byte[]> consumer(String isolation) {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers", bootstrap(),
            "isolation.level", isolation,
            "enable.auto.commit", "false",
            "key.deserializer", ByteArrayDeserializer.class.getName(),
            "value.deserializer", ByteArrayDeserializer.class.getName()));
  }

  private String bootstrap() {
    return "127.0.0.1:" + platform.ports().of(Part.KAFKA);
  }

  private static TopicRecord topicRecord(ConsumerRecord<byte[], byte[]> entry) {
    String sequence = header(entry, "ce_sequence");
    return new TopicRecord(
        new Place(entry.topic(), entry.partition(), entry.offset()),
        header(entry, "ce_id"),
        header(entry, "ce_source"),
        entry.key() == null ? "" : new String(entry.key(), StandardCharsets.UTF_8).intern(),
        sequence.matches("\\d{1,18}") ? Long.parseLong(sequence) : 0,
        entry.value() == null ? "" : sha256(entry.value()).intern(),
        header(entry, EvidenceReader.POISON_HEADER));
  }

  private static String header(ConsumerRecord<byte[], byte[]> entry, String name) {
    Header header = entry.headers().lastHeader(name);
    return header == null || header.value() == null
        ? ""
        : new String(header.value(), StandardCharsets.UTF_8).intern();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
