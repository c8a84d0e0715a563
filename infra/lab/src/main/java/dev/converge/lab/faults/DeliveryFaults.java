package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Messages that reach their consumer for the first time in another order than they were sent in:
 * its service is stopped, what it has not read is deleted and sent again, the last one first.
 */
final class DeliveryFaults {
  /** So many messages of a partition change their places at least. */
  private static final int TURNED = 20;

  private static final Duration TURNED_WITHIN = Duration.ofSeconds(45);

  private DeliveryFaults() {}

  static List<Fault> of(Platform platform, LabRecord done) {
    return Broker.COMMANDS.entrySet().stream()
        .map(read -> (Fault) new OfConsumer(platform, read.getKey(), read.getValue(), done))
        .toList();
  }

  private record OfConsumer(Platform platform, Part part, String topic, LabRecord done)
      implements Fault {
    @Override
    public Cell cell() {
      return new Cell("deliveries-reordered", part.id(), "message", 0, 0, 15);
    }

    @Override
    public @Nullable String whyNot() {
      return platform.isReady(Part.KAFKA) ? null : "kafka is not ready";
    }

    @Override
    public void inject() throws IOException, SQLException {
      platform.stop(part);
      try (Broker broker = Broker.of(platform)) {
        if (!Waiting.until(TURNED_WITHIN, () -> longest(unread(broker)) >= TURNED)) {
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
        broker.ask(admin -> admin.deleteRecords(read).all());
        done.cut(topic);
        for (List<ConsumerRecord<byte[], byte[]>> records : turned.values()) {
          Broker.again(platform, MessageFaults.reversed(records));
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
