package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A consumer whose offsets are wrong: it is to read its whole topic again, or to leave out what
 * nobody has handled.
 */
final class OffsetFaults {
  private static final Map<Part, String> TOPICS =
      Map.of(
          Part.INVENTORY_SERVICE, "inventory.commands",
          Part.PAYMENT_SERVICE, "payment.commands");
  private static final Duration EMPTY_WITHIN = Duration.ofSeconds(15);

  /** So many records of a partition are left out at least. */
  private static final long PASSED = 5;

  private OffsetFaults() {}

  static List<Fault> of(Platform platform) {
    List<Fault> faults = new ArrayList<>();
    TOPICS.forEach(
        (part, topic) -> {
          faults.add(
              new OfConsumer(
                  platform,
                  part,
                  topic,
                  OffsetSpec.earliest(),
                  new Cell("offsets-reset", part.id(), "message", 0, 0, 10)));
          faults.add(
              new OfConsumer(
                  platform,
                  part,
                  topic,
                  OffsetSpec.latest(),
                  new Cell("offsets-passed", part.id(), "message", 0, 0, 15)));
        });
    return faults;
  }

  // Kafka changes the offsets of a group only while it has no member: so its service is stopped.
  private record OfConsumer(Platform platform, Part part, String topic, OffsetSpec to, Cell cell)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return platform.isReady(Part.KAFKA) ? null : "kafka is not ready";
    }

    @Override
    public void inject() throws IOException {
      platform.stop(part);
      try (Admin admin =
          Admin.create(
              Map.of("bootstrap.servers", "127.0.0.1:" + platform.ports().of(Part.KAFKA)))) {
        long end = System.nanoTime() + EMPTY_WITHIN.toNanos();
        Map<TopicPartition, Long> offsets = offsets(admin);
        while (!hasPassed(admin, offsets) || !isSet(admin, offsets)) {
          if (System.nanoTime() > end) {
            throw new IOException("the offsets of " + part.id() + " cannot be changed");
          }
          TimeUnit.MILLISECONDS.sleep(200);
          offsets = offsets(admin);
        }
      } catch (ExecutionException | TimeoutException e) {
        throw new IOException("offsets of " + part.id(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }

    private Map<TopicPartition, Long> offsets(Admin admin)
        throws ExecutionException, InterruptedException, TimeoutException {
      Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
      admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get(20, TimeUnit.SECONDS)
          .forEach(
              (name, described) ->
                  described
                      .partitions()
                      .forEach(each -> asked.put(new TopicPartition(name, each.partition()), to)));
      Map<TopicPartition, Long> offsets = new HashMap<>();
      admin
          .listOffsets(asked)
          .all()
          .get(20, TimeUnit.SECONDS)
          .forEach((partition, found) -> offsets.put(partition, found.offset()));
      return offsets;
    }

    /** Whether there is something that these offsets leave out, where they are to. */
    private boolean hasPassed(Admin admin, Map<TopicPartition, Long> offsets)
        throws ExecutionException, InterruptedException, TimeoutException {
      if (to instanceof OffsetSpec.EarliestSpec) {
        return true;
      }
      Map<TopicPartition, OffsetAndMetadata> committed =
          admin
              .listConsumerGroupOffsets(part.id())
              .partitionsToOffsetAndMetadata()
              .get(20, TimeUnit.SECONDS);
      return offsets.entrySet().stream()
          .anyMatch(
              offset -> {
                OffsetAndMetadata before = committed.get(offset.getKey());
                return before != null && offset.getValue() > before.offset() + PASSED;
              });
    }

    private boolean isSet(Admin admin, Map<TopicPartition, Long> offsets)
        throws InterruptedException, TimeoutException {
      Map<TopicPartition, OffsetAndMetadata> set = new HashMap<>();
      offsets.forEach((partition, offset) -> set.put(partition, new OffsetAndMetadata(offset)));
      try {
        admin.alterConsumerGroupOffsets(part.id(), set).all().get(20, TimeUnit.SECONDS);
        return true;
      } catch (ExecutionException groupStillHasAMember) {
        return false;
      }
    }

    @Override
    public void heal() {
      platform.start(part);
    }
  }
}
