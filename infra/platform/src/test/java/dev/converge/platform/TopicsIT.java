package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: new topics have the partitions of topics.properties, and an existing topic keeps its own:
 * more partitions would break the order of its keys. Method: Kafka alone, with one topic as an
 * earlier version created it.
 */
class TopicsIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
  private static final String EXISTING = "order.replies";

  private static Platform platform;

  @BeforeAll
  static void start() throws Exception {
    Path tests = Files.createDirectories(ROOT.resolve("target/test-platforms"));
    Layout layout = new Layout(ROOT, Files.createTempDirectory(tests, "state-"));
    platform = new Platform(layout, Ports.free(), Map.of());
    // So a broker that was killed while it formatted its folder may leave it.
    Path half = Files.createDirectories(layout.data("kafka"));
    Files.writeString(half.resolve("bootstrap.checkpoint"), "torn");
    Files.writeString(half.resolve("meta.properties"), "version=1\nclus");
    platform.start(Part.KAFKA);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
      admin
          .createTopics(List.of(new NewTopic(EXISTING, Optional.of(3), Optional.empty())))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  @AfterAll
  static void end() {
    platform.kill(Part.KAFKA);
  }

  @Test
  void topicsHaveTwelvePartitionsAndExistingOnesAreNotChanged() throws Exception {
    for (int start = 0; start < 2; start++) {
      Topics.create(bootstrapServers(), 1, ROOT.resolve("infra/kafka/topics.properties"));

      assertThat(partitions())
          .containsEntry(EXISTING, 3)
          .containsEntry("__debezium-heartbeat.order", 1);
      for (String topic : Topology.topicNames()) {
        assertThat(partitions()).containsEntry(topic, topic.equals(EXISTING) ? 3 : 12);
      }
    }
  }

  private static Map<String, Integer> partitions() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers()))) {
      Map<String, Integer> partitions = new HashMap<>();
      admin
          .describeTopics(admin.listTopics().names().get(30, TimeUnit.SECONDS))
          .allTopicNames()
          .get(30, TimeUnit.SECONDS)
          .forEach((topic, found) -> partitions.put(topic, found.partitions().size()));
      return partitions;
    }
  }

  private static String bootstrapServers() {
    return "127.0.0.1:" + platform.ports().of(Part.KAFKA);
  }
}
