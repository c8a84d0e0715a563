package dev.converge.lab.faults;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;

/**
 * A connector's task fails because its topic accepts no record any longer, which Connect does not
 * retry. Once the topic accepts records again, the service's watch has to restart the task; healing
 * waits for that.
 */
final class TaskFaults {
  private static final Duration FAILED_WITHIN = Duration.ofSeconds(30);
  private static final Duration RUNNING_WITHIN = Duration.ofSeconds(60);

  /** A task that was just restarted is RUNNING even if it is about to fail again. */
  private static final Duration RUNNING_FOR = Duration.ofSeconds(2);

  private static final Http HTTP = new Http();

  private TaskFaults() {}

  static List<Fault> of(Platform platform) {
    List<Fault> faults = new ArrayList<>();
    for (Topology.Topic topic : Topology.consumedTopics()) {
      faults.add(
          new OfTopic(
              platform,
              topic.name(),
              topic.publishers().stream().map(Topology.Service::connector).toList(),
              new FaultSpec("task-failed", topic.name(), "connect", 2_000, 6_000, 30)));
    }
    return faults;
  }

  private record OfTopic(Platform platform, String topic, List<String> connectors, FaultSpec spec)
      implements Fault {
    @Override
    public @Nullable String whyNot() {
      if (!platform.isReady(Part.KAFKA)) {
        return "kafka is not ready";
      }
      try {
        return Polling.until(RUNNING_WITHIN, this::allRun)
            ? null
            : "not running: " + String.join(", ", connectors);
      } catch (IOException | SQLException e) {
        return String.valueOf(e);
      }
    }

    @Override
    public void inject() throws IOException, SQLException {
      alter(OpType.SET);
      if (!Polling.until(FAILED_WITHIN, () -> states().contains("FAILED"))) {
        throw new IOException("no task of " + connectors + " has failed");
      }
    }

    @Override
    public void heal() throws IOException, SQLException {
      alter(OpType.DELETE);
      long[] since = {System.nanoTime()};
      boolean runs =
          Polling.until(
              RUNNING_WITHIN,
              () -> {
                if (!allRun()) {
                  since[0] = System.nanoTime();
                }
                return System.nanoTime() - since[0] > RUNNING_FOR.toNanos();
              });
      if (!runs) {
        throw new IOException("not restarted: " + connectors + ": " + states());
      }
    }

    private boolean allRun() {
      List<String> states = states();
      return states.size() == connectors.size() && states.stream().allMatch("RUNNING"::equals);
    }

    /** The states of the connectors' tasks; a connector that does not answer is omitted. */
    private List<String> states() {
      List<String> states = new ArrayList<>();
      for (String connector : connectors) {
        String url = platform.ports().url(Part.CONNECT) + "/connectors/" + connector + "/status";
        try {
          for (JsonNode task : HTTP.get(url).body().path("tasks")) {
            states.add(task.path("state").asText());
          }
        } catch (IOException unavailable) {
          // It is polled again.
        }
      }
      return states;
    }

    private void alter(OpType how) throws IOException {
      AlterConfigOp smallest = new AlterConfigOp(new ConfigEntry("max.message.bytes", "1"), how);
      try (Broker broker = Broker.of(platform)) {
        broker.call(
            admin ->
                admin
                    .incrementalAlterConfigs(
                        Map.of(
                            new ConfigResource(ConfigResource.Type.TOPIC, topic),
                            List.of(smallest)))
                    .all());
      }
    }
  }
}
