package dev.converge.platform;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * The embedded platform: starts, stops and watches its parts. Every part is a process that can be
 * killed and started alone; the state folder holds their data and survives them.
 */
public final class Platform {
  // A service has this long to end in order, see ServiceRunner.
  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(30);

  private final Layout layout;
  private final Ports ports;
  private final Passwords passwords;
  private final PartCommands commands;
  private final Map<Part, Map<String, String>> environmentOf;
  private final Scale scale;
  private final Processes processes;
  private final PortChecks portChecks;
  private final NodePorts nodePorts;
  private final Databases databases;
  private final MessagingSetup messaging;
  private final Readiness readiness;

  /**
   * @param serviceEnvironment further variables of the services, such as shorter deadlines in tests
   */
  public Platform(Layout layout, Ports ports, Map<String, String> serviceEnvironment) {
    this(layout, ports, serviceEnvironment, Map.of(), Map.of());
  }

  /**
   * @param serviceEnvironment further variables of the services, such as shorter deadlines in tests
   * @param reachedAt ports by which the parts reach some of their databases, Kafka or Connect, if a
   *     proxy is in between; they reach the others directly
   * @param inFront further entries of some parts' class paths, before their jars: their classes
   *     replace those of the jars
   */
  public Platform(
      Layout layout,
      Ports ports,
      Map<String, String> serviceEnvironment,
      Map<Part, Integer> reachedAt,
      Map<Part, List<Path>> inFront) {
    this(layout, ports, serviceEnvironment, reachedAt, inFront, Map.of());
  }

  /**
   * @param environmentOf further variables of single parts; they replace those that the platform
   *     sets, such as the addresses of other services
   */
  public Platform(
      Layout layout,
      Ports ports,
      Map<String, String> serviceEnvironment,
      Map<Part, Integer> reachedAt,
      Map<Part, List<Path>> inFront,
      Map<Part, Map<String, String>> environmentOf) {
    this(
        new PartCommands(
            layout,
            ports,
            Passwords.from(System.getenv()),
            Scale.load(layout.state()),
            Map.copyOf(serviceEnvironment),
            Map.copyOf(reachedAt),
            Map.copyOf(inFront)),
        environmentOf);
  }

  private Platform(PartCommands commands, Map<Part, Map<String, String>> environmentOf) {
    this.layout = commands.layout();
    this.ports = commands.ports();
    this.passwords = commands.passwords();
    this.commands = commands;
    this.scale = commands.scale();
    this.environmentOf = Map.copyOf(environmentOf);
    this.processes = new Processes(layout);
    Http http = new Http();
    this.nodePorts = commands.nodePorts();
    this.portChecks =
        new PortChecks(layout.state(), ports, part -> isRunning(nodePorts.listenerAt(part)));
    this.databases = new Databases(nodePorts, passwords);
    this.messaging = new MessagingSetup(layout, ports, scale, http);
    this.readiness = new Readiness(scale, layout, ports, databases, http, this::isRunning);
  }

  /** The same platform with other numbers of nodes, from the next {@link #up} on. */
  public Platform scaledTo(Scale wanted) {
    return new Platform(commands.scaledTo(wanted), environmentOf);
  }

  /**
   * The variables of a broker that has a further listener: clients that begin there stay there.
   *
   * @param reachedAt the port by which they reach it, if a proxy is in between
   */
  public static Map<String, String> outsideListener(int port, int reachedAt) {
    return Map.of(KafkaMain.OUTSIDE, port + ":" + reachedAt);
  }

  /**
   * The variables of a broker that the others reach by its name, at a listener for them alone, so
   * that each of them can have a link of its own to it and to its controller.
   *
   * @param hosts a file with the address of each broker's name, as this broker resolves it
   */
  public static Map<String, String> linkedBroker(int port, Path hosts) {
    return Map.of(
        KafkaMain.BETWEEN,
        Integer.toString(port),
        "JDK_JAVA_OPTIONS",
        // Quoted, because it is split at blanks.
        "\"-Djdk.net.hosts.file=" + hosts + "\"");
  }

  /** How many nodes each role has. */
  public Scale scale() {
    return scale;
  }

  public Ports ports() {
    return ports;
  }

  /** The folders and files of the platform. */
  public Layout layout() {
    return layout;
  }

  /** Refuses ports with which a part could not start, before anything is stored or started. */
  void requireUsablePorts() {
    portChecks.requireUsable(parts());
  }

  /**
   * From the next start on, the services offer other protocols than the saga, the databases can
   * prepare transactions, and a quorum runs. Kept in the state folder until {@link #down}.
   */
  public void enableProtocols() {
    if (!hasProtocols() && !runningParts().isEmpty()) {
      throw new PlatformException(
          "the platform runs without protocols; stop it first: ./converge down");
    }
    Protocols.turnOn(layout.state());
  }

