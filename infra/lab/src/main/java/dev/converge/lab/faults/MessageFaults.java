package dev.converge.lab.faults;

import dev.converge.lab.checker.Evidence.Place;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Faults of messages: poison, and what was there before once more. */
final class MessageFaults {
  private static final List<String> TOPICS =
      List.of("inventory.commands", "payment.commands", "order.replies");
  private static final int AGAIN = 200;
  private static final Duration READ_WITHIN = Duration.ofSeconds(10);

  private MessageFaults() {}

  /**
   * @param injected is told of each record that no service has sent
   */
  static List<Fault> of(Platform platform, Consumer<Place> injected) {
    List<Fault> faults = new ArrayList<>();
    for (String topic : TOPICS) {
      faults.add(
          new OfTopic(
              platform,
              topic,
              new Cell("poison", topic, "message", 0, 0, 10),
              (producer, records) -> poison(producer, topic, injected)));
      faults.add(
          new OfTopic(
              platform,
              topic,
              new Cell("messages-again", topic, "message", 0, 0, 10),
              (producer, records) -> again(producer, records)));
    }
    return faults;
  }

  // Unreadable in different ways, in the partition of a random order.
  private static void poison(
      KafkaProducer<byte[], byte[]> producer, String topic, Consumer<Place> injected)
      throws IOException {
    String key = UUID.randomUUID().toString();
    for (String type : List.of("dev.converge.Unknown.v1", "", known(topic), later(known(topic)))) {
      ProducerRecord<byte[], byte[]> poison =
          new ProducerRecord<>(topic, bytes(key), bytes("{not json"));
      poison.headers().add("ce_id", bytes(UUID.randomUUID().toString()));
      if (!type.isEmpty()) {
        poison.headers().add("ce_type", bytes(type));
      }
      RecordMetadata at = sent(producer, poison);
      injected.accept(new Place(at.topic(), at.partition(), at.offset()));
    }
  }

  private static String later(String type) {
    return type.substring(0, type.lastIndexOf('.')) + ".v9";
  }

  private static String known(String topic) {
    return switch (topic) {
      case "inventory.commands" -> "dev.converge.inventory.ReserveStock.v1";
      case "payment.commands" -> "dev.converge.payment.ChargePayment.v1";
      default -> "dev.converge.inventory.StockReserved.v1";
    };
  }

  private static void again(
      KafkaProducer<byte[], byte[]> producer, List<ConsumerRecord<byte[], byte[]>> records)
      throws IOException {
    for (ConsumerRecord<byte[], byte[]> entry : records) {
      sent(
          producer,
          new ProducerRecord<>(
              entry.topic(), entry.partition(), entry.key(), entry.value(), entry.headers()));
    }
  }

  private static RecordMetadata sent(
      KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> message)
      throws IOException {
    try {
      return producer.send(message).get(10, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("not sent to " + message.topic(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @FunctionalInterface
  private interface Sending {
    void send(KafkaProducer<byte[], byte[]> producer, List<ConsumerRecord<byte[], byte[]>> records)
        throws IOException;
  }

  private record OfTopic(Platform platform, String topic, Cell cell, Sending sending)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return platform.isReady(Part.KAFKA) ? null : "kafka is not ready";
    }

    @Override
    public void inject() throws IOException {
      List<ConsumerRecord<byte[], byte[]>> last =
          cell.name().equals("messages-again") ? last() : List.of();
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(
              Map.of(
                  "bootstrap.servers", bootstrap(),
                  "acks", "all",
                  "key.serializer", ByteArraySerializer.class.getName(),
                  "value.serializer", ByteArraySerializer.class.getName()))) {
        sending.send(producer, last);
      }
    }

    @Override
    public void heal() {
      // A message cannot be taken back.
    }

    private String bootstrap() {
      return "127.0.0.1:" + platform.ports().of(Part.KAFKA);
    }

    /** The last records of one partition. Those that the lab has sent itself are left out. */
    private List<ConsumerRecord<byte[], byte[]>> last() {
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(
              Map.of(
                  "bootstrap.servers", bootstrap(),
                  "enable.auto.commit", "false",
                  "key.deserializer", ByteArrayDeserializer.class.getName(),
                  "value.deserializer", ByteArrayDeserializer.class.getName()))) {
        TopicPartition partition = new TopicPartition(topic, 0);
        consumer.assign(List.of(partition));
        long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
        consumer.seek(partition, Math.max(0, end - AGAIN));
        long until = System.nanoTime() + READ_WITHIN.toNanos();
        while (consumer.position(partition) < end && System.nanoTime() < until) {
          consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
      }
      // Poison has no source: only what a connector has sent is sent again.
      records.removeIf(entry -> entry.headers().lastHeader("ce_source") == null);
      return records;
    }
  }
}
