package dev.converge.lab.faults;

import dev.converge.lab.checker.EvidenceReader;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Faults of messages: poison, and earlier messages that are sent again, also in another order. */
final class MessageFaults {
  private static final int AGAIN = 200;

  /** Nearly as much as the broker takes in one record (message.max.bytes): 2 MB it refuses. */
  private static final int LARGEST_BYTES = 1_000_000;

  /** A message that the consumer of each topic handles. */
  private static final Map<String, Sample> SAMPLES =
      Map.of(
          Topology.INVENTORY_COMMANDS.name(),
          new Sample(
              "dev.converge.inventory.ReserveStock.v1",
              """
              {"orderId":"ORDER","lines":[{"sku":"poison","quantity":1}]}"""),
          Topology.PAYMENT_COMMANDS.name(),
          new Sample(
              "dev.converge.payment.ChargePayment.v1",
              """
              {"orderId":"ORDER","amountMinor":1,"currency":"EUR","paymentToken":"tok_ok"}
              """),
          Topology.ORDER_REPLIES.name(),
          new Sample(
              "dev.converge.inventory.StockReserved.v1",
              """
              {"orderId":"ORDER"}"""));

  private record Sample(String type, String body) {}

  private MessageFaults() {}

  /**
   * @param done gets each record that no service has sent
   */
  static List<Fault> of(Platform platform, InterventionLog done) {
    List<Fault> faults = new ArrayList<>();
    for (Topology.Topic consumed : Topology.consumedTopics()) {
      String topic = consumed.name();
      faults.add(fault(platform, "poison", topic, () -> poison(platform, topic, done)));
      faults.add(
          fault(
              platform,
              "messages-again",
              topic,
              () -> Broker.again(platform, last(platform, topic))));
      faults.add(
          fault(
              platform,
              "messages-reordered",
              topic,
              () -> Broker.again(platform, reversed(last(platform, topic)))));
    }
    return faults;
  }

  private static Fault fault(Platform platform, String name, String topic, Sending sending) {
    return new OfTopic(platform, new FaultSpec(name, topic, "message", 0, 0, 10), sending);
  }

  /** A record that cannot be handled; its null parts are omitted. */
  private static final class Poison {
    private final @Nullable String id;
    private final @Nullable String type;
    private final String key;
    private final byte @Nullable [] value;

    Poison(@Nullable String id, @Nullable String type, String key, byte @Nullable [] value) {
      this.id = id;
      this.type = type;
      this.key = key;
      this.value = value;
    }
  }

  // Unreadable in different ways, in the partition of a random order.
  private static List<Poison> kinds(String topic) {
    String key = UUID.randomUUID().toString();
    String known = sample(topic).type();
    byte[] noJson = bytes("{not json");
    return List.of(
        new Poison(newId(), "dev.converge.Unknown.v1", key, whole(topic, key)),
        new Poison(newId(), null, key, whole(topic, key)),
        new Poison(newId(), later(known), key, whole(topic, key)),
        new Poison(newId(), known, key, noJson),
        new Poison(null, known, key, whole(topic, key)),
        new Poison("no-uuid", known, key, whole(topic, key)),
        new Poison(newId(), known, key, null),
        new Poison(newId(), known, key, bytes("{}")),
        new Poison(newId(), known, key, bytes("[7]")),
        new Poison(newId(), known, key, noUtf8(topic, key)),
        // In the partition of an order that it does not name.
        new Poison(newId(), known, key, whole(topic, UUID.randomUUID().toString())),
        new Poison(newId(), known, key, new byte[LARGEST_BYTES]));
  }

  private static void poison(Platform platform, String topic, InterventionLog done)
      throws IOException {
    try (KafkaProducer<byte[], byte[]> producer = Broker.producer(platform)) {
      for (Poison kind : kinds(topic)) {
        ProducerRecord<byte[], byte[]> poison =
            new ProducerRecord<>(topic, bytes(kind.key), kind.value);
        add(poison, "ce_id", kind.id);
        add(poison, "ce_type", kind.type);
        add(poison, EvidenceReader.POISON_HEADER, done.poison());
        Broker.send(producer, poison);
      }
    }
  }

  private static void add(
      ProducerRecord<byte[], byte[]> message, String header, @Nullable String value) {
    if (value != null) {
      message.headers().add(header, bytes(value));
    }
  }

  private static String newId() {
    return UUID.randomUUID().toString();
  }

  /** A body that would be handled with other headers. */
  private static byte[] whole(String topic, String orderId) {
    return bytes(sample(topic).body().replace("ORDER", orderId));
  }

  /** The same, with a byte that no UTF-8 has, in a field that is not read. */
  private static byte[] noUtf8(String topic, String orderId) {
    String whole = sample(topic).body().strip().replace("ORDER", orderId);
    byte[] body = bytes(whole.substring(0, whole.length() - 1) + ",\"note\":\"?\"}");
    for (int at = 0; at < body.length; at++) {
      if (body[at] == '?') {
        body[at] = (byte) 0xff;
      }
    }
    return body;
  }

  private static String later(String type) {
    return type.substring(0, type.lastIndexOf('.')) + ".v9";
  }

  private static Sample sample(String topic) {
    return Objects.requireNonNull(SAMPLES.get(topic), topic);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Something is sent to a topic. */
  @FunctionalInterface
  private interface Sending {
    void send() throws IOException;
  }

  private record OfTopic(Platform platform, FaultSpec spec, Sending sending) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, Part.KAFKA);
    }

    @Override
    public void inject() throws IOException {
      sending.send();
    }

    @Override
    public void heal() {
      // A message cannot be taken back.
    }
  }

  /** The last records of one partition. Those that the lab has sent itself are left out. */
  static List<ConsumerRecord<byte[], byte[]>> last(Platform platform, String topic)
      throws IOException {
    try (Broker broker = Broker.of(platform)) {
      for (Map.Entry<TopicPartition, Long> end : broker.ends(topic).entrySet()) {
        List<ConsumerRecord<byte[], byte[]>> records = last(platform, end.getKey(), end.getValue());
        if (!records.isEmpty()) {
          return records;
        }
      }
    }
    throw new IOException(topic + " has no message to send again");
  }

  private static List<ConsumerRecord<byte[], byte[]>> last(
      Platform platform, TopicPartition partition, long end) throws IOException {
    List<ConsumerRecord<byte[], byte[]>> records =
        Broker.records(platform, partition, Math.max(0, end - AGAIN), end);
    // Poison has no source. Only records of a connector are sent again.
    records.removeIf(entry -> entry.headers().lastHeader("ce_source") == null);
    return records;
  }

  /** In reverse order. */
  static List<ConsumerRecord<byte[], byte[]>> reversed(
      List<ConsumerRecord<byte[], byte[]>> records) {
    List<ConsumerRecord<byte[], byte[]>> reversed = new ArrayList<>(records);
    Collections.reverse(reversed);
    return reversed;
  }
}