  /** From its next start on, the edge selects nodes by this policy. A running edge is stopped. */
  public void useEdgePolicy(String name) {
    requireUsableEdgePolicy(name);
    if (!name.equals(EdgePolicy.load(layout.state()))) {
      EdgePolicy.save(layout.state(), name);
      stop(Part.EDGE);
    }
  }

  /** Refuses an unknown policy, and any if no edge runs. */
  void requireUsableEdgePolicy(String name) {
    EdgePolicy.requireKnown(name);
    if (!scale.hasReplicas()) {
      throw new PlatformException(
          "the edge runs only before several nodes of a service; add --scale SERVICE=N");
    }
  }

  /** Whether the platform runs with protocols other than the saga. */
  public boolean hasProtocols() {
    return Protocols.isOn(layout.state());
  }

  /** Every node of the platform, whether it runs or not: also the quorum, and the console. */
  public List<Part> nodes() {
    return hasConsole()
        ? Stream.concat(scale.nodes().stream(), Stream.of(Part.CONSOLE)).toList()
        : scale.nodes();
  }

  /** The addresses of Kafka, as its clients take them. */
  public String bootstrapServers() {
    return ports.addresses(scale.nodes(Role.KAFKA));
  }

  /**
   * The parts that run together: without protocols no quorum, without standbys no supervisor, and
   * the console only if it is on.
   */
  public List<Part> parts() {
    return nodes().stream().filter(part -> !part.isZooKeeper() || hasProtocols()).toList();
  }

  /**
   * From the next start on, the console runs, with a new token. Kept in the state folder until
   * {@link #down}. A running console is stopped, because it has another token.
   */
  public void enableConsole() {
    stop(Part.CONSOLE);
    ConsoleToken.issue(layout.state());
  }

  /** From the next start on, the console does not run. A running one is stopped. */
  public void disableConsole() {
    stop(Part.CONSOLE);
    ConsoleToken.forget(layout.state());
  }

  /** Whether the console is one of the parts. */
  public boolean hasConsole() {
    return ConsoleToken.read(layout.state()).isPresent();
  }

  /** The address of the console, with the token that its writes need. */
  public String consoleLink() {
    return ports.url(Part.CONSOLE)
        + "/"
        + ConsoleToken.read(layout.state()).map(token -> "#t=" + token).orElse("");
  }

  /** Whether a database has standbys. */
  public boolean hasStandbys() {
    return scale.hasStandbys();
  }

  /** Whether the loss of any primary, with its disk, loses nothing: not without standbys. */
  public boolean isProtected() {
    return hasStandbys() && Protection.of(this).all();
  }

  /** Where a part listens now: a promoted node of a database has the port of its former primary. */
  int port(Part part) {
    return nodePorts.of(part);
  }

  /** The node of a database that accepts writes. */
  public Part primary(Role database) {
    return nodePorts.primary(database);
  }

  /**
   * Starts the parts that do not run, and waits until all of them are ready.
   *
   * @param onReady is called for one part at a time, with the time since the start
   */
  public void up(BiConsumer<Part, Duration> onReady) {
    requireUsableScale();
    requireUsablePorts();
    requireUsableState();
    if (!scale.equals(Scale.load(layout.state()))) {
      // A running edge, or supervisor, knows the nodes of its own start only.
      stop(Part.EDGE);
      stop(Part.SUPERVISOR);
    }
    store();
    List<Part> quorum = hasProtocols() ? Part.quorum() : List.of();
    List<Part> console = hasConsole() ? List.of(Part.CONSOLE) : List.of();
    new PlatformStart(this::start, databases, messaging, onReady)
        .run(scale, quorum, console, nodePorts);
  }

  private void store() {
    ports.save(layout.state());
    scale.save(layout.state());
    for (Part database : Topology.databaseParts()) {
      if (DatabaseNodes.isStored(layout.state(), database.role())) {
        storeSize(database.role());
      }
    }
  }

  // With the lock: the supervisor may be running, and change them.
  private void storeSize(Role database) {
    DatabaseLock.holding(
        layout,
        database,
        () -> {
          DatabaseNodes resized = nodePorts.resized(database);
          if (!resized.equals(nodePorts.nodes(database))) {
            nodePorts.save(database, resized);
          }
        });
  }

  /**
   * Refuses a scale that the data or the running parts do not fit. The brokers' quorum is static,
   * and topics keep their copies, so that the number of brokers stays as long as the data.
   */
  void requireUsableScale() {
    Topology.databaseParts().forEach(database -> nodePorts.resized(database.role()));
    Scale before = Scale.load(layout.state());
    if (before.of(Role.KAFKA) != scale.of(Role.KAFKA)
        && before.nodes(Role.KAFKA).stream().anyMatch(this::hasData)) {
      throw new PlatformException(
          "the data in "
              + layout.state()
              + " have been written with --brokers "
              + before.of(Role.KAFKA)
              + ", which stays; to start with other brokers and without the data: ./converge down;"
              + " ./converge up --fresh --brokers "
              + scale.of(Role.KAFKA));
    }
    List<Part> dropped =
        before.nodes().stream().filter(part -> !nodes().contains(part) && isRunning(part)).toList();
    if (!dropped.isEmpty()) {
      throw new PlatformException(
          "still running: " + Part.ids(dropped) + "; stop it first: ./converge down");
    }
  }

