package dev.converge.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
   * Arguments: the properties file, the data directory, the port, the controller's port, the port
   * that clients get.
   */
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(Path.of(args[0]))) {
      properties.load(reader);
    }
    String data = args[1];
    properties.setProperty("log.dirs", data);
    properties.setProperty(
        "listeners", "PLAINTEXT://127.0.0.1:" + args[2] + ",CONTROLLER://127.0.0.1:" + args[3]);
    properties.setProperty("advertised.listeners", "PLAINTEXT://127.0.0.1:" + args[4]);
    properties.setProperty("controller.quorum.voters", "1@127.0.0.1:" + args[3]);
    format(data);
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties), Time.SYSTEM);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown, "shutdown"));
    server.startup();
    server.awaitShutdown();
  }

  private static void format(String data) throws IOException {
    try {
      new Formatter()
          .setClusterId(CLUSTER_ID)
          .setNodeId(1)
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
