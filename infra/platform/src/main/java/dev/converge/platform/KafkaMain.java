package dev.converge.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;

/** Kafka's broker and controller in one process, as its own scripts would start it. */
final class KafkaMain {
  // Any 16 bytes do; they name the cluster that the data directory belongs to.
  static final String CLUSTER_ID = "Y29udmVyZ2UtY2x1c3Rlcg";

  /**
   * The variable that names a further listener: its port, a colon, the port that its clients get.
   */
  static final String OUTSIDE = "KAFKA_OUTSIDE";

  /**
   * The variable that names the port of a further listener for the other brokers. They then reach a
   * broker and its controller by its name, so that each of them can have its own way there.
   */
  static final String BETWEEN = "KAFKA_BETWEEN";

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
    properties.putAll(listeners(args[4], args[5], args[6], System.getenv(OUTSIDE)));
    properties.setProperty("controller.quorum.voters", voters);
    String between = System.getenv(BETWEEN);
    if (between != null) {
      properties.putAll(byName(properties, Integer.parseInt(id), between, args[5]));
    }
    properties.putAll(replication(voters.split(",").length));
    format(data, Integer.parseInt(id));
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties), Time.SYSTEM);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "shutdown"));
    server.startup();
    server.awaitShutdown();
  }

  /**
   * The addresses of a broker.
   *
   * @param reachedAt the port that clients get
   * @param outside a further listener for clients that are cut off alone; null for none
   */
  static Map<String, String> listeners(
      String port, String controller, String reachedAt, @Nullable String outside) {
    String listeners = "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controller;
    String advertised = "PLAINTEXT://127.0.0.1:" + reachedAt;
    if (outside != null) {
      int colon = outside.indexOf(':');
      listeners += ",OUTSIDE://127.0.0.1:" + outside.substring(0, colon);
      advertised += ",OUTSIDE://127.0.0.1:" + outside.substring(colon + 1);
    }
    return Map.of("listeners", listeners, "advertised.listeners", advertised);
  }

  /**
   * The settings by which brokers reach each other by name.
   *
   * @param port of this broker's listener for the others
   */
  static Map<String, String> byName(
      Properties properties, int id, String port, String controllerPort) {
    String name = Part.of(Role.KAFKA, id).id();
    String listener = ",BETWEEN://%s:" + port;
    return Map.of(
        "listeners",
        properties.getProperty("listeners") + listener.formatted("127.0.0.1"),
        "advertised.listeners",
        properties.getProperty("advertised.listeners")
            + listener.formatted(name)
            + ",CONTROLLER://"
            + name
            + ":"
            + controllerPort,
        "listener.security.protocol.map",
        properties.getProperty("listener.security.protocol.map") + ",BETWEEN:PLAINTEXT",
        "inter.broker.listener.name",
        "BETWEEN",
        "controller.quorum.voters",
        Stream.of(properties.getProperty("controller.quorum.voters").split(",", -1))
            .map(KafkaMain::voterByName)
            .collect(Collectors.joining(",")));
  }

  private static String voterByName(String voter) {
    int at = voter.indexOf('@');
    return voter.substring(0, at + 1)
        + Part.of(Role.KAFKA, Integer.parseInt(voter.substring(0, at))).id()
        + voter.substring(voter.lastIndexOf(':'));
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
