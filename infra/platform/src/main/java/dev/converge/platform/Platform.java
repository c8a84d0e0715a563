package dev.converge.platform;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The embedded platform: starts, stops and watches its parts. Every part is a process that can be
 * killed and started alone; the state folder holds their data and survives them.
 */
public final class Platform {
  private static final Duration READY_WITHIN = Duration.ofSeconds(90);
  // A service has this long to end in order, see ServiceRunner.
  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(30);
  // All of down takes 10 s at most: what is cut short then is as after a crash, and nothing is
  // lost.
  private static final Duration SERVICES_DOWN_WITHIN = Duration.ofMillis(5_500);
  private static final Duration STORES_DOWN_WITHIN = Duration.ofMillis(2_500);
  private static final Duration PORT_FREED_WITHIN = Duration.ofSeconds(2);

  private final Layout layout;
  private final Ports ports;
  private final Passwords passwords;
  private final PartCommands commands;
  private final Processes processes;
  private final Http http = new Http();

  /**
   * @param serviceEnvironment further variables of the services, such as shorter deadlines in tests
   */
  public Platform(Layout layout, Ports ports, Map<String, String> serviceEnvironment) {
    this(layout, ports, serviceEnvironment, Map.of(), Map.of());
  }

  /**
   * @param serviceEnvironment further variables of the services, such as shorter deadlines in tests
   * @param reachedAt ports by which the parts reach some of their databases, Kafka or Connect,
   *     where a proxy is in between; the others are reached where they listen
   * @param inFront further entries of some parts' class paths, before their jars: classes in them
   *     are loaded instead of the jars' own
   */
  public Platform(
      Layout layout,
      Ports ports,
      Map<String, String> serviceEnvironment,
      Map<Part, Integer> reachedAt,
      Map<Part, List<Path>> inFront) {
    this.layout = layout;
    this.ports = ports;
    this.passwords = Passwords.from(System.getenv());
    this.commands =
        new PartCommands(
            layout,
            ports,
            passwords,
            Map.copyOf(serviceEnvironment),
            Map.copyOf(reachedAt),
            Map.copyOf(inFront));
    this.processes = new Processes(layout);
  }

  public Ports ports() {
    return ports;
  }

  /** Where its files are. */
  public Layout layout() {
    return layout;
  }

  /** Starts what does not run, and waits until all of it is ready. */
  public void up(BiConsumer<Part, Duration> onReady) {
    requireUsablePorts();
    requireUsableState();
    ports.save(layout.state());
    long begin = System.nanoTime();
    BiConsumer<Part, Duration> report =
        (part, sinceBegin) -> {
          synchronized (onReady) {
            onReady.accept(part, sinceBegin);
          }
        };
    Map<String, CompletableFuture<Void>> started = new LinkedHashMap<>();
    List<CompletableFuture<Void>> databases = new ArrayList<>();
    List<CompletableFuture<Void>> services = new ArrayList<>();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    CompletableFuture<Void> kafka = step(Part.KAFKA, begin, report, () -> start(Part.KAFKA));
    CompletableFuture<Void> connect = step(Part.CONNECT, begin, report, () -> start(Part.CONNECT));
    for (String domain : Topology.domains()) {
      started.put(domain, run(() -> start(databaseOf(domain))));
    }
    // None is changed where one of them cannot be used.
    Migrations migrations = new Migrations(layout, passwords);
    CompletableFuture<Void> usable =
        allOf(started.values())
            .thenCompose(
                done ->
                    run(
                        () ->
                            migrations.requireUsable(
                                Topology.domains().stream().map(this::database).toList())));
    for (String domain : Topology.domains()) {
      CompletableFuture<Void> migrated =
          usable.thenCompose(
              done -> step(databaseOf(domain), begin, report, () -> migrate(migrations, domain)));
      databases.add(migrated);
      services.add(
          migrated.thenCompose(
              done -> step(serviceOf(domain), begin, report, () -> start(serviceOf(domain)))));
    }
    all.addAll(services);
    // No order waits for the trace UI.
    all.add(
        allOf(services)
            .thenCompose(done -> step(Part.ZIPKIN, begin, report, () -> start(Part.ZIPKIN))));
    CompletableFuture<Void> topics = kafka.thenCompose(done -> run(() -> createTopics()));
    for (String domain : Topology.domains()) {
      all.add(
          CompletableFuture.allOf(
                  topics, connect, databases.get(Topology.domains().indexOf(domain)))
              .thenCompose(done -> run(() -> registerConnector(domain))));
    }
    try {
      allOf(all).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof PlatformException known
          ? known
          : new PlatformException(String.valueOf(e.getCause()), e);
    }
  }

  private static CompletableFuture<Void> allOf(Collection<CompletableFuture<Void>> some) {
    return CompletableFuture.allOf(some.toArray(CompletableFuture[]::new));
  }

