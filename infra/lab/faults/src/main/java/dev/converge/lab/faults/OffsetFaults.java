package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;
import org.jspecify.annotations.Nullable;

/**
 * A consumer whose offsets are wrong: it reads its whole topic again, or skips messages that were
 * not handled.
 */
final class OffsetFaults {
  private static final Duration CHANGED_WITHIN = Duration.ofSeconds(15);

  /** The least number of records of a partition that are left out. */
  private static final long PASSED = 5;

  private OffsetFaults() {}

  static List<Fault> of(Platform platform) {
    List<Fault> faults = new ArrayList<>();
    Broker.COMMANDS.forEach(
        (part, topic) -> {
          faults.add(
              new OfConsumer(
                  platform,
                  part,
                  topic,
                  OffsetSpec.earliest(),
                  new FaultSpec("offsets-reset", part.id(), "message", 0, 0, 10)));
          faults.add(
              new OfConsumer(
                  platform,
                  part,
                  topic,
                  OffsetSpec.latest(),
                  new FaultSpec("offsets-passed", part.id(), "message", 0, 0, 15)));
        });
    return faults;
  }

  // Kafka changes the offsets of a group only while it has no member: so its service is stopped.
  private record OfConsumer(
      Platform platform, Part part, String topic, OffsetSpec to, FaultSpec spec) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return Fault.unlessReady(platform, Part.KAFKA);
    }

    @Override
    public void inject() throws IOException, SQLException {
      platform.stop(part);
      try (Broker broker = Broker.of(platform)) {
        if (!Polling.until(CHANGED_WITHIN, () -> isChanged(broker))) {
          throw new IOException("the offsets of " + part.id() + " cannot be changed");
        }
      }
    }

    private boolean isChanged(Broker broker) throws IOException {
      Map<TopicPartition, Long> offsets = broker.offsets(topic, to);
      return isWrong(broker, offsets) && isSet(broker, offsets);
    }

    /** Whether there is something that is read again, or left out. */
    private boolean isWrong(Broker broker, Map<TopicPartition, Long> offsets) throws IOException {
      boolean again = to instanceof OffsetSpec.EarliestSpec;
      Map<TopicPartition, Long> handled = broker.handled(part);
      return offsets.entrySet().stream()
          .anyMatch(
              offset -> {
                Long before = handled.get(offset.getKey());
                return before != null
                    && (again ? offset.getValue() < before : offset.getValue() > before + PASSED);
              });
    }

    private boolean isSet(Broker broker, Map<TopicPartition, Long> offsets) throws IOException {
      Map<TopicPartition, OffsetAndMetadata> set = new HashMap<>();
      offsets.forEach((partition, offset) -> set.put(partition, new OffsetAndMetadata(offset)));
      try {
        broker.call(admin -> admin.alterConsumerGroupOffsets(part.id(), set).all());
        return true;
      } catch (IOException e) {
        // As long as the group still has a member.
        if (e.getCause() instanceof ApiException) {
          return false;
        }
        throw e;
      }
    }

    @Override
    public void heal() {
      platform.start(part);
    }
  }
}
