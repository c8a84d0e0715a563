package dev.converge.testkit;

import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Real PostgreSQL, Kafka, Connect and Debezium for integration tests, on ports of their own, with a
 * state of their own. Closing it ends every process.
 */
public final class TestPlatform implements AutoCloseable {
  /** Audits run often, because tests wait for several rounds. */
  private static final Map<String, String> FREQUENT_AUDITS = Map.of("AUDIT_EVERY", "PT2S");

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
    Path root = Path.of(System.getProperty("converge.root", "..")).toAbsolutePath().normalize();
    try {
      Path tests = Files.createDirectories(root.resolve("target/test-platforms"));
      Path state = Files.createTempDirectory(tests, "state-");
      return new TestPlatform(
          new Platform(new Layout(root, state), Ports.free(), serviceEnvironment),
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
   * The shared platform with other settings. Only one runs at a time: a call with different
   * settings stops it and starts another, so order the test classes by settings.
   */
  public static synchronized TestPlatform shared(Map<String, String> serviceEnvironment) {
    TestPlatform current = shared;
    if (current != null && current.serviceEnvironment.equals(serviceEnvironment)) {
      return current;
    }
    if (current != null) {
      current.close();
    }
    // Kept even if its start fails: the remaining tests fail quickly instead of starting their own.
    TestPlatform next = create(serviceEnvironment);
    shared = next;
    return next.up();
  }

  /** Starts everything. */
  public TestPlatform up() {
    try {
      platform.up((part, sinceBegin) -> {});
      return this;
    } catch (RuntimeException e) {
      end();
      throw e;
    }
  }

  /** Starts some parts alone. */
  public TestPlatform start(Part first, Part... others) {
    Set<Part> parts = EnumSet.of(first, others);
    parts.forEach(platform::start);
    return this;
  }

  /** Starts some services, each with its database, and neither Kafka nor Connect. */
  public TestPlatform upWithoutKafka(Part... services) {
    return upWithoutKafka(List.of(services));
  }

  /** Starts some services, each with its database, and neither Kafka nor Connect. */
  public TestPlatform upWithoutKafka(List<Part> services) {
    for (Part service : services) {
      platform.startWithTables(Topology.of(service).database());
      platform.start(service);
    }
    return this;
  }

  /**
   * Starts the parts that the outbox library needs, and no service: the order database with the
   * outbox's tables, Kafka, and Connect with the connector running.
   */
  public TestPlatform upForOutbox() {
    CompletableFuture.allOf(
            Stream.of(Part.ORDER_DB, Part.KAFKA, Part.CONNECT)
                .map(part -> CompletableFuture.runAsync(() -> platform.start(part)))
                .toArray(CompletableFuture[]::new))
        .join();
    platform.provisionOutbox("order");
    try (Connection connection = connect("order");
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          GRANT SELECT, INSERT ON outbox, outbox_republication, inbox TO order_service;
          GRANT SELECT, INSERT, UPDATE ON dead_letter, outbox_audited, inbox_position TO order_service;
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
    for (Part part : Part.values()) {
      platform.kill(part);
    }
  }
}