  /** Refuses data that this version cannot use, before anything is started. */
  private void requireUsableState() {
    StateVersion.claim(layout);
    boolean unused = isKafkaFormatted();
    for (String domain : Topology.domains()) {
      server(databaseOf(domain)).requireUsable();
    }
  }

  private boolean isKafkaFormatted() {
    return StateVersion.requireUsableKafka(layout.data(Part.KAFKA.id()), KafkaMain.CLUSTER_ID);
  }

  private static CompletableFuture<Void> step(
      Part part, long begin, BiConsumer<Part, Duration> report, Runnable work) {
    return run(work)
        .thenAccept(done -> report.accept(part, Duration.ofNanos(System.nanoTime() - begin)));
  }

  // A thread each: they wait for processes, and would starve a pool as wide as a small machine.
  private static CompletableFuture<Void> run(Runnable work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
                done.complete(null);
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            },
            "up");
    thread.setDaemon(true);
    thread.start();
    return done;
  }

  /** As {@link #start}; a database then has its service's tables, too. */
  public void startWithTables(Part part) {
    start(part);
    if (part.isDatabase()) {
      migrate(new Migrations(layout, passwords), part.domain());
    }
  }

  private void migrate(Migrations migrations, String domain) {
    migrations.run(database(domain));
    RepairFunctions.addTo(database(domain), layout, passwords.superuser());
  }

  /**
   * Starts one part, unless it runs, and waits until it is ready. A database that runs already is
   * checked like one that does not: an earlier start may have failed half-way.
   */
  public void start(Part part) {
    if (!isRunning(part)) {
      requireFreePorts(List.of(part));
      if (part.isDatabase()) {
        server(part).prepare();
      } else if (part == Part.KAFKA && !isKafkaFormatted()) {
        // The broker formats it as it starts; what an earlier one left of that may be torn.
        Layout.delete(layout.data(Part.KAFKA.id()));
      }
      processes.start(
          part,
          commands.command(part),
          PartEnvironment.of(part, System.getenv(), commands.environment(part)));
    }
    awaitReady(part);
    if (part.isDatabase()) {
      server(part).ensureDatabase();
    }
  }

  /** Kills a part, as a crash would. */
  public void kill(Part part) {
    processes.kill(part);
  }

  /** Stops a part and all it has started where they are, as a long pause of the machine would. */
  public void pause(Part part) {
    processes.signalFamily(part, "STOP");
  }

  /** Lets a part that was paused go on. */
  public void resume(Part part) {
    processes.signalFamily(part, "CONT");
  }

  /** Lets a part end in order. */
  public void stop(Part part) {
    processes.stop(part, STOPPED_WITHIN);
  }

  /** Stops everything, and what other threads were about to start; nothing starts any more. */
  public void downForGood() {
    processes.refuseStarts();
    down();
  }

  /**
   * Stops everything, within ten seconds: what does not end in time is ended, as a crash would. One
   * part that cannot be ended does not keep the others.
   */
  public void down() {
    List<String> faults = Collections.synchronizedList(new ArrayList<>());
    attempt(faults, processes::endAside);
    // Nothing that is under way needs the connectors, and their databases end sooner without them.
    stopTogether(faults, SERVICES_DOWN_WITHIN, with(Topology.serviceParts(), Part.CONNECT));
    // It keeps its spans in memory alone: nothing is left to do in order.
    attempt(faults, () -> kill(Part.ZIPKIN));
    stopTogether(faults, STORES_DOWN_WITHIN, with(Topology.databaseParts(), Part.KAFKA));
    if (!faults.isEmpty()) {
      throw new PlatformException(String.join(System.lineSeparator() + "converge: ", faults));
    }
  }

  private static List<Part> with(List<Part> parts, Part another) {
    return Stream.concat(parts.stream(), Stream.of(another)).toList();
  }

  private void stopTogether(List<String> faults, Duration timeout, List<Part> parts) {
    CompletableFuture.allOf(
            parts.stream()
                .map(part -> run(() -> attempt(faults, () -> processes.stop(part, timeout))))
                .toArray(CompletableFuture[]::new))
        .join();
  }

  private static void attempt(List<String> faults, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      faults.add(e instanceof PlatformException ? String.valueOf(e.getMessage()) : e.toString());
    }
  }

  /**
   * Makes, aside and with low priority, the archives that let later starts load their classes
   * quickly; {@link #down} ends that.
   */
  void archiveClasses() {
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
          "still running: "
              + String.join(", ", running.stream().map(Part::id).toList())
              + "; stop it first: ./converge down");
    }
    Layout.delete(layout.state().resolve("data"));
    Layout.delete(layout.logs());
    Layout.delete(layout.processes());
    StateVersion.forget(layout);
  }

  List<Part> runningParts() {
    return List.of(Part.values()).stream().filter(part -> isRunning(part)).toList();
  }

  /** What a part writes to its standard output and error. */
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

  /** Memory of a part in KiB; 0 where it does not run. */
  public long residentKib(Part part) {
    return process(part).map(Memory::residentKib).orElse(0L);
  }

  /** Whether a part does its work. */
  public boolean isReady(Part part) {
    return isRunning(part) && answers(part) && (!part.isDatabase() || server(part).isMade());
  }

  private void awaitReady(Part part) {
    boolean ready =
        Waits.until(
            READY_WITHIN,
            () -> {
              if (!isRunning(part)) {
                layout.sharedClasses().discardAfterFailedStart(part);
                throw new PlatformException(
                    part.id()
                        + " has ended; its log: "
                        + layout.log(part.id())
                        + layout.lastLines(part.id()));
              }
              return answers(part);
            });
    if (!ready) {
      throw new PlatformException(
          part.id()
              + " is not ready after "
              + READY_WITHIN.toSeconds()
              + " s; its log: "
              + layout.log(part.id())
              + layout.lastLines(part.id()));
    }
  }

  private boolean answers(Part part) {
    return switch (part.kind()) {
      case DATABASE -> server(part).answersQueries();
      case KAFKA -> !PortOwners.isFree(ports.of(part));
      case CONNECT -> http.isUp(ports.url(part) + "/connectors");
      case ZIPKIN -> http.isUp(ports.url(part) + "/health");
      case SERVICE -> http.isUp(ports.url(part) + "/readyz");
    };
  }

  private DatabaseServer server(Part part) {
    return new DatabaseServer(part, database(part.domain()), layout, passwords);
  }

  private void createTopics() {
    Topics.create("127.0.0.1:" + ports.of(Part.KAFKA), layout.infra("kafka/topics.properties"));
  }

  /**
   * Brings a running database to what the outbox alone needs, with no service's tables, and has its
   * messages published: for the tests of the outbox, which must be on the class path.
   */
  public void provisionOutbox(String domain) {
    new Migrations(layout, passwords).runOutbox(database(domain));
    createTopics();
    registerConnector(domain);
  }

  /** The password of a service's role in its database. */
  public String servicePassword() {
    return passwords.service();
  }

  private void registerConnector(String domain) {
    // One that is paused does not keep the platform from starting; it says so.
    boolean unused =
        new Connectors(ports.url(Part.CONNECT), http)
            .register(layout.infra("debezium/" + Topology.service(domain).connector() + ".json"));
  }

  /** The database of a service. */
  Database database(String domain) {
    return new Database(
        domain, Topology.service(domain).databaseName(), "127.0.0.1", ports.of(databaseOf(domain)));
  }

  /** A connection to a service's database, as its superuser: for tests and repairs. */
  public Connection connect(String domain) throws SQLException {
    return database(domain)
        .connect("postgres", passwords.superuser(), Topology.service(domain).databaseName());
  }

  /** The same to another database of that server, such as {@code postgres}. */
  public Connection connect(String domain, String database) throws SQLException {
    return database(domain).connect("postgres", passwords.superuser(), database);
  }

  /** The name of a service's database on its server. */
  public String databaseName(String domain) {
    return Topology.service(domain).databaseName();
  }

  private static Part databaseOf(String domain) {
    return Topology.service(domain).database();
  }

  private static Part serviceOf(String domain) {
    return Topology.service(domain).part();
  }

  /** Refuses ports with which nothing could start, before anything is remembered or started. */
  void requireUsablePorts() {
    ports.requireDistinct();
    requireUnmovedPorts();
    requireFreePorts(List.of(Part.values()).stream().filter(part -> !isRunning(part)).toList());
  }

  // What runs listens where it began to, and knows the others by the ports they had.
  private void requireUnmovedPorts() {
    List<Part> running = runningParts();
    List<String> moved =
        running.isEmpty() ? List.of() : Ports.load(layout.state(), 0).movedIn(ports);
    if (!moved.isEmpty()) {
      throw new PlatformException(
          "the platform runs, and its ports stay while it does ("
              + String.join(", ", moved)
              + "); stop it first: ./converge down");
    }
  }

  private void requireFreePorts(List<Part> parts) {
    Map<String, Integer> wanted = ports.byName();
    Set<String> names = parts.stream().map(Part::id).collect(Collectors.toSet());
    if (names.contains(Part.KAFKA.id())) {
      names.add(Ports.CONTROLLER_NAME);
    }
    wanted.keySet().retainAll(names);
    // The kernel closes the socket of a process that was killed a moment after the process is gone.
    if (Waits.until(
        PORT_FREED_WITHIN, () -> wanted.values().stream().allMatch(PortOwners::isFree))) {
      return;
    }
    wanted.values().removeIf(PortOwners::isFree);
    if (!wanted.isEmpty()) {
      throw new PlatformException(PortOwners.taken(wanted));
    }
  }
}
