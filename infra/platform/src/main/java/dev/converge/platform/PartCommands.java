package dev.converge.platform;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The command line and the variables of each part.
 *
 * @param scale the nodes that the parts reach
 * @param serviceEnvironment further variables of the services
 * @param reachedAt ports by which others reach a part, if they are not its own
 * @param inFront further entries of a part's class path, before its jars
 */
record PartCommands(
    Layout layout,
    Ports ports,
    Passwords passwords,
    Scale scale,
    Map<String, String> serviceEnvironment,
    Map<Part, Integer> reachedAt,
    Map<Part, List<Path>> inFront) {

  PartCommands scaledTo(Scale wanted) {
    return new PartCommands(
        layout, ports, passwords, wanted, serviceEnvironment, reachedAt, inFront);
  }

  /** The connections of a database with one service: {@code postgresql.conf}. */
  static final int CONNECTIONS = 60;

  /** The command line. */
  List<String> command(Part part) {
    return switch (part.kind()) {
      case DATABASE -> postgres(part);
      case KAFKA -> kafka(part);
      case CONNECT -> connect(part);
      case ZIPKIN -> zipkin();
      case ZOOKEEPER -> zookeeper(part);
      case SUPERVISOR -> supervisor(part);
      case CONSOLE ->
          java(
              part,
              "dev.converge.console.ConsoleMain",
              List.of(
                  "-Xms8m",
                  "-Xmx40m",
                  "-Xmn4m",
                  "-XX:MinHeapFreeRatio=10",
                  "-XX:MaxHeapFreeRatio=20",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  // Two of Netty's arenas would hold what one page needs.
                  "-Dio.netty.allocator.numDirectArenas=1",
                  "-Dio.netty.allocator.numHeapArenas=1",
                  "-Dio.netty.jfr.enabled=false",
                  "-Dlogback.configurationFile=console-logback.xml"),
              List.of());
      case SERVICE ->
          java(
              part,
              Topology.of(part).mainClass(),
              List.of("-Xms160m", "-Xmx224m", "-Xmn96m", "-XX:SurvivorRatio=4", "-XX:+UseSerialGC"),
              List.of());
      case EDGE ->
          java(
              part,
              "dev.converge.edge.EdgeMain",
              List.of("-Xms48m", "-Xmx128m", "-XX:+UseSerialGC"),
              List.of());
    };
  }

  private List<String> postgres(Part part) {
    Path data = layout.data(part.id());
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-D",
                data.toString(),
                "-c",
                mark(part).setting(),
                "-c",
                "config_file=" + layout.infra("postgres/postgresql.conf"),
                "-c",
                "hba_file=" + data.resolve("pg_hba.conf"),
                "-c",
                "ident_file=" + data.resolve("pg_ident.conf"),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "port=" + nodePorts().of(part),
                "-c",
                "unix_socket_directories="));
    int services = scale.of(Topology.of(part).part().role());
    if (services > 1) {
      arguments.addAll(List.of("-c", "max_connections=" + CONNECTIONS * services));
    }
    if (hasProtocols()) {
      arguments.addAll(List.of("-c", "max_prepared_transactions=256"));
      arguments.addAll(List.of("-c", "track_commit_timestamp=on"));
    }
    return PostgresBinaries.unpack(layout).command("postgres", arguments);
  }

  NodePorts nodePorts() {
    return new NodePorts(layout, ports, scale);
  }

  private List<String> supervisor(Part part) {
    return java(
        part,
        "dev.converge.platform.SupervisorMain",
        List.of("-Xms24m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        List.of(
            layout.root().toString(), layout.state().toString(), Integer.toString(ports.of(part))));
  }

  private boolean hasProtocols() {
    return Protocols.isOn(layout.state());
  }

  private List<String> zookeeper(Part part) {
    List<String> arguments = new ArrayList<>();
    arguments.add(layout.data(part.id()).toString());
    arguments.add(Integer.toString(ports.of(part)));
    arguments.add(Integer.toString(Part.quorum().indexOf(part) + 1));
    for (Part node : Part.quorum()) {
      arguments.add("127.0.0.1:" + ports.quorum(node) + ":" + ports.election(node));
    }
    return java(
        part,
        "dev.converge.zookeeper.ZooKeeperMain",
        List.of("-Xms24m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        arguments);
  }

  private List<String> kafka(Part broker) {
    return java(
        broker,
        "dev.converge.platform.KafkaMain",
        List.of("-Xms160m", "-Xmx320m", "-Xmn80m", "-XX:+UseSerialGC"),
        List.of(
            layout.infra("kafka/server.properties").toString(),
            layout.data(broker.id()).toString(),
            Integer.toString(broker.ordinal()),
            voters(),
            Integer.toString(ports.of(broker)),
            Integer.toString(ports.controller(broker)),
            Integer.toString(reached(broker))));
  }

  // The controllers, as the brokers take them. Their number stays as long as the data.
  private String voters() {
    return scale.nodes(Role.KAFKA).stream()
        .map(broker -> broker.ordinal() + "@127.0.0.1:" + ports.controller(broker))
        .collect(Collectors.joining(","));
  }

  private List<String> connect(Part worker) {
    return java(
        worker,
        "dev.converge.platform.ConnectMain",
        List.of("-Xms192m", "-Xmx384m", "-Xmn128m", "-XX:+UseSerialGC"),
        List.of(
            layout.infra("debezium/connect-distributed.properties").toString(),
            bootstrapServers(),
            Integer.toString(ports.of(worker)),
            Integer.toString(scale.of(Role.KAFKA))));
  }

  private List<String> zipkin() {
    return java(
        Part.ZIPKIN,
        "org.springframework.boot.loader.launch.JarLauncher",
        List.of(
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Darmeria.ports[0].address=127.0.0.1",
            "-Darmeria.ports[0].port=" + ports.of(Part.ZIPKIN),
            "-Darmeria.ports[0].protocols[0]=http"),
        List.of());
  }

  /** The variables beside those that {@link PartEnvironment} keeps of the shell. */
  Map<String, String> environment(Part part) {
    Map<String, String> environment = new TreeMap<>();
    if (part.isBroker() || part.role() == Role.CONNECT) {
      environment.put("LOG_LEVEL", "WARN");
    }
    if (part == Part.ZIPKIN) {
      // It keeps the spans in its heap, and must drop the oldest before the heap is full. It
      // refuses spans that arrive faster than it can store them; otherwise, requests would pile up
      // there.
      environment.put("MEM_MAX_SPANS", "20000");
      environment.put("STORAGE_THROTTLE_ENABLED", "true");
      environment.put("STORAGE_THROTTLE_MIN_CONCURRENCY", "1");
      environment.put("STORAGE_THROTTLE_MAX_CONCURRENCY", "2");
      environment.put("STORAGE_THROTTLE_MAX_QUEUE_SIZE", "8");
    }
    if (part.role() == Role.CONNECT) {
      for (Part database : Topology.databaseParts()) {
        environment.put(database.role() + "_HOST", "127.0.0.1");
        environment.put(database.role() + "_PORT", Integer.toString(reached(database)));
      }
      environment.put("DEBEZIUM_PASSWORD", passwords.debezium());
    }
    if (part.isSupervisor()) {
      environment.put("POSTGRES_PASSWORD", passwords.superuser());
    }
    if (part.isService()) {
      Topology.Service service = Topology.of(part);
      environment.putAll(serviceEnvironment);
      environment.put("HTTP_HOST", "127.0.0.1");
      environment.put("HTTP_PORT", Integer.toString(ports.of(part)));
      environment.put("PGHOST", "127.0.0.1");
      environment.put("PGPORT", Integer.toString(reached(service.database())));
      environment.put("PGDATABASE", service.databaseName());
      environment.put("PGUSER", service.role());
      environment.put("PGPASSWORD", passwords.service());
      environment.putIfAbsent("INSTANCE_ID", part.id());
      if (part.role() == Role.ORDER_SERVICE && nodePorts().hasStandbys(Role.ORDER_DB)) {
        environment.put("READ_REPLICAS", each("127.0.0.1:", portsOfStandbys(Role.ORDER_DB)));
      }
      environment.put("KAFKA_BOOTSTRAP_SERVERS", bootstrapServers());
      environment.put("CONNECT_URL", each("http://127.0.0.1:", scale.nodes(Role.CONNECT)));
      for (Part asked : hasProtocols() ? Topology.serviceParts() : service.asks()) {
        environment.put(asked.role() + "_URL", askedAt(asked));
      }
      if (hasProtocols()) {
        environment.put("PROTOCOLS", "on");
        environment.put("ZOOKEEPER", each("127.0.0.1:", Part.quorum()));
      }
      environment.put("OTEL_TRACES_EXPORTER", "zipkin");
      environment.put("OTEL_EXPORTER_ZIPKIN_ENDPOINT", ports.url(Part.ZIPKIN) + "/api/v2/spans");
      environment.put("TRACE_URL", traceUrl("{traceId}"));
    }
    if (part.isConsole()) {
      environment.putAll(console());
    }
    if (part == Part.EDGE) {
      environment.put("HTTP_HOST", "127.0.0.1");
      environment.put("EDGE_MANAGEMENT_PORT", Integer.toString(ports.edgeManagement()));
      environment.put("EDGE_POLICY", EdgePolicy.load(layout.state()));
      environment.put("EDGE_ROUTES", edgeRoutes());
    }
    return environment;
  }

  /** The address at which services ask another: the edge, if that has several nodes. */
  private String askedAt(Part service) {
    return scale.of(service.role()) > 1
        ? ports.edgeUrl(Topology.of(service))
        : "http://127.0.0.1:" + reached(service);
  }

  // At the port of the first node the primary listens, whichever node that is; at the others,
  // standbys.
  private List<Part> portsOfStandbys(Role database) {
    return scale.nodes(database).stream().filter(node -> !node.isFirst()).toList();
  }

  // With several nodes, it reads and writes where clients do: at the edge.
  private Map<String, String> console() {
    Map<String, String> environment = new TreeMap<>();
    // Each thread's own heap of the C library would count as memory of the process.
    environment.put("MALLOC_ARENA_MAX", "1");
    environment.put("MALLOC_TRIM_THRESHOLD_", "65536");
    environment.put("HTTP_HOST", "127.0.0.1");
    environment.put("HTTP_PORT", Integer.toString(ports.of(Part.CONSOLE)));
    environment.put("POSTGRES_PASSWORD", passwords.superuser());
    environment.put("OWNER_PASSWORD", passwords.owner());
    environment.put("SERVICE_PASSWORD", passwords.service());
    environment.put("DEBEZIUM_PASSWORD", passwords.debezium());
    environment.put("CONVERGE_ROOT", layout.root().toString());
    environment.put("CONVERGE_STATE", layout.state().toString());
    environment.put("CONSOLE_TOKEN", ConsoleToken.read(layout.state()).orElse(""));
    environment.put("CONSOLE_PARTS", probes());
    environment.put("KAFKA_BOOTSTRAP_SERVERS", bootstrapServers());
    environment.put("CONNECT_URL", each("http://127.0.0.1:", scale.nodes(Role.CONNECT)));
    environment.put("TRACES_URL", ports.url(Part.ZIPKIN) + "/zipkin");
    environment.put("TRACE_URL", traceUrl("{traceId}"));
    for (Topology.Service service : Topology.SERVICES) {
      environment.put(
          service.part().role() + "_URL",
          scale.hasReplicas() ? ports.edgeUrl(service) : ports.url(service.part()));
    }
    return environment;
  }

  // How the console observes each part.
  private String probes() {
    return scale.nodes().stream()
        .filter(part -> !part.isZooKeeper() || hasProtocols())
        .map(part -> part.id() + "=" + probe(part))
        .collect(Collectors.joining(","));
  }

  private String probe(Part part) {
    return switch (part.kind()) {
      case DATABASE, KAFKA, ZOOKEEPER -> "tcp://127.0.0.1:" + nodePorts().of(part);
      case CONNECT -> ports.url(part) + "/connectors";
      case ZIPKIN -> ports.url(part) + "/health";
      case EDGE -> ports.edgeManagementUrl() + "/readyz";
      case SERVICE, SUPERVISOR, CONSOLE -> ports.url(part) + "/readyz";
    };
  }

  private String edgeRoutes() {
    return Topology.SERVICES.stream()
        .map(service -> service.id() + ":" + ports.edge(service) + "=" + replicas(service))
        .collect(Collectors.joining(","));
  }

  private String replicas(Topology.Service service) {
    return scale.nodes(service.part().role()).stream()
        .map(node -> "127.0.0.1:" + reached(node))
        .collect(Collectors.joining("|"));
  }

  private String bootstrapServers() {
    return each("127.0.0.1:", scale.nodes(Role.KAFKA));
  }

  /** The addresses by which the other parts reach some parts, with commas. */
  private String each(String prefix, List<Part> parts) {
    return parts.stream().map(part -> prefix + reached(part)).collect(Collectors.joining(","));
  }

  /** The port by which the other parts reach a part. */
  private int reached(Part part) {
    Integer elsewhere = reachedAt.get(part);
    return elsewhere == null ? ports.of(part) : elsewhere;
  }

  /** The address of a trace in the trace UI. */
  String traceUrl(String traceId) {
    return ports.url(Part.ZIPKIN) + "/zipkin/traces/" + traceId;
  }

  private List<String> java(Part part, String main, List<String> options, List<String> arguments) {
    List<Path> jars = jars(part);
    List<Path> first = inFront.getOrDefault(part, List.of());
    String classPath = classPath(Stream.concat(first.stream(), jars.stream()).toList());
    List<String> command = new ArrayList<>();
    command.add(javaProgram());
    command.add(mark(part).javaArgument());
    command.addAll(options);
    if (first.isEmpty() && !part.isZooKeeper() && !part.isSupervisor()) {
      // The archive is of the jars alone: it must not hide the entries before them, nor store those
      // entries for a start without them.
      command.addAll(layout.sharedClasses().options(part, jars));
    }
    if (!part.isBroker()) {
      // The broker refuses a record that it has no memory for, and continues, as under its own
      // scripts.
      command.add("-XX:+ExitOnOutOfMemoryError");
    }
    command.add("-XX:-OmitStackTraceInFastThrow");
    command.addAll(List.of("-cp", classPath, main));
    command.addAll(arguments);
    return command;
  }

  private ProcessMark mark(Part part) {
    Map<String, Integer> byName = ports.byName();
    List<Integer> listening = new ArrayList<>();
    // A mark names the port of the part, wherever a database's node listens at the moment.
    Ports.listeners(part).forEach(name -> listening.add(byName.get(name)));
    return new ProcessMark(part.id(), ProcessMark.stateOf(layout.state()), listening);
  }

  /** The arguments of {@link SharedClasses#SCRIPT} for the archives that do not exist yet. */
  List<String> archiving() {
    List<String> arguments = new ArrayList<>(List.of(javaProgram()));
    List<Part> first = new ArrayList<>(scale.nodes().stream().filter(Part::isFirst).toList());
    // Its classes are listed only if it has run.
    first.add(Part.CONSOLE);
    for (Part part : first) {
      List<Path> jars =
          part.isDatabase() || part.isZooKeeper() || part.isSupervisor() ? List.of() : jars(part);
      SharedClasses shared = layout.sharedClasses();
      if (!jars.isEmpty() && shared.isListed(part) && !shared.isFresh(part, jars)) {
        SharedClasses.Archiving archiving = shared.archiving(part);
        arguments.addAll(
            List.of(
                archiving.list().toString(),
                archiving.unfinished().toString(),
                archiving.archive().toString(),
                classPath(jars)));
      }
    }
    return arguments.size() == 1 ? List.of() : arguments;
  }

  private static String javaProgram() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static String classPath(List<Path> jars) {
    return jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
  }

  private List<Path> jars(Part part) {
    return switch (part.kind()) {
      case DATABASE -> List.of();
      case KAFKA, CONNECT, SUPERVISOR -> layout.platformJars();
      case ZIPKIN -> List.of(layout.zipkinServer());
      case ZOOKEEPER -> layout.zookeeperJars();
      case EDGE -> layout.edgeJars();
      case CONSOLE -> layout.consoleJars();
      case SERVICE ->
          Stream.concat(
                  layout.serviceJars(part.role().id()).stream(),
                  layout.zipkinExporterJars().stream())
              .toList();
    };
  }
}
