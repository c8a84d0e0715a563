package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: the services are listed once. Method: a scan of the Java sources for statements that name
 * all of them, and a comparison with each file that cannot read {@link Topology}.
 */
class TopologyTest {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();

  /** Modules that may depend on infra/platform. The shipped modules do not depend on the others. */
  private static final List<String> SCANNED =
      List.of(
          "infra/platform", "infra/console", "infra/testkit", "infra/lab", "infra/system-tests");

  /** Files that name every service in one statement, and why. */
  private static final Map<String, String> ALLOWED =
      Map.ofEntries(
          Map.entry("Part.java", "the processes, of which Topology makes services"),
          Map.entry("Role.java", "the roles, of which Part makes processes"),
          Map.entry("Topology.java", "the declaration"),
          Map.entry("ConsoleConfig.java", "addresses, which it has with Docker, too"),
          Map.entry("Collector.java", "topics, which it has with Docker, too"),
          Map.entry("FakeTopics.java", "topics of an invented platform"),
          Map.entry("FlowTest.java", "messages of an invented platform"),
          Map.entry("FakeProcesses.java", "parts of an invented platform"),
          Map.entry("ConsoleServer.java", "addresses of an invented platform"),
          Map.entry("EnvironmentFaults.java", "tables and columns of each service, to break them"),
          Map.entry("MigrationLocksIT.java", "tables of each service, to lock them"),
          Map.entry("FracturedReader.java", "effects of an order in each service, to compare them"),
          Map.entry("ConcurrencyViolations.java", "messages of an invented run"),
          Map.entry("SampleReport.java", "messages of an invented run"),
          Map.entry("TraceMessagesTest.java", "messages of an invented trace"),
          Map.entry("SequencePlotTest.java", "messages of an invented trace"),
          Map.entry("InDoubtSeriesTest.java", "branches of an invented run"),
          Map.entry("DocumentedNamesTest.java", "folders of modules"),
          Map.entry("PartTest.java", "names that must not change"),
          Map.entry("TopologyTest.java", "this scan"));

  private static final Pattern STATEMENT = Pattern.compile("[^;{}]+");
  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*");
  private static final Pattern NAME =
      Pattern.compile(
          "\"/?(?<name>order|orders|inventory|payment)(?:[-_.](?:service|db|outbox|outbox\\.json"
              + "|commands|replies|events|owner))?\""
              + "|\\b(?<constant>ORDER|INVENTORY|PAYMENT)_(?:SERVICE|DB|COMMANDS|REPLIES)\\b");

