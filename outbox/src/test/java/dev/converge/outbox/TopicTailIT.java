package dev.converge.outbox;

import static dev.converge.testkit.OutboxPlatform.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.OutboxPlatform;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a tail hears what is appended while it listens, leaves nothing behind in the broker, and
 * survives the loss of its topic. Method: records in real Kafka; a clock that the test moves.
 */
class TopicTailIT {
  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<String> deployed = new CopyOnWriteArrayList<>();

  @AfterEach
  void undeploy() {
    deployed.forEach(id -> await(platform.vertx().undeploy(id)));
  }

  private TopicTail tail(String topic, List<String> keys) {
    TopicTail tail =
        new TopicTail(
            topic,
            Map.of("bootstrap.servers", platform.bootstrapServers()),
            meters,
            keys::addAll,
            nanos::get);
    deployed.add(await(platform.vertx().deployVerticle(tail)));
    return tail;
  }

  private void send(String topic, String... keys) {
    platform.send(
        List.of(keys).stream()
            .map(key -> new ProducerRecord<>(topic, key.getBytes(UTF_8), "{}".getBytes(UTF_8)))
            .toList());
  }

  // A record says that the tail reads; it begins in the background.
  private void awaitListening(String topic, List<String> keys) {
    await("tail to read")
        .until(
            () -> {
              send(topic, "probe");
              return keys.contains("probe");
            });
  }

  @Test
  void hearsEveryRecordOfEveryPartitionThatIsAppendedWhileItListens() {
    String topic = platform.newTopic() + "-wide";
    platform.createTopic(topic, 3);
    send(topic, "before");
    tail(topic, heard).listen();
    awaitListening(topic, heard);

    String[] keys = IntStream.range(0, 1_000).mapToObj(key -> "key-" + key).toArray(String[]::new);
    send(topic, keys);

    await("all keys").untilAsserted(() -> assertThat(heard).contains(keys));
    assertThat(heard).doesNotContain("before");
    assertThat(heard.stream().filter(key -> key.startsWith("key-"))).doesNotHaveDuplicates();
  }

  @Test
  void everyInstanceHearsTheSameAndNoGroupRemains() throws Exception {
    String topic = platform.newTopic();
    List<String> second = new CopyOnWriteArrayList<>();
    tail(topic, heard).listen();
    tail(topic, second).listen();
    awaitListening(topic, heard);
    awaitListening(topic, second);

    send(topic, "one", "two");

    await("both").untilAsserted(() -> assertThat(heard).contains("one", "two"));
    await("both").untilAsserted(() -> assertThat(second).contains("one", "two"));
    try (Admin admin = platform.admin()) {
      assertThat(admin.listGroups().all().get(30, TimeUnit.SECONDS))
          .noneMatch(group -> group.groupId().isEmpty() || group.groupId().equals(topic));
    }
  }

  @Test
  void pausesUntilItListensAgainAndSkipsRecordsAppendedMeanwhile() {
    String topic = platform.newTopic();
    TopicTail tail = tail(topic, heard);
    tail.listen();
    awaitListening(topic, heard);

    nanos.addAndGet(TopicTail.LISTENS_FOR.toNanos());
    await("tail to pause")
        .until(
            () -> {
              int before = heard.size();
              send(topic, "unheard");
              return heard.size() == before && tail.isPaused();
            });
    heard.clear();
    send(topic, "while it is paused");
    tail.listen();
    awaitListening(topic, heard);

    assertThat(heard).doesNotContain("while it is paused", "unheard");
  }

  @Test
  void topicThatDoesNotExistYetIsReadOnceItDoes() {
    String topic = "later-" + platform.newTopic();
    tail(topic, heard).listen();
    platform.createTopic(topic, 1);

    awaitListening(topic, heard);
  }

  @Test
  void recordsWithoutAKeyAreIgnored() {
    String topic = platform.newTopic();
    tail(topic, heard).listen();
    awaitListening(topic, heard);

    platform.send(List.of(new ProducerRecord<>(topic, null, "{}".getBytes(UTF_8))));
    send(topic, "after");

    await("next key").untilAsserted(() -> assertThat(heard).contains("after"));
  }
}
