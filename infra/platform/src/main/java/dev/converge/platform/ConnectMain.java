package dev.converge.platform;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.connect.cli.ConnectDistributed;
import org.apache.kafka.connect.runtime.Connect;

/** A Kafka Connect worker, as its own scripts would start it. */
final class ConnectMain {
  private ConnectMain() {}

  /**
   * Arguments: the properties file, Kafka's addresses, the port of its API, the number of brokers,
   * each of which has a copy of the worker's topics.
   */
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    try (var reader = Files.newBufferedReader(Path.of(args[0]))) {
      properties.load(reader);
    }
    properties.setProperty("bootstrap.servers", args[1]);
    for (String topic : List.of("config", "offset", "status")) {
      properties.setProperty(topic + ".storage.replication.factor", args[3]);
    }
    properties.setProperty("listeners", "http://127.0.0.1:" + args[2]);
    properties.setProperty("rest.advertised.host.name", "127.0.0.1");
    Map<String, String> worker = new HashMap<>();
    properties
        .stringPropertyNames()
        .forEach(name -> worker.put(name, properties.getProperty(name)));
    Connect<?> connect = new ConnectDistributed().startConnect(worker);
    connect.awaitStop();
  }
}
