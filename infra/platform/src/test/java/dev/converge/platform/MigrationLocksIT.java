package dev.converge.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a migration beside a running service waits for its locks for a bounded time, does not stay
 * in a deadlock, and names the holders of its locks. Method: real servers with the tables before a
 * migration that locks several tables, "outbox topics"; sessions that hold conflicting locks, one
 * for longer than the migration waits. The services' migrations are those of their sources, up to
 * that one.
 */
@Timeout(60)
class MigrationLocksIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
  private static final Passwords PASSWORDS = Passwords.from(System.getenv());
  private static final LockWaits SHORT =
      new LockWaits(Duration.ofMillis(300), 3, Duration.ofMillis(50), Duration.ofMillis(100));
  private static final Map<String, String> TABLES =
      Map.of("order", "placed_order", "inventory", "stock", "payment", "payment");
  private static final String TOPICS = "outbox_topic_is_one_of_ours";

  private static Layout migrating;
  private static Platform platform;

  @BeforeAll
  static void start() throws IOException {
    Path tests = Files.createDirectories(ROOT.resolve("target/test-platforms"));
    Path state = Files.createTempDirectory(tests, "state-");
    platform = new Platform(new Layout(ROOT, state), Ports.free(), Map.of());
    migrating = new Layout(checkout(state.resolve("checkout")), state);
    for (String domain : Topology.domains()) {
      platform.start(Part.of(domain + "-db"));
      new Migrations(migrating, PASSWORDS).run(platform.database(domain));
    }
  }

  @AfterAll
  static void end() {
    Topology.domains().forEach(domain -> platform.kill(Part.of(domain + "-db")));
  }

  // A checkout whose services consist of their migrations only.
  private static Path checkout(Path root) throws IOException {
    Files.createSymbolicLink(Files.createDirectories(root).resolve("infra"), ROOT.resolve("infra"));
    for (String domain : Topology.domains()) {
      Path target = Files.createDirectories(root.resolve(domain + "-service/target"));
      try (OutputStream file = Files.newOutputStream(target.resolve("migrations.jar"));
          JarOutputStream jar = new JarOutputStream(file)) {
        for (String module : List.of("outbox", "infra/service-defaults", domain + "-service")) {
          addMigrations(jar, ROOT.resolve(module).resolve("src/main/resources"));
        }
      }
    }
    return root;
  }

  private static void addMigrations(JarOutputStream jar, Path resources) throws IOException {
    try (Stream<Path> files = Files.walk(resources)) {
      List<Path> migrations =
          files.filter(each -> each.toString().endsWith(".sql")).sorted().toList();
      for (Path file : upToOutboxTopics(migrations)) {
        jar.putNextEntry(new JarEntry(resources.relativize(file).toString()));
        Files.copy(file, jar);
        jar.closeEntry();
      }
    }
  }

  private static List<Path> upToOutboxTopics(List<Path> migrations) {
    for (int i = 0; i < migrations.size(); i++) {
      if (migrations.get(i).toString().endsWith("__outbox_topics.sql")) {
        return migrations.subList(0, i + 1);
      }
    }
    return migrations;
  }

  @BeforeEach
  void revertTheLastMigration() throws SQLException {
    for (String domain : Topology.domains()) {
      on(domain, "ALTER TABLE outbox DROP CONSTRAINT IF EXISTS " + TOPICS);
      on(domain, "DELETE FROM schema_history WHERE description = 'outbox topics'");
    }
    on(
        "order",
        "ALTER TABLE placed_order DROP CONSTRAINT IF EXISTS placed_order_traceparent_is_valid");
    on("payment", "ALTER TABLE payment DROP CONSTRAINT IF EXISTS payment_traceparent_is_valid");
  }

  @ParameterizedTest
  @MethodSource("dev.converge.platform.Topology#domains")
  void sessionThatHoldsALockBrieflyOnlyDelaysTheMigration(String domain) throws Exception {
    try (Connection session = connect(domain, "busy");
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      statement.execute("LOCK TABLE outbox IN ROW EXCLUSIVE MODE");
      CompletableFuture<Void> migration = migrate(domain, LockWaits.STANDARD);
      awaitAWaiter(domain);
      awaitNoWaiter(domain);
      awaitAWaiter(domain);
      assertThat(migration).isNotDone();
      session.commit();
      migration.get(30, TimeUnit.SECONDS);
    }
    assertMigrated(domain);
  }

  @ParameterizedTest
  @MethodSource("dev.converge.platform.Topology#domains")
  void sessionThatKeepsALockIsNamedAndTheMigrationIsRolledBack(String domain) throws Exception {
    // The last that the migration locks, so that the others are locked before.
    String table = domain.equals("inventory") ? "outbox" : TABLES.get(domain);
    try (Connection session = connect(domain, "left open");
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      statement.execute("SELECT count(*) FROM " + table);
      long pid =
          number(domain, "SELECT pid FROM pg_stat_activity WHERE application_name = 'left open'");
      assertThatThrownBy(
              () -> new Migrations(migrating, PASSWORDS, SHORT).run(platform.database(domain)))
          .isInstanceOf(PlatformException.class)
          .hasMessageStartingWith(
              "migration of " + Topology.service(domain).databaseName() + ": no lock on its tables")
          .hasMessageContainingAll(
              "3 attempts",
              "pid " + pid + " (role postgres, application_name 'left open') on " + table,
              "pg_terminate_backend");
      assertThat(constraints(domain)).isZero();
      assertThat(number(domain, "SELECT count(*) FROM schema_history WHERE NOT success")).isZero();
    }
    new Migrations(migrating, PASSWORDS, SHORT).run(platform.database(domain));
    assertMigrated(domain);
  }

  @ParameterizedTest
  @ValueSource(strings = {"order", "payment"})
  void sessionThatLocksTheTablesInReverseOrderCausesNoLastingDeadlock(String domain)
      throws Exception {
    try (Connection session = connect(domain, "other way round");
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      // The migration, and not this session, finds the deadlock or waits for too long.
      statement.execute("SET LOCAL deadlock_timeout = '1min'");
      statement.execute("LOCK TABLE " + TABLES.get(domain) + " IN ROW EXCLUSIVE MODE");
      CompletableFuture<Void> migration = migrate(domain, LockWaits.STANDARD);
      awaitAWaiter(domain);
      // Waits for the migration, which waits for this session; PostgreSQL ends one of the two.
      statement.execute("LOCK TABLE outbox IN ROW EXCLUSIVE MODE");
      session.commit();
      migration.get(30, TimeUnit.SECONDS);
    }
    assertMigrated(domain);
  }

  @Test
  void preparedTransactionIsNamedInTheError() {
    assertThat(new SchemaLocks.Holder(null, "", "", "outbox"))
        .hasToString("a prepared transaction (see pg_prepared_xacts) on outbox");
  }

  @Test
  void migrationWaitsForALockOnItsHistoryToo() throws Exception {
    try (Connection session = connect("order", "history");
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      statement.execute("LOCK TABLE schema_history IN ACCESS EXCLUSIVE MODE");
      assertThatThrownBy(
              () ->
                  new Migrations(migrating, PASSWORDS, SHORT)
                      .requireUsable(platform.database("order")))
          .hasMessageContainingAll("application_name 'history'", "schema_history");
    }
  }

  private static CompletableFuture<Void> migrate(String domain, LockWaits waits) {
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> migration =
        CompletableFuture.runAsync(
            () -> {
              begun.countDown();
              new Migrations(migrating, PASSWORDS, waits).run(platform.database(domain));
            },
            task -> new Thread(task, "migration").start());
    try {
      assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return migration;
  }

  private static void awaitAWaiter(String domain) {
    assertThat(Waits.until(Duration.ofSeconds(20), () -> waiters(domain) > 0)).isTrue();
  }

  private static void awaitNoWaiter(String domain) {
    assertThat(Waits.until(Duration.ofSeconds(20), () -> waiters(domain) == 0)).isTrue();
  }

  private static long waiters(String domain) {
    try {
      return number(domain, "SELECT count(*) FROM pg_locks WHERE NOT granted");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertMigrated(String domain) throws SQLException {
    assertThat(constraints(domain)).isEqualTo(domain.equals("inventory") ? 1 : 2);
    assertThat(
            number(
                domain,
                "SELECT count(*) FROM schema_history"
                    + " WHERE description = 'outbox topics' AND success"))
        .isEqualTo(1);
  }

  private static long constraints(String domain) throws SQLException {
    return number(
        domain,
        """
        SELECT count(*) FROM pg_constraint
        WHERE conrelid IN ('outbox'::regclass, '%s'::regclass)
          AND conname IN ('%s', '%s_traceparent_is_valid')
        """
            .formatted(TABLES.get(domain), TOPICS, TABLES.get(domain)));
  }

  private static void on(String domain, String sql) throws SQLException {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long number(String domain, String query) throws SQLException {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      assertThat(rows.next()).isTrue();
      return rows.getLong(1);
    }
  }

  private static Connection connect(String domain, String application) throws SQLException {
    Connection connection = platform.connect(domain);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET application_name = '" + application + "'");
    }
    return connection;
  }
}