  private boolean hasData(Part part) {
    return Files.exists(layout.data(part.id()));
  }

  /** Refuses data that this version cannot use, before anything is started. */
  private void requireUsableState() {
    StateVersion.claim(layout);
    scale.nodes(Role.KAFKA).forEach(this::isFormatted);
    databases.requireUsableData();
  }

  private boolean isFormatted(Part broker) {
    return StateVersion.requireUsableKafka(
        layout.data(broker.id()), KafkaMain.CLUSTER_ID, broker.ordinal());
  }

  /** As {@link #start}; a database then has its service's tables, too. */
  public void startWithTables(Part part) {
    start(part);
    if (part.isDatabase()) {
      databases.migrate(part.domain());
    }
  }

  /**
   * Starts one part, unless it runs, and waits until it is ready. A database that runs already is
   * checked like one that does not: an earlier start may have failed half-way.
   */
  public void start(Part part) {
    requirePart(part);
    if (part.isDatabase() && nodePorts.hasStandbys(part.role())) {
      cluster(part.role()).start(part);
      return;
    }
    if (!isRunning(part)) {
      prepare(part);
      launch(part);
    }
    readiness.await(part);
    if (part.isDatabase()) {
      databases.server(part).ensureDatabase();
      if (DatabaseNodes.isStored(layout.state(), part.role())) {
        cluster(part.role()).runAlone(part);
      }
    }
  }

  private void launch(Part part) {
    portChecks.requireFree(List.of(nodePorts.portOwner(part)));
    processes.start(
        part, commands.command(part), PartEnvironment.of(part, System.getenv(), environment(part)));
  }

  DatabaseCluster cluster(Role database) {
    return new DatabaseCluster(database, nodePorts, databases, passwords, processes, this::launch);
  }

  /** The supervisor of the databases that have standbys. */
  Supervisor supervisor() {
    return new Supervisor(
        nodePorts,
        Topology.databaseParts().stream()
            .map(Part::role)
            .filter(nodePorts::hasStandbys)
            .map(this::cluster)
            .toList());
  }

  /**
   * Makes a standby the primary of a database, as planned: nothing is lost, and no order is refused
   * for longer than the former primary takes to stop. That becomes a standby.
   */
  public void failover(Role database) {
    if (!nodePorts.hasStandbys(database)) {
      throw new PlatformException(
          database.id() + " has no standby; start with: ./converge up --standbys 1");
    }
    Part former = primary(database);
    new PlannedFailover(cluster(database)).run();
    start(former);
  }

  private void requirePart(Part part) {
    if (part == Part.EDGE && !nodes().contains(part)) {
      throw new PlatformException(
          "edge runs only before several nodes of a service: ./converge up --scale SERVICE=N");
    }
    if (part.isSupervisor() && !nodes().contains(part)) {
      throw new PlatformException(
          part.id() + " runs only with standbys: ./converge up --standbys 1");
    }
    if (part.isConsole() && !hasConsole()) {
      throw new PlatformException(
          part.id() + " was left out by --no-console; with it: ./converge up");
    }
    if (!nodes().contains(part)) {
      throw new PlatformException(
          part.id() + " is not one of this platform's parts: " + Part.ids(parts()));
    }
    if (!parts().contains(part)) {
      throw new PlatformException(
          part.id() + " runs only with protocols: ./converge up --protocols");
    }
  }

  private Map<String, String> environment(Part part) {
    Map<String, String> environment = new TreeMap<>(commands.environment(part));
    environment.putAll(environmentOf.getOrDefault(part, Map.of()));
    return environment;
  }

  private void prepare(Part part) {
    if (part.isSupervisor()) {
      // It reads them, and the parts may have been started one by one.
      store();
    } else if (part.isDatabase()) {
      databases.server(part).prepare();
    } else if (part.isBroker() && !isFormatted(part)) {
      // The broker formats its folder when it starts; an earlier attempt may have left a part of
      // it.
      Layout.delete(layout.data(part.id()));
    }
  }

  /** Kills a part, as a crash would. */
  public void kill(Part part) {
    processes.kill(part);
  }

  /** Kills a part and deletes its data, as the loss of its disk would. */
  public void loseDisk(Part part) {
    kill(part);
    Layout.delete(layout.data(part.id()));
  }

