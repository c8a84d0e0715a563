package dev.converge.lab.faults;

import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * The records of a topic, or the topic, are deleted permanently. The platform repairs it by itself;
 * healing only waits for that.
 */
final class LossFaults {

  // The reconciler runs every 15 s. Then Connect and the consumers have to find the new topic.
  private static final int BOUND_SECONDS = 60;
  private static final Duration REPAIRED_WITHIN = Duration.ofSeconds(60);

  private static final Duration DONE_WITHIN = Duration.ofSeconds(20);
  private static final Duration RECONCILED_WITHIN = Duration.ofSeconds(60);
  private static final Http HTTP = new Http();
  private static final String LAG = "outbox_reconciler_lag_seconds";

  private LossFaults() {}

  static List<Fault> of(Platform platform, InterventionLog done) {
    List<Fault> faults = new ArrayList<>();
    for (Topology.Topic topic : Topology.consumedTopics()) {
      faults.add(new OfRecords(platform, topic, done, spec("records-deleted", topic.name())));
      faults.add(new OfTopic(platform, topic, done, spec("topic-deleted", topic.name())));
    }
    return faults;
  }

  private static FaultSpec spec(String name, String component) {
    return new FaultSpec(name, component, "loss", 0, 0, BOUND_SECONDS);
  }

  /** All records of a topic are deleted, also those that were not read. */
  private record OfRecords(
      Platform platform, Topology.Topic of, InterventionLog done, FaultSpec spec) implements Fault {
    @Override
    public @Nullable String whyNot() {
      return LossFaults.whyNot(platform, of);
    }

    @Override
    public void inject() throws IOException {
      String topic = of.name();
      try (Broker broker = Broker.of(platform)) {
        Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
        broker
            .ends(topic)
            .forEach((partition, end) -> all.put(partition, RecordsToDelete.beforeOffset(end)));
        broker.call(admin -> admin.deleteRecords(all).all());
        done.cut(topic);
      }
    }

    @Override
    public void heal() {
      // The reconciler finds the missing messages; there is nothing to wait for here.
    }
  }

  /** A topic is deleted. */
  private record OfTopic(Platform platform, Topology.Topic of, InterventionLog done, FaultSpec spec)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      return LossFaults.whyNot(platform, of);
    }

    @Override
    public void inject() throws IOException, SQLException {
      String topic = of.name();
      try (Broker broker = Broker.of(platform)) {
        Uuid before = broker.idOf(topic);
        broker.call(admin -> admin.deleteTopics(List.of(topic)).all());
        done.cut(topic);
        boolean gone =
            Polling.until(
                DONE_WITHIN,
                () -> {
                  Uuid now = broker.idOf(topic);
                  return now == null || !now.equals(before);
                });
        if (!gone) {
          throw new IOException(topic + " was deleted and is still there");
        }
        // Records could still be written to the deleted topic, and were lost with it.
        done.cut(topic);
      }
    }

    @Override
    public void heal() throws IOException, SQLException {
      String topic = of.name();
      try (Broker broker = Broker.of(platform)) {
        if (!Polling.until(REPAIRED_WITHIN, () -> broker.idOf(topic) != null)) {
          throw new IOException(topic + " was not recreated");
        }
      }
    }
  }

  // A reconciler that has not run since its service started knows neither the number of partitions
  // of the topic nor the offset of its first record.
  private static @Nullable String whyNot(Platform platform, Topology.Topic topic) {
    if (!platform.isReady(Part.KAFKA)) {
      return "kafka is not ready";
    }
    try (Broker broker = Broker.of(platform)) {
      if (!Polling.until(REPAIRED_WITHIN, () -> broker.idOf(topic.name()) != null)) {
        return topic.name() + " does not exist";
      }
      for (Topology.Service sender : topic.publishers()) {
        if (!Polling.until(RECONCILED_WITHIN, () -> hasReconciled(platform, sender.part()))) {
          return "the reconciler of " + sender.id() + " has not compared it";
        }
      }
      return null;
    } catch (IOException | SQLException e) {
      return String.valueOf(e);
    }
  }

  private static boolean hasReconciled(Platform platform, Part service) {
    try {
      Http.Answer answer = HTTP.send("GET", platform.ports().url(service) + "/metrics", null);
      return answer
          .raw()
          .body()
          .lines()
          .filter(line -> line.startsWith(LAG))
          .anyMatch(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)) > 0);
    } catch (IOException notYetUp) {
      return false;
    }
  }
}
