package dev.converge.platform;

/** Creates the topics and registers the connectors of the embedded platform. */
final class MessagingSetup {
  private final Layout layout;
  private final Ports ports;
  private final Http http;

  MessagingSetup(Layout layout, Ports ports, Http http) {
    this.layout = layout;
    this.ports = ports;
    this.http = http;
  }

  void createTopics() {
    Topics.create("127.0.0.1:" + ports.of(Part.KAFKA), layout.infra("kafka/topics.properties"));
  }

  void registerConnector(Topology.Service service) {
    // A paused connector does not keep the platform from starting: it prints a line.
    boolean unused =
        new Connectors(ports.url(Part.CONNECT), http)
            .register(layout.infra("debezium/" + service.connector() + ".json"));
  }
}