  /** Kills every part, as a loss of power would. */
  public void killAll() {
    kill(Part.SUPERVISOR);
    kill(Part.CONSOLE);
    for (Part part : nodes()) {
      kill(part);
    }
  }

  /** Pauses a part and its child processes, as a pause of the machine would. */
  public void pause(Part part) {
    processes.signalFamily(part, "STOP");
  }

  /** Whether a part is paused; false where the system does not report it. */
  public boolean isPaused(Part part) {
    return process(part).filter(Processes::isStoppedBySignal).isPresent();
  }

  /** Resumes a part that was paused. */
  public void resume(Part part) {
    processes.signalFamily(part, "CONT");
  }

  /** Stops a part in order. */
  public void stop(Part part) {
    processes.stop(part, STOPPED_WITHIN);
  }

  /**
   * Stops everything, including parts that other threads are about to start; nothing can be started
   * afterwards.
   */
  public void downForGood() {
    processes.refuseStarts();
    down();
  }

  /**
   * Stops everything within ten seconds. Turns protocols off, unless a database may still hold
   * prepared transactions, tried branches or divergences that are not acknowledged.
   */
  public void down() {
    AtomicBoolean mayHoldOpen = new AtomicBoolean(true);
    new PlatformStop(
            processes,
            scale,
            () -> mayHoldOpen.set(hasProtocols() && OpenBranches.mayExist(layout, passwords)))
        .run();
    ConsoleToken.forget(layout.state());
    if (hasProtocols() && (mayHoldOpen.get() || !Protocols.turnOff(layout))) {
      System.out.println(
          "Branches of transactions may be in doubt, or have diverged: the next start has protocols"
              + " on, to end or report them.");
    }
  }

  /**
   * Creates the archives that let later starts load their classes quickly, in the background and
   * with low priority. {@link #down} ends that.
   */
  public void archiveClasses() {
    List<String> archiving = commands.archiving();
    if (!archiving.isEmpty()) {
      processes.endAside();
      processes.startAside(SharedClasses.SCRIPT, archiving);
    }
  }

  /** Forgets all data. Nothing may run. */
  public void forget() {
    List<Part> running = runningParts();
    if (!running.isEmpty()) {
      throw new PlatformException(
          "still running: " + Part.ids(running) + "; stop it first: ./converge down");
    }
    Layout.delete(layout.state().resolve("data"));
    Layout.delete(layout.logs());
    Layout.delete(layout.processes());
    StateVersion.forget(layout);
    Scale.forget(layout.state());
    EdgePolicy.forget(layout.state());
    DatabaseNodes.forget(layout.state());
    Protocols.turnOff(layout);
  }

  List<Part> runningParts() {
    return nodes().stream().filter(this::isRunning).toList();
  }

  /** The log of a part: its standard output and error. */
  public Path log(Part part) {
    return layout.log(part.id());
  }

  /** Whether a part's process is alive. */
  public boolean isRunning(Part part) {
    return processes.running(part).isPresent();
  }

  /** The process of a part. */
  public Optional<ProcessHandle> process(Part part) {
    return processes.running(part);
  }

  /** Memory of a part in KiB; 0 if it does not run. */
  public long residentKib(Part part) {
    return process(part).map(Memory::residentKib).orElse(0L);
  }

  /** Whether a part is ready to do its work. */
  public boolean isReady(Part part) {
    return readiness.isReady(part);
  }

  /**
   * Migrates a running database to the schema of the outbox alone, without any service's tables,
   * and registers its connector. This is for the tests of the outbox, which must be on the class
   * path.
   */
  public void provisionOutbox(String domain) {
    databases.migrateOutbox(domain);
    messaging.createTopics();
    messaging.registerConnector(Topology.service(domain));
  }

  /** The password of a service's role in its database. */
  public String servicePassword() {
    return passwords.service();
  }

  /** The database of a service. */
  Database database(String domain) {
    return databases.of(domain);
  }

  /** A connection to a service's database, as its superuser: for tests and repairs. */
  public Connection connect(String domain) throws SQLException {
    return connect(domain, databaseName(domain));
  }

  /** The same to another database of that server, such as {@code postgres}. */
  public Connection connect(String domain, String database) throws SQLException {
    return database(domain).connect("postgres", passwords.superuser(), database);
  }

  /** The same to a node of a database, such as a standby. */
  public Connection connect(Part node, String database) throws SQLException {
    return databases.node(node).connect("postgres", passwords.superuser(), database);
  }

  /** The same to one node of the database, be it the primary or a standby. */
  public Connection connectTo(Part node) throws SQLException {
    return databases
        .node(node)
        .connect("postgres", passwords.superuser(), databaseName(node.domain()));
  }

  /** The name of a service's database on its server. */
  public String databaseName(String domain) {
    return Topology.service(domain).databaseName();
  }
}