  @Test
  void noOtherJavaCodeListsTheServices() throws IOException {
    List<String> lists = new ArrayList<>();
    for (String module : SCANNED) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
        for (Path file : files.filter(TopologyTest::isScanned).toList()) {
          statements(Files.readString(file)).stream()
              .filter(TopologyTest::namesAllServices)
              .forEach(list -> lists.add(ROOT.relativize(file) + ": " + list));
        }
      }
    }
    assertThat(lists).as("lists of the services: use Topology").isEmpty();
  }

  @Test
  void scanFindsAList() {
    assertThat(
            statements("List<Part> all = List.of(ORDER_DB, INVENTORY_DB, PAYMENT_DB); // of")
                .stream()
                .filter(TopologyTest::namesAllServices))
        .hasSize(1);
    assertThat(namesAllServices("Map.of(\"order\", 1, \"payment-service\", 2)")).isFalse();
  }

  private static boolean isScanned(Path file) {
    return file.toString().endsWith(".java")
        && !file.toString().contains("/target/")
        && !ALLOWED.containsKey(String.valueOf(file.getFileName()));
  }

  private static List<String> statements(String source) {
    Matcher matcher = STATEMENT.matcher(COMMENT.matcher(source).replaceAll(" "));
    return matcher.results().map(found -> found.group().replaceAll("\\s+", " ").strip()).toList();
  }

  private static boolean namesAllServices(String statement) {
    Set<String> named = new HashSet<>();
    Matcher matcher = NAME.matcher(statement);
    while (matcher.find()) {
      String name = matcher.group("name");
      String found = name == null ? matcher.group("constant") : name;
      named.add(found.toLowerCase(Locale.ROOT).replaceFirst("s$", ""));
    }
    return named.containsAll(Topology.domains());
  }

  @Test
  void everyServiceProcessBelongsToOneService() {
    List<Part> declared = new ArrayList<>(Topology.serviceParts());
    declared.addAll(Topology.databaseParts());
    assertThat(
            Scale.SMALLEST.nodes().stream().filter(part -> part.isService() || part.isDatabase()))
        .containsExactlyInAnyOrderElementsOf(declared);
    for (Topology.Service service : Topology.SERVICES) {
      assertThat(Topology.of(service.part())).isEqualTo(Topology.of(service.database()));
      assertThat(Topology.inputOf(service).consumer()).isEqualTo(service);
      assertThat(service.part().domain()).isEqualTo(service.domain());
    }
  }

  @Test
  void topicsAreThoseOfKafkasConfiguration() throws IOException {
    Properties topics = new Properties();
    try (Reader file = Files.newBufferedReader(ROOT.resolve("infra/kafka/topics.properties"))) {
      topics.load(file);
    }
    List<String> declared = new ArrayList<>(Topology.topicNames());
    Topology.SERVICES.forEach(service -> declared.add(service.heartbeats()));
    assertThat(topics.stringPropertyNames()).containsExactlyInAnyOrderElementsOf(declared);
  }

  @ParameterizedTest
  @MethodSource("services")
  void connectorOfAServiceReadsItsDatabase(Topology.Service service) throws IOException {
    JsonNode connector =
        new ObjectMapper()
            .readTree(ROOT.resolve("infra/debezium/" + service.connector() + ".json").toFile());
    String server = "${env:" + service.database().role();
    assertThat(connector.path("topic.prefix").asText()).isEqualTo(service.domain());
    assertThat(connector.path("database.dbname").asText()).isEqualTo(service.databaseName());
    assertThat(connector.path("database.hostname").asText()).isEqualTo(server + "_HOST}");
    assertThat(connector.path("database.port").asText()).isEqualTo(server + "_PORT}");
    assertThat(connector.path("transforms.source.value.literal").asText())
        .isEqualTo("/" + service.id());
  }

  @Test
  void thereAreNoOtherConnectors() throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("infra/debezium"))) {
      assertThat(files.map(file -> String.valueOf(file.getFileName())))
          .filteredOn(name -> name.endsWith(".json"))
          .containsExactlyInAnyOrderElementsOf(
              Topology.SERVICES.stream().map(service -> service.connector() + ".json").toList());
    }
  }

  @ParameterizedTest
  @MethodSource("services")
  void composeStartsTheServiceAndItsDatabase(Topology.Service service) throws IOException {
    String server = composed(service.database());
    assertThat(server)
        .contains("POSTGRES_DB: " + service.databaseName() + "\n")
        .contains("-c converge.service=" + service.domain() + "\n")
        .contains(":-" + service.database().defaultPort() + "}:5432");
    String port = Integer.toString(service.part().defaultPort());
    String process = composed(service.part());
    assertThat(process)
        .contains("HTTP_PORT: \"" + port + "\"\n")
        .contains("INSTANCE_ID: " + service.id() + "\n")
        .contains("PGHOST: " + service.database().id() + "\n")
        .contains("PGDATABASE: " + service.databaseName() + "\n")
        .contains("PGUSER: " + service.role() + "\n")
        // Several containers of a service cannot publish the same port.
        .doesNotContain("ports:");
    assertThat(Files.readString(ROOT.resolve("docker-compose.override.yml")))
        .contains("  " + service.id() + ":\n    ports:\n")
        .contains(":-" + port + "}:" + port + "\n");
    for (Part other : Scale.SMALLEST.nodes()) {
      String url = other.role() + "_URL: http://" + other.id() + ":" + other.defaultPort() + "\n";
      assertThat(process.contains(url)).as(url).isEqualTo(service.asks().contains(other));
    }
  }

  @ParameterizedTest
  @MethodSource("services")
  void composeWithProtocolsConfiguresTheServiceAndItsDatabase(Topology.Service service)
      throws IOException {
    String override = Files.readString(ROOT.resolve("docker-compose.protocols.yml"));
    assertThat(override)
        .contains("  " + service.database().id() + ":\n    <<: *prepares\n")
        .contains("  " + service.id() + ":\n    environment:\n      <<: *protocols\n")
        .contains(
            service.part().role()
                + "_URL: http://"
                + service.id()
                + ":"
                + service.part().defaultPort()
                + "\n");
    for (Part node : Part.quorum()) {
      assertThat(override).contains("  " + node.id() + ":\n    <<: *zookeeper\n");
    }
  }

  @ParameterizedTest
  @MethodSource("services")
  void composeWithReplicasPutsTheEdgeBeforeTheService(Topology.Service service) throws IOException {
    String port = Integer.toString(Ports.shifted(0).edge(service));
    assertThat(Files.readString(ROOT.resolve("docker-compose.scale.yml")))
        .contains("  " + service.id() + ":\n    environment:\n      <<: *replica\n")
        .contains(":-" + port + "}:" + port + "\n");
    assertThat(Files.readString(ROOT.resolve("infra/edge/envoy/envoy.yaml")))
        .contains(
            "name: "
                + service.id()
                + "\n      address:\n        socket_address: {address: 0.0.0.0, port_value: "
                + port
                + "}\n")
        .contains(
            "{address: " + service.id() + ", port_value: " + service.part().defaultPort() + "}");
  }

  @Test
  void composeStartsNoOtherServiceOrDatabase() throws IOException {
    List<String> declared = new ArrayList<>();
    Topology.SERVICES.forEach(
        service -> declared.addAll(List.of(service.id(), service.database().id())));
    Matcher names = Pattern.compile("(?m)^  ([a-z]+-(?:service|db)):\\n    <<").matcher(compose());
    assertThat(names.results().map(found -> found.group(1)))
        .containsExactlyInAnyOrderElementsOf(declared);
  }

  @Test
  void connectionsPerServiceAreThoseOfPostgresConfiguration() throws IOException {
    assertThat(Files.readString(ROOT.resolve("infra/postgres/postgresql.conf")))
        .contains("\nmax_connections = " + PartCommands.CONNECTIONS + "\n");
  }

  @ParameterizedTest
  @MethodSource("services")
  void rolesOfADatabaseAreThoseOfItsInitScript(Topology.Service service) throws IOException {
    String script =
        Files.readString(ROOT.resolve("infra/postgres/initdb/01-roles-and-publication.sql"));
    for (String role : List.of(service.role(), service.owner())) {
      assertThat(role).startsWith(service.domain() + "_");
      assertThat(script).contains("service || '" + role.substring(service.domain().length()) + "'");
    }
  }

  private static String composed(Part part) throws IOException {
    Matcher block =
        Pattern.compile("(?ms)^  " + part.id() + ":\\n    <<.*?\\n\\n").matcher(compose() + "\n");
    assertThat(block.find()).as("%s in docker-compose.yml", part.id()).isTrue();
    return block.group();
  }

  private static String compose() throws IOException {
    return Files.readString(ROOT.resolve("docker-compose.yml"));
  }

  static List<Topology.Service> services() {
    return Topology.SERVICES;
  }
}
