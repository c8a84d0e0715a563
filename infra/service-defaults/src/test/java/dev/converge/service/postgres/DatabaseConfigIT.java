package dev.converge.service.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.faults.TransientFaults;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: a pool recovers from failed logins and changes of the schema, ignores the settings of its
 * role and its database, and never has more connections than its size. Method: a real PostgreSQL,
 * and a role in which every setting is hostile. Each test has a database and a role of its own, so
 * that the tests, which mostly wait for timeouts, run concurrently.
 */
@Execution(ExecutionMode.CONCURRENT)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DatabaseConfigIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
  private static final int SIZE = 4;

  /**
   * A value other than ours for each setting; settings that are missing here are listed by name.
   */
  private static final Map<String, String> HOSTILE = new HashMap<>();

  static {
    HOSTILE.put("client_encoding", "LATIN1");
    HOSTILE.put("DateStyle", "German");
    HOSTILE.put("extra_float_digits", "-15");
    HOSTILE.put("TimeZone", "Asia/Kathmandu");
    HOSTILE.put("IntervalStyle", "sql_standard");
    HOSTILE.put("bytea_output", "escape");
    HOSTILE.put("standard_conforming_strings", "off");
    HOSTILE.put("array_nulls", "off");
    HOSTILE.put("transform_null_equals", "on");
    HOSTILE.put("search_path", "elsewhere");
    HOSTILE.put("role", "powerless");
    HOSTILE.put("row_security", "on");
    HOSTILE.put("restrict_nonsystem_relation_kind", "view");
    HOSTILE.put("default_transaction_isolation", "serializable");
    HOSTILE.put("default_transaction_read_only", "on");
    HOSTILE.put("default_transaction_deferrable", "on");
    HOSTILE.put("synchronous_commit", "off");
    HOSTILE.put("exit_on_error", "on");
    HOSTILE.put("statement_timeout", "1");
    HOSTILE.put("lock_timeout", "1");
    HOSTILE.put("idle_in_transaction_session_timeout", "1");
    HOSTILE.put("transaction_timeout", "1");
    HOSTILE.put("idle_session_timeout", "1");
    HOSTILE.put("client_min_messages", "debug5");
    HOSTILE.put("enable_seqscan", "on");
    HOSTILE.put("enable_hashjoin", "on");
    HOSTILE.put("enable_mergejoin", "on");
    HOSTILE.put("enable_indexscan", "off");
    HOSTILE.put("enable_bitmapscan", "off");
    HOSTILE.put("enable_nestloop", "off");
    HOSTILE.put("plan_cache_mode", "force_custom_plan");
    HOSTILE.put("jit", "on");
    HOSTILE.put("application_name", "another");
  }

  private static final byte[] AUTHENTICATION_OK = {'R', 0, 0, 0, 8, 0, 0, 0, 0};

  // AuthenticationOk, ReadyForQuery (idle).
  private static final byte[] AUTHENTICATED = {'R', 0, 0, 0, 8, 0, 0, 0, 0, 'Z', 0, 0, 0, 5, 'I'};

  private static final AtomicInteger TESTS = new AtomicInteger();

  private static Platform platform;
  // One per test, because pools with the same name are one pool.
  private final Vertx vertx = Vertx.vertx();
  private final int test = TESTS.incrementAndGet();
  private final String database = "database_" + test;
  private final String guest = "guest_" + test;

  @BeforeAll
  static void start() throws IOException {
    Path tests = Files.createDirectories(ROOT.resolve("target/test-platforms"));
    Layout layout = new Layout(ROOT, Files.createTempDirectory(tests, "state-"));
    platform = new Platform(layout, Ports.free(), Map.of());
    platform.start(Part.ORDER_DB);
    execute("orders", "CREATE ROLE powerless");
  }

  @AfterAll
  static void end() {
    platform.kill(Part.ORDER_DB);
  }

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @BeforeEach
  void createDatabaseAndRole() {
    execute("orders", "CREATE DATABASE " + database);
    run(
        """
        REVOKE CONNECT ON DATABASE %1$s FROM PUBLIC;
        CREATE ROLE %2$s LOGIN PASSWORD 'secret' IN ROLE powerless;
        GRANT CONNECT ON DATABASE %1$s TO %2$s;
        GRANT USAGE ON SCHEMA public TO %2$s;
        CREATE TABLE item (id uuid PRIMARY KEY, n int NOT NULL, note text);
        GRANT SELECT, INSERT, UPDATE ON item TO %2$s;
        """
            .formatted(database, guest));
  }

  private Pool pool() {
    return pool(platform.ports().of(Part.ORDER_DB));
  }

  private Pool pool(int port) {
    return new DatabaseConfig(
            new DatabaseConfig.Login("127.0.0.1", port, database, guest, "secret"),
            "me",
            new DatabaseConfig.Pools(SIZE, 1, 1_000))
        .pool(vertx);
  }

  /** Runs statements in the test's database, as superuser. */
  private void run(String sql) {
    execute(database, sql);
  }

  private static void execute(String in, String sql) {
    try (Connection connection = platform.connect("order", in);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  private int connections() {
    try (Connection connection = platform.connect("order");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = '" + guest + "'")) {
      rows.next();
      return rows.getInt(1);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static void awaitWorking(Pool pool) {
    awaitWorking(pool, Duration.ofSeconds(10));
  }

  private static void awaitWorking(Pool pool, Duration within) {
    Awaitility.await("pool works")
        .atMost(within)
        .ignoreExceptions()
        .until(() -> pool.query("SELECT 1").execute().await().size() == 1);
  }

  /** Sends queries for a while, and returns the most connections and the failures. */
  private List<Throwable> hammer(Pool pool, Duration duration, AtomicInteger most) {
    List<Throwable> failures = new ArrayList<>();
    for (long end = System.nanoTime() + duration.toNanos(); System.nanoTime() < end; ) {
      List<Future<?>> queries = new ArrayList<>();
      for (int n = 0; n < 3 * SIZE; n++) {
        queries.add(pool.preparedQuery("SELECT 1").execute());
      }
      Future.join(queries).transform(done -> Future.succeededFuture()).await();
      queries.stream().filter(Future::failed).forEach(query -> failures.add(query.cause()));
      most.accumulateAndGet(connections(), Math::max);
    }
    return failures;
  }

  @Test
  void sessionsIgnoreSettingsOfTheRoleAndTheDatabase() {
    Map<String, String> ours = SessionSettings.of("me");
    assertThat(HOSTILE.keySet()).isEqualTo(ours.keySet());
    HOSTILE.forEach(
        (name, value) -> {
          String set = " SET " + name + " = '" + value + "'";
          run("ALTER ROLE " + guest + set);
          run("ALTER ROLE " + guest + " IN DATABASE " + database + set);
        });
    Pool pool = pool();
    Map<String, String> found = new HashMap<>();
    ours.keySet()
        .forEach(
            name ->
                found.put(
                    name,
                    pool.preparedQuery("SELECT current_setting($1)")
                        .execute(Tuple.of(name))
                        .await()
                        .iterator()
                        .next()
                        .getString(0)));
    assertThat(found).usingRecursiveComparison().isEqualTo(asShown(ours));
    pool.preparedQuery("INSERT INTO item VALUES ($1, 1, 'ü')")
        .execute(Tuple.of(java.util.UUID.randomUUID()))
        .await();
    pool.close().await();
  }

  // In the format of SHOW.
  private static Map<String, String> asShown(Map<String, String> ours) {
    Map<String, String> shown = new HashMap<>(ours);
    shown.put("DateStyle", "ISO, MDY");
    shown.put("statement_timeout", "10s");
    shown.put("lock_timeout", "5s");
    shown.put("idle_in_transaction_session_timeout", "15s");
    return shown;
  }

  @Test
  void anotherEncodingKeepsConnectionsWithinTheSize() {
    run("ALTER ROLE " + guest + " SET client_encoding = 'LATIN1'");
    AtomicInteger most = new AtomicInteger();
    Pool pool = pool();
    assertThat(hammer(pool, Duration.ofSeconds(3), most)).isEmpty();
    assertThat(most.get()).isBetween(1, SIZE);
    pool.close().await();
  }

  @Test
  void refusedLoginsLeaveNoConnectionAndAreEnvironmentFaults() {
    for (List<String> fault :
        List.of(
            List.of("ALTER ROLE guest PASSWORD 'other'", "ALTER ROLE guest PASSWORD 'secret'"),
            List.of("ALTER ROLE guest NOLOGIN", "ALTER ROLE guest LOGIN"),
            List.of("ALTER ROLE guest CONNECTION LIMIT 0", "ALTER ROLE guest CONNECTION LIMIT -1"),
            List.of(
                "REVOKE CONNECT ON DATABASE orders FROM guest",
                "GRANT CONNECT ON DATABASE orders TO guest"),
            List.of(
                "ALTER ROLE guest RENAME TO away",
                "ALTER ROLE away RENAME TO guest; ALTER ROLE guest PASSWORD 'secret'"))) {
      run(ofTest(fault.get(0)));
      AtomicInteger most = new AtomicInteger();
      Pool pool = pool();
      List<Throwable> failures = hammer(pool, Duration.ofSeconds(1), most);
      assertThat(failures)
          .as(fault.get(0))
          .isNotEmpty()
          .allMatch(TransientFaults::isTransient, "of the environment");
      assertThat(most.get()).as(fault.get(0)).isLessThanOrEqualTo(SIZE);
      Awaitility.await(fault.get(0)).atMost(Duration.ofSeconds(5)).until(() -> connections() == 0);
      run(ofTest(fault.get(1)));
      awaitWorking(pool);
      assertThat(connections()).isBetween(1, SIZE);
      pool.close().await();
    }
  }

  /** A statement with the names of the test's database and role. */
  private String ofTest(String sql) {
    return sql.replace("orders", database).replace("guest", guest);
  }

  /**
   * Accepts connections, answers the first bytes of each with the same answer, and then is silent.
   */
  private static final class SilentServer implements AutoCloseable {
    private final ServerSocket server;
    private final List<Socket> accepted = Collections.synchronizedList(new ArrayList<>());

    private final Thread accepting;

    SilentServer(byte[] answer) throws IOException {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      accepting = new Thread(() -> accept(answer));
      accepting.start();
    }

    private void accept(byte[] answer) {
      try {
        while (true) {
          Socket socket = server.accept();
          accepted.add(socket);
          if (answer.length > 0 && socket.getInputStream().read(new byte[4096]) > 0) {
            socket.getOutputStream().write(answer);
          }
        }
      } catch (IOException closed) {
        // The test is over.
      }
    }

    int port() {
      return server.getLocalPort();
    }

    int accepted() {
      return accepted.size();
    }

    /** Stops listening and leaves the connections open, like a crash of the machine. */
    void stopListening() throws IOException, InterruptedException {
      server.close();
      accepting.join(5_000);
    }

    /** Connections that the client has not closed. */
    long open() {
      return List.copyOf(accepted).stream().filter(SilentServer::isOpen).count();
    }

    private static boolean isOpen(Socket socket) {
      try {
        socket.setSoTimeout(1);
        while (socket.getInputStream().read() >= 0) {
          // Discards the client's bytes.
        }
        return false;
      } catch (SocketTimeoutException nothingMore) {
        return true;
      } catch (IOException reset) {
        return false;
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
      for (Socket socket : accepted) {
        socket.close();
      }
    }
  }

  private static void assertEnvironmentFaults(Pool pool, int rounds) {
    for (int round = 0; round < rounds; round++) {
      List<Future<?>> queries = new ArrayList<>();
      for (int n = 0; n < 10; n++) {
        queries.add(pool.preparedQuery("SELECT 1").execute());
        queries.add(pool.query("SELECT 1").execute());
      }
      Future.join(queries).transform(done -> Future.succeededFuture()).await();
      assertThat(queries).allMatch(query -> TransientFaults.isTransient(query.cause()));
    }
  }

  @Test
  void serverThatNeverAnswersGetsNoMoreConnectionsThanTheSize() throws IOException {
    try (SilentServer silent = new SilentServer(new byte[0])) {
      assertEnvironmentFaults(pool(silent.port()), 3);
      assertThat(silent.accepted()).isBetween(1, SIZE);
    }
  }

  @Test
  void serverThatIsSilentAfterLoginsGetsFewMoreConnectionsThanTheSize() throws IOException {
    try (SilentServer silent = new SilentServer(AUTHENTICATED)) {
      assertEnvironmentFaults(pool(silent.port()), 10);
      // Plus logins in progress when the first ones fail, and one every ten seconds.
      assertThat(silent.accepted()).isBetween(1, 3 * SIZE);
    }
  }

  private void assertRecovers(byte[] answer) throws IOException, InterruptedException {
    try (SilentServer halfOpen = new SilentServer(answer)) {
      Pool pool = pool(halfOpen.port());
      assertEnvironmentFaults(pool, 2);
      halfOpen.stopListening();
      try (PortForwarder restarted =
          new PortForwarder(halfOpen.port(), platform.ports().of(Part.ORDER_DB))) {
        assertThat(restarted.port()).isEqualTo(halfOpen.port());
        // One login every five or, after a refused encoding, ten seconds.
        awaitWorking(pool, Duration.ofSeconds(20));
        Awaitility.await("all sockets of failed logins are closed")
            .atMost(Duration.ofSeconds(10))
            .until(() -> halfOpen.open() == 0);
        assertThat(hammer(pool, Duration.ofSeconds(1), new AtomicInteger())).isEmpty();
        pool.close().await();
      }
    }
  }

  @Test
  void poolRecoversWhileConnectionsThatNeverAnsweredALoginStayOpen() throws Exception {
    assertRecovers(new byte[0]);
  }

  @Test
  void poolRecoversWhileConnectionsThatAnsweredAPartOfALoginStayOpen() throws Exception {
    assertRecovers(AUTHENTICATION_OK);
  }

  @Test
  void poolRecoversWhileConnectionsAfterARefusedEncodingStayOpen() throws Exception {
    assertRecovers(AUTHENTICATED);
  }

  // The longest, so it starts first.
  @Order(1)
  @Tag("campaign")
  @Test
  void poolRecoversWhileConnectionsOnWhichTheServerFellSilentStayOpen() throws Exception {
    int server = platform.ports().of(Part.ORDER_DB);
    try (PortForwarder silent = new PortForwarder(0, server)) {
      Pool pool = pool(silent.port());
      assertThat(hammer(pool, Duration.ofSeconds(1), new AtomicInteger())).isEmpty();
      silent.freeze();
      try (PortForwarder restarted = new PortForwarder(silent.port(), server)) {
        assertThat(restarted.port()).isEqualTo(silent.port());
        assertEnvironmentFaults(pool, 1);
        // The sockets are closed after 30 s of silence.
        awaitWorking(pool, Duration.ofSeconds(60));
        assertThat(hammer(pool, Duration.ofSeconds(1), new AtomicInteger())).isEmpty();
        pool.close().await();
      }
    }
  }

  @Test
  void poolRecoversFromALoginTriggerThatSleeps() {
    run(
        """
        CREATE FUNCTION sleep_at_login() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF session_user = '%s' THEN PERFORM pg_sleep(120); END IF;
        END $$;
        CREATE EVENT TRIGGER sleep_at_login ON login EXECUTE FUNCTION sleep_at_login();
        """
            .formatted(guest));
    Pool pool = pool();
    try {
      assertEnvironmentFaults(pool, 4);
      assertThat(connections()).isBetween(1, 3 * SIZE);
    } finally {
      run("DROP EVENT TRIGGER sleep_at_login; DROP FUNCTION sleep_at_login()");
    }
    awaitWorking(pool);
    assertThat(hammer(pool, Duration.ofSeconds(1), new AtomicInteger())).isEmpty();
    pool.close().await();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          22012 | ALTER TABLE item ADD CHECK (1 / (n - n) > 0)
          22012 | CREATE INDEX ON item ((1 / (n - n)))
          22003 | ALTER TABLE item ALTER n TYPE smallint
          22003 | CREATE INDEX ON item ((n * 1000000))
          22001 | ALTER TABLE item ALTER note TYPE varchar(1)
          2201E | ALTER TABLE item ADD CHECK (ln(-n) > 0)
          2201F | CREATE INDEX ON item (sqrt(-n))
          22011 | CREATE INDEX ON item (substring(note, 1, -n))
          2201B | ALTER TABLE item ADD CHECK (note ~ '(')
          22025 | ALTER TABLE item ADD CHECK (note LIKE '\\')
          """)
  void violatedConstraintIsARefusalByTheSchema(String state, String rule) {
    run(rule);
    assertThat(failure("INSERT INTO item VALUES (gen_random_uuid(), $1::bigint, 'xyz')", 40_000L))
        .satisfies(cause -> assertThat(cause).hasMessageContaining(state))
        .matches(TransientFaults::isRefusedBySchema);
  }

  @Test
  void invalidValueIsNotARefusalByTheSchema() {
    for (Map.Entry<String, Throwable> failure :
        Map.of(
                "22021", failure("SELECT $1::text", "a\0b"),
                "22P02", failure("SELECT $1::text::uuid", "no uuid"),
                "22007", failure("SELECT $1::text::timestamptz", "no time"),
                "22008", failure("SELECT $1::text::timestamptz", "2026-13-45"),
                "22P05", failure("SELECT $1::text::jsonb ->> 0", "[\"\\u0000\"]"))
            .entrySet()) {
      assertThat(failure.getValue())
          .hasMessageContaining(failure.getKey())
          .matches(cause -> !TransientFaults.isRefusedBySchema(cause))
          .matches(cause -> !TransientFaults.isTransient(cause));
    }
  }

  private Throwable failure(String sql, Object value) {
    Pool pool = pool();
    Future<?> query = pool.preparedQuery(sql).execute(Tuple.of(value));
    query.transform(done -> Future.succeededFuture()).await();
    pool.close().await();
    return Objects.requireNonNull(query.cause(), sql);
  }

  @Test
  void changedColumnTypeFailsNoStatement() {
    Pool pool = pool();
    List<Future<?>> queries = new ArrayList<>();
    for (int round = 0; round < 6; round++) {
      for (int n = 0; n < 50; n++) {
        queries.add(pool.preparedQuery("SELECT n, note FROM item").execute());
        queries.add(
            pool.withTransaction(
                tx ->
                    tx.preparedQuery("INSERT INTO item VALUES ($1, 1, 'x') RETURNING n, note")
                        .execute(Tuple.of(java.util.UUID.randomUUID()))
                        .compose(
                            done ->
                                tx.preparedQuery("SELECT max(n), note FROM item GROUP BY note")
                                    .execute())));
      }
      Future.join(queries).transform(done -> Future.succeededFuture()).await();
      assertThat(queries.stream().filter(Future::failed).map(Future::cause)).isEmpty();
      queries.clear();
      run("ALTER TABLE item ALTER n TYPE " + (round % 2 == 0 ? "bigint" : "int"));
      run("ALTER TABLE item ALTER note TYPE " + (round % 2 == 0 ? "varchar(9)" : "text"));
    }
    assertThat(pool.query("SELECT FROM item").execute().await().size()).isEqualTo(300);
    assertThat(connections()).isLessThanOrEqualTo(SIZE);
    pool.close().await();
  }

  @Test
  void policyThatHidesRowsIsAnEnvironmentFault() {
    Pool pool = pool();
    pool.preparedQuery("INSERT INTO item VALUES ($1, 1, 'x')")
        .execute(Tuple.of(java.util.UUID.randomUUID()))
        .await();
    run("ALTER TABLE item ENABLE ROW LEVEL SECURITY");
    Future<?> query = pool.preparedQuery("SELECT n FROM item").execute();
    query.transform(done -> Future.succeededFuture()).await();
    assertThat(query.failed()).isTrue();
    assertThat(TransientFaults.isTransient(query.cause())).as("%s", query.cause()).isTrue();
    run("ALTER TABLE item DISABLE ROW LEVEL SECURITY");
    assertThat(pool.preparedQuery("SELECT n FROM item").execute().await().size()).isEqualTo(1);
    pool.close().await();
  }

  @Test
  void typeThatFitsNoStatementIsAnEnvironmentFaultUntilItsRepair() {
    Pool pool = pool();
    java.util.UUID id = java.util.UUID.randomUUID();
    String sql = "SELECT n FROM item WHERE id = $1";
    pool.preparedQuery(sql).execute(Tuple.of(id)).await();
    run("ALTER TABLE item ALTER id TYPE text");
    for (int n = 0; n < 3 * SIZE; n++) {
      Future<?> query = pool.preparedQuery(sql).execute(Tuple.of(id));
      query.transform(done -> Future.succeededFuture()).await();
      assertThat(TransientFaults.isTransient(query.cause())).as("%s", query.cause()).isTrue();
    }
    run("ALTER TABLE item ALTER id TYPE uuid USING id::uuid");
    for (int n = 0; n < 2 * SIZE; n++) {
      Future<?> query = pool.preparedQuery(sql).execute(Tuple.of(id));
      query.transform(done -> Future.succeededFuture()).await();
    }
    for (int n = 0; n < 3 * SIZE; n++) {
      pool.preparedQuery(sql).execute(Tuple.of(id)).await();
    }
    pool.close().await();
  }
}
