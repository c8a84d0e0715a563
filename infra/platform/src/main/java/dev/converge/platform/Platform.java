package dev.converge.platform;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
  private static final Duration PORT_FREED_WITHIN = Duration.ofSeconds(2);

  private final Layout layout;
  private final Ports ports;
  private final Passwords passwords;
  private final Map<String, String> serviceEnvironment;
  private final Processes processes;
  private final Http http = new Http();

  /**
   * @param serviceEnvironment further variables of the services, such as shorter deadlines in tests
   */
  public Platform(Layout layout, Ports ports, Map<String, String> serviceEnvironment) {
    this.layout = layout;
    this.ports = ports;
    this.passwords = Passwords.from(System.getenv());
    this.serviceEnvironment = Map.copyOf(serviceEnvironment);
    this.processes = new Processes(layout);
  }

  public Ports ports() {
    return ports;
  }

  Layout layout() {
    return layout;
  }

  /** Starts what does not run, and waits until all of it is ready. */
  public void up(BiConsumer<Part, Duration> onReady) {
    requireFreePorts();
    ports.save(layout.state());
    long begin = System.nanoTime();
    BiConsumer<Part, Duration> report =
        (part, sinceBegin) -> {
          synchronized (onReady) {
            onReady.accept(part, sinceBegin);
          }
        };
    List<CompletableFuture<Void>> databases = new ArrayList<>();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    CompletableFuture<Void> kafka = step(Part.KAFKA, begin, report, () -> start(Part.KAFKA));
    CompletableFuture<Void> connect = step(Part.CONNECT, begin, report, () -> start(Part.CONNECT));
    for (String domain : Database.DOMAINS) {
      Part database = databaseOf(domain);
      CompletableFuture<Void> migrated =
          step(
              database,
              begin,
              report,
              () -> {
                start(database);
                new Migrations(layout, passwords).run(database(domain));
              });
      databases.add(migrated);
      all.add(
          migrated.thenCompose(
              done -> step(serviceOf(domain), begin, report, () -> start(serviceOf(domain)))));
    }
    all.add(step(Part.ZIPKIN, begin, report, () -> start(Part.ZIPKIN)));
    CompletableFuture<Void> topics = kafka.thenCompose(done -> run(() -> createTopics()));
    for (String domain : Database.DOMAINS) {
      all.add(
          CompletableFuture.allOf(topics, connect, databases.get(Database.DOMAINS.indexOf(domain)))
              .thenCompose(done -> run(() -> registerConnector(domain))));
    }
    try {
      CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof PlatformException known
          ? known
          : new PlatformException(String.valueOf(e.getCause()), e);
    }
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

  /** Starts one part, unless it runs, and waits until it is ready. */
  public void start(Part part) {
    if (processes.running(part).isPresent()) {
      return;
    }
    requireFreePort(part);
    if (part.isDatabase()) {
      startDatabase(part);
    } else {
      processes.start(part, command(part), environment(part));
    }
    awaitReady(part);
  }

  /** Starts one part without waiting for it. */
  public void startWithoutWaiting(Part part) {
    if (processes.running(part).isEmpty()) {
      requireFreePort(part);
      processes.start(part, command(part), environment(part));
    }
  }

  /** Ends a part at once, as a crash would. */
  public void kill(Part part) {
    processes.kill(part);
  }

  /** Lets a part end in order. */
  public void stop(Part part) {
    processes.stop(part, part.isService() ? Duration.ofSeconds(30) : Duration.ofSeconds(20));
  }

  /** Stops everything, the services first. */
  public void down() {
    stopTogether(List.of(Part.ORDER_SERVICE, Part.INVENTORY_SERVICE, Part.PAYMENT_SERVICE));
    stopTogether(List.of(Part.CONNECT, Part.ZIPKIN));
    stopTogether(List.of(Part.KAFKA, Part.ORDER_DB, Part.INVENTORY_DB, Part.PAYMENT_DB));
  }

  private void stopTogether(List<Part> parts) {
    CompletableFuture.allOf(
            parts.stream().map(part -> run(() -> stop(part))).toArray(CompletableFuture[]::new))
        .join();
  }

  /** Forgets all data. Nothing may run. */
  void forget() {
    List<Part> running = runningParts();
    if (!running.isEmpty()) {
      throw new PlatformException("still running: " + running + "; converge down first");
    }
    delete(layout.state().resolve("data"));
    delete(layout.logs());
    delete(layout.processes());
  }

  List<Part> runningParts() {
    return List.of(Part.values()).stream().filter(part -> isRunning(part)).toList();
  }

  /** Whether a part's process is alive. */
  public boolean isRunning(Part part) {
    return processes.running(part).isPresent();
  }

  /** The process of a part. */
  public Optional<ProcessHandle> process(Part part) {
    return processes.running(part);
  }

  /** Whether a part does its work. */
  public boolean isReady(Part part) {
    return isRunning(part) && answers(part);
  }

  private void awaitReady(Part part) {
    boolean ready =
        Waits.until(
            READY_WITHIN,
            () -> {
              if (!isRunning(part)) {
                throw new PlatformException(
                    part.id() + " has ended; its log: " + layout.log(part.id()) + lastLines(part));
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
              + lastLines(part));
    }
  }

  private boolean answers(Part part) {
    return switch (part) {
      case ORDER_DB, INVENTORY_DB, PAYMENT_DB -> answersQueries(part);
      case KAFKA -> !PortOwners.isFree(ports.of(part));
      case CONNECT -> http.isUp(ports.url(part) + "/connectors");
      case ZIPKIN -> http.isUp(ports.url(part) + "/health");
      case ORDER_SERVICE, INVENTORY_SERVICE, PAYMENT_SERVICE ->
          http.isUp(ports.url(part) + "/readyz");
    };
  }

  private boolean answersQueries(Part part) {
    Database database = database(part.domain());
    try (Connection connection = database.connect("postgres", passwords.superuser(), "postgres");
        Statement statement = connection.createStatement()) {
      return statement.execute("SELECT 1");
    } catch (SQLException notYet) {
      return false;
    }
  }

  private void startDatabase(Part part) {
    PostgresBinaries postgres = PostgresBinaries.unpack(layout);
    Path data = layout.data(part.id());
    boolean fresh = !Files.exists(data.resolve("PG_VERSION"));
    if (fresh) {
      initialize(part, postgres, data);
    }
    removeStaleLock(data.resolve("postmaster.pid"));
    processes.start(part, command(part), Map.of());
    awaitReady(part);
    // A start that was cut short between the two leaves a server without its database.
    if (fresh || !hasDatabase(part)) {
      createDatabase(part);
    }
  }

  // PostgreSQL refuses to start while the process of its lock file exists, and a killed process
  // that
  // nobody has collected exists: in a container that may be for good.
  private static void removeStaleLock(Path lock) {
    if (!Files.exists(lock)) {
      return;
    }
    try {
      long pid = Long.parseLong(Files.readAllLines(lock).get(0).strip());
      if (ProcessHandle.of(pid).filter(Processes::isAlive).isEmpty()) {
        Files.delete(lock);
      }
    } catch (IOException e) {
      throw new PlatformException("cannot read " + lock + ": " + e, e);
    }
  }

  private void initialize(Part part, PostgresBinaries postgres, Path data) {
    try {
      Files.createDirectories(data);
      Path password = Files.createTempFile(layout.state(), "password", "");
      Files.writeString(password, passwords.superuser());
      List<String> command =
          postgres.command(
              "initdb",
              List.of(
                  "--pgdata=" + data,
                  "--username=postgres",
                  "--pwfile=" + password,
                  "--auth=scram-sha-256",
                  "--encoding=UTF8",
                  "--locale=C",
                  "--no-instructions"));
      Files.createDirectories(layout.logs());
      File log = layout.log(part.id()).toFile();
      Process initdb =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
              .start();
      int exit = initdb.waitFor();
      Files.delete(password);
      if (exit != 0) {
        throw new PlatformException("initdb of " + part.id() + " failed" + lastLines(part));
      }
    } catch (IOException e) {
      throw new PlatformException("initdb of " + part.id() + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("interrupted", e);
    }
  }

  private boolean hasDatabase(Part part) {
    Database database = database(part.domain());
    try (Connection server = database.connect("postgres", passwords.superuser(), "postgres");
        var query =
            server.prepareStatement(
                "SELECT FROM pg_database WHERE datname = ? AND datconnlimit = -1")) {
      query.setString(1, database.name());
      return query.executeQuery().next();
    } catch (SQLException e) {
      throw new PlatformException(part.id() + ": " + e.getMessage(), e);
    }
  }

  // Until its initialization has committed the database takes no connection, which tells a complete
  // one from one that was cut short.
  private void createDatabase(Part part) {
    Database database = database(part.domain());
    String name = database.name();
    try (Connection server = database.connect("postgres", passwords.superuser(), "postgres");
        Statement onServer = server.createStatement()) {
      onServer.execute("DROP DATABASE IF EXISTS " + name);
      onServer.execute("CREATE DATABASE " + name + " CONNECTION LIMIT 5");
      try (Connection connection = database.connect("postgres", passwords.superuser(), name);
          Statement statement = connection.createStatement()) {
        statement.execute("SET converge.service = '" + database.domain() + "'");
        statement.execute("SET converge.owner_password = '" + passwords.owner() + "'");
        statement.execute("SET converge.service_password = '" + passwords.service() + "'");
        statement.execute("SET converge.debezium_password = '" + passwords.debezium() + "'");
        for (String file : List.of("01-roles-and-publication.sql", "02-slot.sql")) {
          statement.execute(Files.readString(layout.infra("postgres/initdb/" + file)));
        }
      }
      onServer.execute("ALTER DATABASE " + name + " CONNECTION LIMIT -1");
    } catch (SQLException | IOException e) {
      throw new PlatformException(part.id() + " cannot be initialized: " + e.getMessage(), e);
    }
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
    new Connectors(ports.url(Part.CONNECT), http)
        .register(layout.infra("debezium/" + domain + "-outbox.json"));
  }

  /** The database of {@code order}, {@code inventory} or {@code payment}. */
  Database database(String domain) {
    return new Database(domain, Database.nameOf(domain), "127.0.0.1", ports.of(databaseOf(domain)));
  }

  /** A connection to a service's database, as its superuser: for tests and repairs. */
  public Connection connect(String domain) throws SQLException {
    return database(domain).connect("postgres", passwords.superuser(), Database.nameOf(domain));
  }

  private static Part databaseOf(String domain) {
    return Part.of(domain + "-db");
  }

  private static Part serviceOf(String domain) {
    return Part.of(domain + "-service");
  }

  private List<String> command(Part part) {
    return switch (part) {
      case ORDER_DB, INVENTORY_DB, PAYMENT_DB ->
          PostgresBinaries.unpack(layout)
              .command(
                  "postgres",
                  List.of(
                      "-D", layout.data(part.id()).toString(),
                      "-c", "config_file=" + layout.infra("postgres/postgresql.conf"),
                      "-c", "hba_file=" + layout.data(part.id()).resolve("pg_hba.conf"),
                      "-c", "ident_file=" + layout.data(part.id()).resolve("pg_ident.conf"),
                      "-c", "listen_addresses=127.0.0.1",
                      "-c", "port=" + ports.of(part),
                      "-c", "unix_socket_directories="));
      case KAFKA ->
          java(
              layout.platformJars(),
              "dev.converge.platform.KafkaMain",
              List.of("-Xms128m", "-Xmx320m", "-XX:+UseSerialGC"),
              List.of(
                  layout.infra("kafka/server.properties").toString(),
                  layout.data("kafka").toString(),
                  Integer.toString(ports.of(Part.KAFKA)),
                  Integer.toString(ports.controller())));
      case CONNECT ->
          java(
              layout.platformJars(),
              "dev.converge.platform.ConnectMain",
              List.of("-Xms64m", "-Xmx320m", "-XX:+UseSerialGC"),
              List.of(
                  layout.infra("debezium/connect-distributed.properties").toString(),
                  "127.0.0.1:" + ports.of(Part.KAFKA),
                  Integer.toString(ports.of(Part.CONNECT))));
      case ZIPKIN ->
          List.of(
              javaProgram(),
              "-Xmx128m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-Darmeria.ports[0].address=127.0.0.1",
              "-Darmeria.ports[0].port=" + ports.of(Part.ZIPKIN),
              "-Darmeria.ports[0].protocols[0]=http",
              "-jar",
              layout.zipkinServer().toString());
      case ORDER_SERVICE, INVENTORY_SERVICE, PAYMENT_SERVICE ->
          java(
              Stream.concat(
                      layout.serviceJars(part.id()).stream(), layout.zipkinExporterJars().stream())
                  .toList(),
              "dev.converge." + part.domain() + "." + capitalized(part.domain()) + "ServiceMain",
              List.of("-Xms64m", "-Xmx192m", "-XX:+UseSerialGC"),
              List.of());
    };
  }

  private Map<String, String> environment(Part part) {
    Map<String, String> environment = new TreeMap<>();
    if (part == Part.KAFKA || part == Part.CONNECT) {
      environment.put("LOG_LEVEL", "WARN");
    }
    if (part == Part.CONNECT) {
      for (String domain : Database.DOMAINS) {
        String prefix = domain.toUpperCase(java.util.Locale.ROOT) + "_DB_";
        environment.put(prefix + "HOST", "127.0.0.1");
        environment.put(prefix + "PORT", Integer.toString(ports.of(databaseOf(domain))));
      }
      environment.put("DEBEZIUM_PASSWORD", passwords.debezium());
    }
    if (part.isService()) {
      environment.putAll(serviceEnvironment);
      environment.put("HTTP_HOST", "127.0.0.1");
      environment.put("HTTP_PORT", Integer.toString(ports.of(part)));
      environment.put("PGHOST", "127.0.0.1");
      environment.put("PGPORT", Integer.toString(ports.of(databaseOf(part.domain()))));
      environment.put("PGDATABASE", Database.nameOf(part.domain()));
      environment.put("PGUSER", part.domain() + "_service");
      environment.put("PGPASSWORD", passwords.service());
      environment.put("INSTANCE_ID", part.id());
      environment.put("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:" + ports.of(Part.KAFKA));
      environment.put("CONNECT_URL", ports.url(Part.CONNECT));
      environment.put("OTEL_TRACES_EXPORTER", "zipkin");
      environment.put("OTEL_EXPORTER_ZIPKIN_ENDPOINT", ports.url(Part.ZIPKIN) + "/api/v2/spans");
      environment.put("TRACE_URL", traceUrl("{traceId}"));
    }
    return environment;
  }

  /** Where a trace is shown. */
  String traceUrl(String traceId) {
    return ports.url(Part.ZIPKIN) + "/zipkin/traces/" + traceId;
  }

  private static List<String> java(
      List<Path> jars, String main, List<String> options, List<String> arguments) {
    String classPath =
        jars.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    List<String> command = new ArrayList<>();
    command.add(javaProgram());
    command.addAll(options);
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.addAll(List.of("-cp", classPath, main));
    command.addAll(arguments);
    return command;
  }

  private static String javaProgram() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static String capitalized(String word) {
    return Character.toUpperCase(word.charAt(0)) + word.substring(1);
  }

  private void requireFreePorts() {
    for (Part part : Part.values()) {
      if (!isRunning(part)) {
        requireFreePort(part);
      }
    }
  }

  private void requireFreePort(Part part) {
    int port = ports.of(part);
    // The kernel closes the socket of a process that was killed a moment after the process is gone.
    if (!Waits.until(PORT_FREED_WITHIN, () -> PortOwners.isFree(port))) {
      String owner =
          PortOwners.pid(port).map(pid -> "process " + pid).orElse("a process of another user");
      throw new PlatformException(
          "port "
              + port
              + " of "
              + part.id()
              + " is taken by "
              + owner
              + "; end it, or move the port: converge up --port "
              + part.id()
              + "=PORT");
    }
  }

  private String lastLines(Part part) {
    try {
      List<String> lines = Files.readAllLines(layout.log(part.id()));
      List<String> last = lines.subList(Math.max(0, lines.size() - 10), lines.size());
      return System.lineSeparator() + String.join(System.lineSeparator(), last);
    } catch (IOException noLog) {
      return "";
    }
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new PlatformException("cannot delete " + folder + ": " + e, e);
    }
  }
}
