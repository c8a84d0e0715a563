package dev.converge.lab.faults;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A consumer that has forgotten how far it was: it reads its whole topic again. */
final class OffsetFaults {
  private static final Map<Part, String> TOPICS =
      Map.of(
          Part.INVENTORY_SERVICE, "inventory.commands",
          Part.PAYMENT_SERVICE, "payment.commands",
          Part.ORDER_SERVICE, "order.replies");
  private static final Duration EMPTY_WITHIN = Duration.ofSeconds(15);

  private OffsetFaults() {}

  static List<Fault> of(Platform platform, Map<Part, LinkProxy> links) {
    List<Fault> faults = new ArrayList<>();
    LinkProxy kafka = Objects.requireNonNull(links.get(Part.KAFKA));
    TOPICS.forEach(
        (part, topic) ->
            faults.add(
                new OfConsumer(
                    platform,
                    part,
                    topic,
                    // Its other instance would stay a member, and orders are to be taken meanwhile.
                    part == Part.ORDER_SERVICE ? kafka : null,
                    new Cell("offsets-reset", part.id(), "message", 0, 0, 10))));
    return faults;
  }

  /**
   * Kafka changes the offsets of a group only while it has no member: so its service is stopped, or
   * kept from Kafka for longer than a session.
   */
  private record OfConsumer(
      Platform platform, Part part, String topic, @Nullable LinkProxy link, Cell cell)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return platform.isReady(Part.KAFKA) ? null : "kafka is not ready";
    }

    @Override
    public void inject() throws IOException {
      if (link == null) {
        platform.stop(part);
      } else {
        link.set(LinkProxy.Mode.CUT);
      }
      try (Admin admin =
          Admin.create(
              Map.of("bootstrap.servers", "127.0.0.1:" + platform.ports().of(Part.KAFKA)))) {
        Map<TopicPartition, OffsetAndMetadata> begin = begin(admin);
        long end = System.nanoTime() + EMPTY_WITHIN.toNanos();
        while (!isReset(admin, begin)) {
          if (System.nanoTime() > end) {
            throw new IOException("the offsets of " + part.id() + " cannot be changed");
          }
          TimeUnit.MILLISECONDS.sleep(200);
        }
      } catch (ExecutionException | TimeoutException e) {
        throw new IOException("offsets of " + part.id(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
    }

    private Map<TopicPartition, OffsetAndMetadata> begin(Admin admin)
        throws ExecutionException, InterruptedException, TimeoutException {
      Map<TopicPartition, OffsetAndMetadata> begin = new HashMap<>();
      admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get(20, TimeUnit.SECONDS)
          .forEach(
              (name, described) ->
                  described
                      .partitions()
                      .forEach(
                          each ->
                              begin.put(
                                  new TopicPartition(name, each.partition()),
                                  new OffsetAndMetadata(0))));
      return begin;
    }

    private boolean isReset(Admin admin, Map<TopicPartition, OffsetAndMetadata> begin)
        throws InterruptedException, TimeoutException {
      try {
        admin.alterConsumerGroupOffsets(part.id(), begin).all().get(20, TimeUnit.SECONDS);
        return true;
      } catch (ExecutionException groupStillHasAMember) {
        return false;
      }
    }

    @Override
    public void heal() {
      if (link == null) {
        platform.start(part);
      } else {
        link.set(LinkProxy.Mode.PASS);
      }
    }
  }
}
