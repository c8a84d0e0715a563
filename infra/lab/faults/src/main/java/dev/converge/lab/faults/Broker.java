package dev.converge.lab.faults;

import static java.util.Objects.requireNonNull;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** The broker as its operator reaches it, with no link in between. Each call waits 20 s at most. */
final class Broker implements AutoCloseable {
  private static final long WITHIN_SECONDS = 20;
  private static final Duration READ_WITHIN = Duration.ofSeconds(10);

  /** The isolation level of a participant. */
  static final Map<Part, String> COMMANDS = commands();

  private final Admin admin;

  private static Map<Part, String> commands() {
    Map<Part, String> commands = new LinkedHashMap<>();
    for (Topology.Topic topic : Topology.consumedTopics()) {
      Topology.Service consumer = topic.consumer();
      if (consumer != null && topic.name().endsWith(".commands")) {
        commands.put(consumer.part(), topic.name());
      }
    }
    return Collections.unmodifiableMap(commands);
  }

  private Broker(Admin admin) {
    this.admin = admin;
  }

  static Broker of(Platform platform) {
    return new Broker(Admin.create(Map.of("bootstrap.servers", bootstrap(platform))));
  }

  static String bootstrap(Platform platform) {
    return "127.0.0.1:" + platform.ports().of(Part.KAFKA);
  }

  /** A request to the broker. */
  @FunctionalInterface
  interface Request<T> {
    KafkaFuture<T> send(Admin admin);
  }

  <T> T call(Request<T> request) throws IOException {
    try {
      return request.send(admin).get(WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("no answer from the broker in " + WITHIN_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** The topic; null if it does not exist. */
  @Nullable TopicDescription topic(String topic) throws IOException {
    try {
      return call(
          admin ->
              requireNonNull(
                  admin.describeTopics(List.of(topic)).topicNameValues().get(topic), topic));
    } catch (IOException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return null;
      }
      throw e;
    }
  }

  /**
   * The topic's id, which another topic of the same name does not have; null if it does not exist.
   */
  @Nullable Uuid idOf(String topic) throws IOException {
    TopicDescription found = topic(topic);
    return found == null ? null : found.topicId();
  }

  /** The end offset of each partition of a topic. */
  Map<TopicPartition, Long> ends(String topic) throws IOException {
    return offsets(topic, OffsetSpec.latest());
  }

  /** An offset of each partition of a topic; empty if the topic does not exist. */
  Map<TopicPartition, Long> offsets(String topic, OffsetSpec which) throws IOException {
    TopicDescription found = topic(topic);
    Map<TopicPartition, OffsetSpec> requested = new HashMap<>();
    if (found != null) {
      found
          .partitions()
          .forEach(each -> requested.put(new TopicPartition(topic, each.partition()), which));
    }
    Map<TopicPartition, Long> offsets = new HashMap<>();
    call(admin -> admin.listOffsets(requested).all())
        .forEach((partition, offset) -> offsets.put(partition, offset.offset()));
    return offsets;
  }

  /** The committed offsets of a consumer, by partition. */
  Map<TopicPartition, Long> handled(Part consumer) throws IOException {
    Map<TopicPartition, Long> handled = new HashMap<>();
    call(admin -> admin.listConsumerGroupOffsets(consumer.id()).partitionsToOffsetAndMetadata())
        .forEach((partition, committed) -> handled.put(partition, committed.offset()));
    return handled;
  }

  /**
   * The records of a partition from one offset up to another, exclusive; fails if that takes over
   * 10 s.
   */
  static List<ConsumerRecord<byte[], byte[]>> records(
      Platform platform, TopicPartition partition, long from, long to) throws IOException {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers", bootstrap(platform),
                "enable.auto.commit", "false",
                // The partition may contain fewer records than requested.
                "auto.offset.reset", "earliest",
                "key.deserializer", ByteArrayDeserializer.class.getName(),
                "value.deserializer", ByteArrayDeserializer.class.getName()))) {
      consumer.assign(List.of(partition));
      consumer.seek(partition, from);
      long until = System.nanoTime() + READ_WITHIN.toNanos();
      while (consumer.position(partition) < to) {
        if (System.nanoTime() > until) {
          throw new IOException(partition + " could not be read up to " + to);
        }
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    records.removeIf(entry -> entry.offset() >= to);
    return records;
  }

  /** Sends records again, in this order, each to its own partition. */
  static void again(Platform platform, List<ConsumerRecord<byte[], byte[]>> records)
      throws IOException {
    try (KafkaProducer<byte[], byte[]> producer = producer(platform)) {
      for (ConsumerRecord<byte[], byte[]> entry : records) {
        send(producer, asItWas(entry));
      }
    }
  }

  /** A copy of a record, for the same partition. */
  static ProducerRecord<byte[], byte[]> asItWas(ConsumerRecord<byte[], byte[]> entry) {
    return new ProducerRecord<>(
        entry.topic(), entry.partition(), entry.key(), entry.value(), entry.headers());
  }

  static KafkaProducer<byte[], byte[]> producer(Platform platform) {
    return new KafkaProducer<>(
        Map.of(
            "bootstrap.servers", bootstrap(platform),
            "acks", "all",
            "key.serializer", ByteArraySerializer.class.getName(),
            "value.serializer", ByteArraySerializer.class.getName()));
  }

  static void send(KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> message)
      throws IOException {
    try {
      RecordMetadata unused = producer.send(message).get(WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("not sent to " + message.topic(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Sends a record; false if the broker refuses its size. */
  static boolean isAccepted(
      KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> message)
      throws IOException {
    try {
      send(producer, message);
      return true;
    } catch (IOException e) {
      if (e.getCause() instanceof ExecutionException failed
          && failed.getCause() instanceof RecordTooLargeException) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(2));
  }
}
