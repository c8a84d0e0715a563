package dev.converge.lab.faults;

import dev.converge.lab.checker.EvidenceReader;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Messages reach their consumer in another form than they were sent. The service is stopped; its
 * unread records are deleted and sent again, the last one first, or with headers as a foreign
 * sender may set them.
 */
final class DeliveryFaults {
  /** The least number of messages of a partition that change their places. */
  private static final int TURNED = 20;

  private static final String REPLIES = Topology.ORDER_REPLIES.name();

  private static final Duration TURNED_WITHIN = Duration.ofSeconds(45);

  private DeliveryFaults() {}

  static List<Fault> of(Platform platform, InterventionLog done) {
    List<Fault> faults = new ArrayList<>();
    Broker.COMMANDS.forEach(
        (part, topic) -> {
          faults.add(
              new OfConsumer(
                  platform,
                  part,
                  topic,
                  done,
                  spec("deliveries-reordered", part.id()),
                  DeliveryFaults::lastFirst));
          faults.add(
              new OfConsumer(
                  platform,
                  part,
                  topic,
                  done,
                  spec("headers-foreign", topic),
                  DeliveryFaults::foreign));
        });
    faults.add(new OfReplies(platform, done, spec("headers-foreign", REPLIES)));
    return faults;
  }

  private static FaultSpec spec(String name, String component) {
    return new FaultSpec(name, component, "message", 0, 0, 15);
  }

  /** Sends the records of a partition again, in one way or another. */
  @FunctionalInterface
  private interface Again {
    void send(Platform platform, List<ConsumerRecord<byte[], byte[]>> records) throws IOException;
  }

  private static void lastFirst(Platform platform, List<ConsumerRecord<byte[], byte[]>> records)
      throws IOException {
    Broker.again(platform, MessageFaults.reversed(records));
  }

  private static void foreign(Platform platform, List<ConsumerRecord<byte[], byte[]>> records)
      throws IOException {
    // Not always from the first kind on: there may be fewer records than kinds.
    int first = ThreadLocalRandom.current().nextInt(ForeignHeaders.kinds());
    try (KafkaProducer<byte[], byte[]> producer = Broker.producer(platform)) {
      for (int at = 0; at < records.size(); at++) {
        ConsumerRecord<byte[], byte[]> entry = records.get(at);
        if (!Broker.isAccepted(producer, ForeignHeaders.on(entry, first + at))) {
          Broker.send(producer, Broker.asItWas(entry));
        }
      }
    }
  }

  /**
   * Earlier replies are sent again with ids of their own, and with headers as a foreign sender may
   * set them. Their sagas no longer await them, so they are handled without effect.
   */
  private record OfReplies(Platform platform, InterventionLog done, FaultSpec spec)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, Part.KAFKA);
    }

    @Override
    public void inject() throws IOException {
      List<ConsumerRecord<byte[], byte[]>> last = MessageFaults.last(platform, REPLIES);
      try (KafkaProducer<byte[], byte[]> producer = Broker.producer(platform)) {
        for (int at = 0; at < Math.min(last.size(), ForeignHeaders.kinds()); at++) {
          ProducerRecord<byte[], byte[]> copy = ForeignHeaders.on(last.get(at), at);
          set(copy, "ce_id", UUID.randomUUID().toString());
          set(copy, "ce_source", "/lab");
          set(copy, EvidenceReader.POISON_HEADER, done.foreign());
          boolean unused = Broker.isAccepted(producer, copy);
        }
      }
    }

    private static void set(ProducerRecord<byte[], byte[]> message, String header, String value) {
      message.headers().remove(header).add(header, value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void heal() {
      // A message cannot be taken back.
    }
  }

  private record OfConsumer(
      Platform platform, Part part, String topic, InterventionLog done, FaultSpec spec, Again again)
      implements Fault {

    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, Part.KAFKA);
    }

    @Override
    public void inject() throws IOException, SQLException {
      platform.stop(part);
      try (Broker broker = Broker.of(platform)) {
        if (!Polling.until(TURNED_WITHIN, () -> longest(unread(broker)) >= TURNED)) {
          throw new IOException("too few messages of " + topic + " are left to read");
        }
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> turned = new HashMap<>();
        Map<TopicPartition, RecordsToDelete> read = new HashMap<>();
        for (Map.Entry<TopicPartition, Unread> each : unread(broker).entrySet()) {
          Unread left = each.getValue();
          turned.put(
              each.getKey(), Broker.records(platform, each.getKey(), left.from(), left.to()));
          read.put(each.getKey(), RecordsToDelete.beforeOffset(left.to()));
        }
        broker.call(admin -> admin.deleteRecords(read).all());
        done.cut(topic);
        for (List<ConsumerRecord<byte[], byte[]>> records : turned.values()) {
          again.send(platform, records);
        }
      }
    }

    /** Offsets of a partition that its consumer has not handled. */
    private record Unread(long from, long to) {}

    private Map<TopicPartition, Unread> unread(Broker broker) throws IOException {
      Map<TopicPartition, Long> handled = broker.handled(part);
      Map<TopicPartition, Unread> unread = new HashMap<>();
      broker
          .ends(topic)
          .forEach(
              (partition, end) -> {
                Long from = handled.get(partition);
                if (from != null && from < end) {
                  unread.put(partition, new Unread(from, end));
                }
              });
      return unread;
    }

    private static long longest(Map<TopicPartition, Unread> unread) {
      return unread.values().stream().mapToLong(left -> left.to() - left.from()).max().orElse(0);
    }

    @Override
    public void heal() {
      platform.start(part);
    }
  }
}
