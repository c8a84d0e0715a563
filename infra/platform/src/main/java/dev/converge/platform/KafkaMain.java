package dev.converge.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/** Kafka's broker and controller in one process, as its own scripts would start it. */
final class KafkaMain {
  // Any 16 bytes do; they name the cluster that the data directory belongs to.
  static final String CLUSTER_ID = "Y29udmVyZ2UtY2x1c3Rlcg";

  private KafkaMain() {}

  /**
   * Arguments: the properties file, the data directory, the broker's id, the controllers of all
   * brokers, the port, the controller's port, the port that clients get.
   */
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(Path.of(args[0]))) {
      properties.load(reader);
    }
    String data = args[1];
    String id = args[2];
    String voters = args[3];
    properties.setProperty("log.dirs", data);
    properties.setProperty("node.id", id);
    properties.setProperty(
        "listeners", "PLAINTEXT://127.0.0.1:" + args[4] + ",CONTROLLER://127.0.0.1:" + args[5]);
    properties.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + args[6]);
    properties.setProperty("controller.quorum.voters", voters);
    properties.putAll(replication(voters.split(",").length));
    format(data, Integer.parseInt(id));
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties), Time.SYSTEM);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "shutdown"));
    server.startup();
    server.awaitShutdown();
  }

  /**
   * The settings with which several brokers keep what one of them loses: each has a copy of
   * everything, and a write is acknowledged once all but one have it. One broker has those of its
   * file.
   */
  static Map<String, String> replication(int brokers) {
    if (brokers == 1) {
      return Map.of();
    }
    String all = Integer.toString(brokers);
    String allButOne = Integer.toString(brokers - 1);
    return Map.of(
        "default.replication.factor", all,
        "min.insync.replicas", allButOne,
        "offsets.topic.replication.factor", all,
        "transaction.state.log.replication.factor", all,
        "transaction.state.log.min.isr", allButOne,
        "share.coordinator.state.topic.replication.factor", all,
        "share.coordinator.state.topic.min.isr", allButOne);
  }

  private static void format(String data, int id) throws IOException {
    try {
      new Formatter()
          .setClusterId(CLUSTER_ID)
          .setNodeId(id)
          .setControllerListenerName("CONTROLLER")
          .setMetadataLogDirectory(data)
          .addDirectory(data)
          .setIgnoreFormatted(true)
          .run();
    } catch (Exception e) {
      throw new IOException("the data directory cannot be formatted: " + data, e);
    }
  }
}
