package dev.converge.platform;

import java.util.List;

/** Creates the topics and registers the connectors of the embedded platform. */
final class MessagingSetup {
  private final Layout layout;
  private final Ports ports;
  private final Scale scale;
  private final Http http;

  MessagingSetup(Layout layout, Ports ports, Scale scale, Http http) {
    this.layout = layout;
    this.ports = ports;
    this.scale = scale;
    this.http = http;
  }

  void createTopics() {
    List<Part> brokers = scale.nodes(Role.KAFKA);
    Topics.create(
        ports.addresses(brokers), brokers.size(), layout.infra("kafka/topics.properties"));
  }

  void registerConnector(Topology.Service service) {
    // A paused connector does not keep the platform from starting: it prints a line.
    boolean unused =
        new Connectors(ports.url(Part.CONNECT), http)
            .register(layout.infra("debezium/" + service.connector() + ".json"));
  }
}
