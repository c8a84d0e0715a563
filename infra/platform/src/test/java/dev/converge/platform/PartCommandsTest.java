package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Goal: parts find one another, directly or through a proxy. */
class PartCommandsTest {
  private static final Ports PORTS = Ports.shifted(1_000);

  @Test
  void partsReachOneAnotherWhereTheyListen() {
    PartCommands commands = commands(Map.of());
    assertThat(commands.environment(Part.ORDER_SERVICE))
        .containsEntry("PGPORT", "16432")
        .containsEntry("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:10092")
        .containsEntry("CONNECT_URL", "http://127.0.0.1:9083");
    assertThat(commands.environment(Part.CONNECT)).containsEntry("PAYMENT_DB_PORT", "16434");
    assertThat(commands.command(Part.KAFKA)).endsWith("10092", "10093", "10092");
  }

  @Test
  void partsReachOneAnotherThroughAProxy() {
    PartCommands commands =
        commands(Map.of(Part.ORDER_DB, 1, Part.PAYMENT_DB, 2, Part.KAFKA, 3, Part.CONNECT, 4));
    assertThat(commands.environment(Part.ORDER_SERVICE))
        .containsEntry("PGPORT", "1")
        .containsEntry("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:3")
        .containsEntry("CONNECT_URL", "http://127.0.0.1:4");
    assertThat(commands.environment(Part.CONNECT))
        .containsEntry("ORDER_DB_PORT", "1")
        .containsEntry("INVENTORY_DB_PORT", "16433")
        .containsEntry("PAYMENT_DB_PORT", "2");
    // The broker listens on its own port and advertises the other.
    assertThat(commands.command(Part.KAFKA)).endsWith("10092", "10093", "3");
    assertThat(commands.command(Part.CONNECT)).contains("127.0.0.1:3");
  }

  @Test
  void nodesReachEveryBrokerAndWorker() {
    PartCommands commands =
        commands(
            Scale.SMALLEST.with(Role.KAFKA, 3).with(Role.CONNECT, 2).with(Role.ORDER_SERVICE, 2),
            Map.of(Part.of("kafka-2"), 5));
    assertThat(commands.environment(Part.of("order-service-2")))
        .containsEntry("HTTP_PORT", "9180")
        .containsEntry("INSTANCE_ID", "order-service-2")
        .containsEntry("PGPORT", "16432")
        .containsEntry("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:10092,127.0.0.1:5,127.0.0.1:10292")
        .containsEntry("CONNECT_URL", "http://127.0.0.1:9083,http://127.0.0.1:9183");
    assertThat(commands.command(Part.of("connect-2")))
        .endsWith("127.0.0.1:10092,127.0.0.1:5,127.0.0.1:10292", "9183", "3");
  }

  @Test
  void servicesAskOneThatHasSeveralNodesAtTheEdge() {
    assertThat(commands(Scale.SMALLEST, Map.of()).environment(Part.INVENTORY_SERVICE))
        .containsEntry("ORDER_SERVICE_URL", "http://127.0.0.1:9080");
    assertThat(
            commands(Scale.SMALLEST.with(Role.ORDER_SERVICE, 2), Map.of())
                .environment(Part.INVENTORY_SERVICE))
        .containsEntry("ORDER_SERVICE_URL", "http://127.0.0.1:9084");
  }

  @Test
  void orderServiceReadsFromTheStandbysOfItsDatabase() {
    PartCommands commands =
        commands(Scale.SMALLEST.withStandbys(2), Map.of(Part.of("order-db-3"), 5));
    int second = PORTS.of(Part.of("order-db-2"));
    assertThat(commands.environment(Part.ORDER_SERVICE))
        .containsEntry("PGPORT", "16432")
        .containsEntry("READ_REPLICAS", "127.0.0.1:" + second + ",127.0.0.1:5");
    assertThat(commands.environment(Part.INVENTORY_SERVICE)).doesNotContainKey("READ_REPLICAS");
    assertThat(commands(Map.of()).environment(Part.ORDER_SERVICE))
        .doesNotContainKey("READ_REPLICAS");
  }

  @Test
  void edgeReachesEveryNodeOfEachService() {
    PartCommands commands =
        commands(Scale.SMALLEST.with(Role.ORDER_SERVICE, 3), Map.of(Part.of("order-service-2"), 5));
    assertThat(commands.command(Part.EDGE)).endsWith("dev.converge.edge.EdgeMain");
    assertThat(commands.environment(Part.EDGE))
        .containsEntry("EDGE_POLICY", "least-requests")
        .containsEntry("EDGE_MANAGEMENT_PORT", "9087")
        .containsEntry(
            "EDGE_ROUTES",
            "order-service:9084=127.0.0.1:9080|127.0.0.1:5|127.0.0.1:9280,"
                + "inventory-service:9085=127.0.0.1:9081,"
                + "payment-service:9086=127.0.0.1:9082");
  }

  @Test
  void brokersAreTheControllersOfOneCluster() {
    PartCommands commands = commands(Scale.SMALLEST.with(Role.KAFKA, 3), Map.of());
    String voters = "1@127.0.0.1:10093,2@127.0.0.1:10193,3@127.0.0.1:10293";
    assertThat(commands.command(Part.KAFKA)).endsWith("1", voters, "10092", "10093", "10092");
    assertThat(commands.command(Part.of("kafka-3")))
        .endsWith(
            Path.of("state", "data", "kafka-3").toString(), "3", voters, "10292", "10293", "10292");
  }

