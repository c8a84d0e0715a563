package dev.converge.platform;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Creates the platform's topics, and sets the maximum record size of new and existing ones.
 * Idempotent.
 */
final class Topics {
  /**
   * The largest record of a topic, in bytes, with Kafka's own overhead. The same as in {@code
   * server.properties}; a row of an outbox, and a connector's request, are smaller.
   */
  static final int MAX_MESSAGE_BYTES = 1_048_588;

  private static final long WITHIN_SECONDS = 60;

  private Topics() {}

  /**
   * Creates them once all brokers are there: each has a copy.
   *
   * @param brokers how many there are
   */
  static void create(String bootstrapServers, int brokers, Path topicsFile) {
    List<NewTopic> wanted = wanted(topicsFile);
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "default.api.timeout.ms",
            (int) TimeUnit.SECONDS.toMillis(WITHIN_SECONDS),
            "reconnect.backoff.ms",
            50,
            "reconnect.backoff.max.ms",
            200);
    try (Admin admin = Admin.create(properties)) {
      awaitBrokers(admin, brokers);
      Set<String> existing = admin.listTopics().names().get(WITHIN_SECONDS, TimeUnit.SECONDS);
      List<NewTopic> missing =
          wanted.stream().filter(topic -> !existing.contains(topic.name())).toList();
      admin.createTopics(missing).all().get(WITHIN_SECONDS, TimeUnit.SECONDS);
      admin
          .incrementalAlterConfigs(largestRecords(wanted))
          .all()
          .get(WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new PlatformException("topics: " + e.getCause(), e);
      }
    } catch (TimeoutException e) {
      throw new PlatformException("topics: no answer from " + bootstrapServers, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("interrupted", e);
    }
  }

  private static void awaitBrokers(Admin admin, int brokers)
      throws ExecutionException, InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WITHIN_SECONDS);
    while (brokers > 1) {
      int registered = admin.describeCluster().nodes().get(WITHIN_SECONDS, TimeUnit.SECONDS).size();
      if (registered >= brokers) {
        return;
      }
      if (System.nanoTime() > deadline) {
        throw new PlatformException("topics: " + registered + " of " + brokers + " brokers run");
      }
      Waits.pause();
    }
  }

  private static Map<ConfigResource, Collection<AlterConfigOp>> largestRecords(
      List<NewTopic> topics) {
    ConfigEntry largest =
        new ConfigEntry(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MAX_MESSAGE_BYTES));
    Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
    for (NewTopic topic : topics) {
      changes.put(
          new ConfigResource(ConfigResource.Type.TOPIC, topic.name()),
          List.of(new AlterConfigOp(largest, AlterConfigOp.OpType.SET)));
    }
    return changes;
  }

  private static List<NewTopic> wanted(Path topicsFile) {
    Properties topics = new Properties();
    try (Reader reader = Files.newBufferedReader(topicsFile)) {
      topics.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return topics.stringPropertyNames().stream()
        .sorted()
        .map(
            name ->
                new NewTopic(
                    name,
                    Optional.of(Integer.parseInt(topics.getProperty(name).strip())),
                    Optional.empty()))
        .toList();
  }
}
