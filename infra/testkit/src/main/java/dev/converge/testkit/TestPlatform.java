package dev.converge.testkit;

import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Scale;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Real PostgreSQL, Kafka, Connect and Debezium for integration tests, on ports of their own, with a
 * state of their own. Closing it ends every process.
 */
public final class TestPlatform implements AutoCloseable {
  /** Audits run often, because tests wait for several rounds. */
  private static final Map<String, String> FREQUENT_AUDITS = Map.of("AUDIT_EVERY", "PT2S");

  // A thread for each part: starting and stopping wait for processes.
  private static final Executor THREADS = task -> new Thread(task, "test-platform").start();

  /**
   * Whether later starts are to take less time. Elsewhere the background process that this needs
   * would often outlive the run.
   */
  private static final boolean MANY_STARTS_FOLLOW = "true".equals(System.getenv("CI"));

  /** One platform starts at a time: a start occupies the processors, and has a timeout. */
  private static final Object STARTS = new Object();

  private static @Nullable TestPlatform shared;

  private final Platform platform;
  private final Map<String, String> serviceEnvironment;
  private final Thread closer = new Thread(this::end, "test-platform");

  private TestPlatform(Platform platform, Map<String, String> serviceEnvironment) {
    this.platform = platform;
    this.serviceEnvironment = Map.copyOf(serviceEnvironment);
    Runtime.getRuntime().addShutdownHook(closer);
  }

  /**
   * A platform of which nothing runs yet.
   *
   * @param serviceEnvironment variables of the services, such as shorter deadlines
   */
  public static TestPlatform create(Map<String, String> serviceEnvironment) {
    return create(serviceEnvironment, Scale.SMALLEST);
  }

  /** The same with several nodes of some roles. */
  public static TestPlatform create(Map<String, String> serviceEnvironment, Scale scale) {
    Path root = Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
    try {
      Path tests = Files.createDirectories(root.resolve("target/test-platforms"));
      Path state = Files.createTempDirectory(tests, "state-");
      return new TestPlatform(
          new Platform(new Layout(root, state), Ports.free(), serviceEnvironment).scaledTo(scale),
          serviceEnvironment);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The platform that the tests of a run share: the first one starts it, and it ends with the run.
   * Audits run every two seconds.
   */
  public static TestPlatform shared() {
    return shared(FREQUENT_AUDITS);
  }

  /**
   * The shared platform with other settings. A call with different settings restarts its services,
   * so order the test classes by settings.
   */
  public static synchronized TestPlatform shared(Map<String, String> serviceEnvironment) {
    TestPlatform current = shared;
    if (current != null && current.serviceEnvironment.equals(serviceEnvironment)) {
      return current;
    }
    // Kept even if its start fails: the remaining tests fail quickly instead of starting their own.
    shared =
        current == null ? create(serviceEnvironment) : current.withSettings(serviceEnvironment);
    TestPlatform started = shared.up();
    if (current == null && MANY_STARTS_FOLLOW) {
      started.platform.archiveClasses();
    }
    return started;
  }

  /** Stops the services; {@link #up} starts them with other settings. */
  private TestPlatform withSettings(Map<String, String> others) {
    stop(Topology.serviceParts());
    Runtime.getRuntime().removeShutdownHook(closer);
    return new TestPlatform(new Platform(platform.layout(), platform.ports(), others), others);
  }

  /** Starts everything. */
  public TestPlatform up() {
    try {
      synchronized (STARTS) {
        platform.up((part, sinceBegin) -> {});
      }
      return this;
    } catch (RuntimeException e) {
      end();
      throw e;
    }
  }

  /** Starts some parts alone, all at the same time. */
  public TestPlatform start(Part first, Part... others) {
    return start(Stream.concat(Stream.of(first), Stream.of(others)).distinct().toList());
  }

  /** Starts some parts, those that do not run, all at the same time. */
  public TestPlatform start(Collection<Part> parts) {
    together(parts, platform::start);
    return this;
  }

  /** Lets some parts end in order, all at the same time. */
  public void stop(Collection<Part> parts) {
    together(parts, platform::stop);
  }

  private static void together(Collection<Part> parts, Consumer<Part> step) {
    CompletableFuture.allOf(
            parts.stream()
                .map(part -> CompletableFuture.runAsync(() -> step.accept(part), THREADS))
                .toArray(CompletableFuture[]::new))
        .join();
  }

  /** Starts some services, each with its database, and neither Kafka nor Connect. */
  public TestPlatform upWithoutKafka(Part... services) {
    return upWithoutKafka(List.of(services));
  }

  /** Starts some services, each with its database, and neither Kafka nor Connect. */
  public TestPlatform upWithoutKafka(List<Part> services) {
    synchronized (STARTS) {
      together(services, this::startWithDatabase);
    }
    return this;
  }

  private void startWithDatabase(Part service) {
    platform.startWithTables(Topology.of(service).database());
    platform.start(service);
  }

  /**
   * Starts the parts that the outbox library needs, and no service: the order database with the
   * outbox's tables, Kafka, and Connect with the connector running.
   */
  public TestPlatform upForOutbox() {
    start(Part.ORDER_DB, Part.KAFKA, Part.CONNECT);
    platform.provisionOutbox("order");
    try (Connection connection = connect("order");
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          GRANT SELECT, INSERT ON outbox, outbox_republication, inbox TO order_service;
          GRANT SELECT, INSERT, UPDATE ON dead_letter, outbox_reconciled, inbox_position TO order_service;
          GRANT EXECUTE ON FUNCTION outbox_maintain(int, int), outbox_summarize() TO order_service;
          """);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return this;
  }

  public Platform platform() {
    return platform;
  }

  /** A connection to the database of a service. */
  public Connection connect(String domain) throws SQLException {
    return platform.connect(domain);
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    end();
  }

  private void end() {
    platform.killAll();
  }
}