  @Test
  void clientsOfTheOutsideListenerGetItsPortOnly() {
    assertThat(KafkaMain.listeners("1", "2", "3", null))
        .containsEntry("listeners", "PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2")
        .containsEntry("advertised.listeners", "PLAINTEXT://127.0.0.1:3");
    String outside = Platform.outsideListener(4, 5).get(KafkaMain.OUTSIDE);
    assertThat(KafkaMain.listeners("1", "2", "3", outside))
        .containsEntry(
            "listeners", "PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2,OUTSIDE://127.0.0.1:4")
        .containsEntry("advertised.listeners", "PLAINTEXT://127.0.0.1:3,OUTSIDE://127.0.0.1:5");
  }

  @Test
  void linkedBrokersReachEachOtherByNameAtAListenerOfTheirOwn() {
    Properties ofTheFile = new Properties();
    ofTheFile.putAll(KafkaMain.listeners("10192", "10193", "10192", null));
    ofTheFile.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT");
    ofTheFile.setProperty("controller.quorum.voters", "1@127.0.0.1:10093,2@127.0.0.1:10193");

    assertThat(KafkaMain.byName(ofTheFile, 2, "7", "10193"))
        .containsEntry(
            "listeners",
            "PLAINTEXT://127.0.0.1:10192,CONTROLLER://127.0.0.1:10193,BETWEEN://127.0.0.1:7")
        .containsEntry(
            "advertised.listeners",
            "PLAINTEXT://127.0.0.1:10192,BETWEEN://kafka-2:7,CONTROLLER://kafka-2:10193")
        .containsEntry("inter.broker.listener.name", "BETWEEN")
        .containsEntry("controller.quorum.voters", "1@kafka:10093,2@kafka-2:10193");
    assertThat(Platform.linkedBroker(7, Path.of("hosts")))
        .containsEntry(KafkaMain.BETWEEN, "7")
        .containsEntry("JDK_JAVA_OPTIONS", "\"-Djdk.net.hosts.file=hosts\"");
  }

  @Test
  void threeBrokersKeepThreeCopiesAndAcknowledgeTwo() {
    assertThat(KafkaMain.replication(1)).isEmpty();
    assertThat(KafkaMain.replication(3))
        .allSatisfy(
            (setting, value) ->
                assertThat(value)
                    .as(setting)
                    .isEqualTo(setting.endsWith("replication.factor") ? "3" : "2"));
    assertThat(KafkaMain.replication(3)).hasSize(7);
  }

  @Test
  void nodesOfARoleShareAnArchiveThatTheFirstLists() {
    PartCommands commands = commands(Scale.SMALLEST.with(Role.ORDER_SERVICE, 2), Map.of());
    assertThat(commands.command(Part.of("order-service-2")))
        .contains("dev.converge.order.OrderServiceMain")
        .noneMatch(option -> option.contains("DumpLoadedClassList"));
  }

  @Test
  void entriesBeforeTheJarsAreLoadedFirstAndArchiveNoClasses() {
    PartCommands commands = commands(Map.of());
    List<String> command = commands.command(Part.PAYMENT_SERVICE);
    assertThat(command.get(command.indexOf("-cp") + 1)).startsWith("in-front");
    assertThat(command).noneMatch(option -> option.contains("DumpLoadedClassList"));
    assertThat(commands.command(Part.ORDER_SERVICE))
        .anyMatch(option -> option.contains("DumpLoadedClassList"));
  }

  private static PartCommands commands(Map<Part, Integer> reachedAt) {
    return commands(Scale.SMALLEST, reachedAt);
  }

  private static PartCommands commands(Scale scale, Map<Part, Integer> reachedAt) {
    return new PartCommands(
        new Layout(Path.of("root"), Path.of("state")),
        PORTS,
        Passwords.from(Map.of()),
        scale,
        Map.of(),
        reachedAt,
        Map.of(Part.PAYMENT_SERVICE, List.of(Path.of("in-front"))));
  }

  @Test
  void consoleReachesTheServicesAndObservesEachPart(@TempDir Path state) {
    ConsoleToken.issue(state);
    PartCommands commands =
        new PartCommands(
            new Layout(state, state),
            PORTS,
            Passwords.from(Map.of()),
            Scale.SMALLEST,
            Map.of(),
            Map.of(),
            Map.of());

    assertThat(commands.command(Part.CONSOLE)).endsWith("dev.converge.console.ConsoleMain");
    assertThat(commands.environment(Part.CONSOLE))
        .containsEntry("HTTP_HOST", "127.0.0.1")
        .containsEntry("HTTP_PORT", "9090")
        .containsEntry("CONSOLE_TOKEN", ConsoleToken.read(state).orElseThrow())
        .containsEntry("PAYMENT_SERVICE_URL", "http://127.0.0.1:9082")
        .containsEntry("TRACE_URL", commands.traceUrl("{traceId}"))
        .containsEntry("CONVERGE_STATE", state.toString())
        .hasEntrySatisfying(
            "CONSOLE_PARTS",
            parts ->
                assertThat(parts)
                    .contains("order-db=tcp://127.0.0.1:16432,")
                    .contains("connect=http://127.0.0.1:9083/connectors,")
                    .contains("order-service=http://127.0.0.1:9080/readyz")
                    .doesNotContain("zookeeper", "edge", "console="));
  }

  @Test
  void consoleCallsServicesWithSeveralNodesAtTheEdge() {
    PartCommands commands = commands(Scale.SMALLEST.with(Role.ORDER_SERVICE, 2), Map.of());

    assertThat(commands.environment(Part.CONSOLE))
        .containsEntry("ORDER_SERVICE_URL", "http://127.0.0.1:9084")
        .hasEntrySatisfying(
            "CONSOLE_PARTS", parts -> assertThat(parts).contains("order-service-2=http://"));
  }
}
