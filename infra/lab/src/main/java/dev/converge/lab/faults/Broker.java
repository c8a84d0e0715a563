package dev.converge.lab.faults;

import static java.util.Objects.requireNonNull;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** The broker as its operator reaches it, with no link in between. Each call waits 20 s at most. */
final class Broker implements AutoCloseable {
  private static final long WITHIN_SECONDS = 20;

  private final Admin admin;

  private Broker(Admin admin) {
    this.admin = admin;
  }

  static Broker of(Platform platform) {
    return new Broker(Admin.create(Map.of("bootstrap.servers", bootstrap(platform))));
  }

  static String bootstrap(Platform platform) {
    return "127.0.0.1:" + platform.ports().of(Part.KAFKA);
  }

  /** What is asked of it. */
  @FunctionalInterface
  interface Question<T> {
    KafkaFuture<T> ask(Admin admin);
  }

  <T> T ask(Question<T> question) throws IOException {
    try {
      return question.ask(admin).get(WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("no answer from the broker in " + WITHIN_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** The topic; null where there is none. */
  @Nullable TopicDescription topic(String topic) throws IOException {
    try {
      return ask(
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
   * The topic's id, which another topic of the same name does not have; null where there is none.
   */
  @Nullable Uuid idOf(String topic) throws IOException {
    TopicDescription found = topic(topic);
    return found == null ? null : found.topicId();
  }

  /** Where each partition of a topic ends. */
  Map<TopicPartition, Long> ends(String topic) throws IOException {
    TopicDescription found = topic(topic);
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    if (found != null) {
      found
          .partitions()
          .forEach(
              each -> asked.put(new TopicPartition(topic, each.partition()), OffsetSpec.latest()));
    }
    Map<TopicPartition, Long> ends = new HashMap<>();
    ask(admin -> admin.listOffsets(asked).all())
        .forEach((partition, end) -> ends.put(partition, end.offset()));
    return ends;
  }

  @Override
  public void close() {
    admin.close(java.time.Duration.ofSeconds(2));
  }
}
