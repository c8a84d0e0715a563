package dev.converge.service.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.service.jobs.JobLock;
import dev.converge.service.jobs.JobMeters;
import dev.converge.service.postgres.DatabaseConfig;
import dev.converge.service.postgres.DatabaseConfig.Login;
import dev.converge.service.postgres.DatabaseConfig.Pools;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: of three instances one runs the jobs, all of them show its report, and another takes over
 * once it has ended or is silent. Method: three instances on one real PostgreSQL, each with an
 * event loop of its own, and a check that counts its runs.
 */
class SharedJobsIT {
  private static final Path ROOT =
      Path.of(System.getProperty("converge.root", "../..")).toAbsolutePath().normalize();
  private static final Duration EVERY = Duration.ofMillis(100);
  private static final int LOOPS = 2;
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final String MIGRATION = "dev/converge/service/migration/V003__audit_report.sql";

  private static Platform platform;
  private final HttpClient client = HttpClient.newHttpClient();
  private final List<Instance> instances = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    Path tests = Files.createDirectories(ROOT.resolve("target/test-platforms"));
    Layout layout = new Layout(ROOT, Files.createTempDirectory(tests, "state-"));
    platform = new Platform(layout, Ports.free(), Map.of());
    platform.start(Part.ORDER_DB);
    try (InputStream sql = SharedJobsIT.class.getClassLoader().getResourceAsStream(MIGRATION)) {
      byte[] migration = Objects.requireNonNull(sql).readAllBytes();
      execute("SET ROLE order_owner; " + new String(migration, StandardCharsets.UTF_8));
    }
  }

  @AfterAll
  static void end() {
    platform.kill(Part.ORDER_DB);
  }

  @BeforeEach
  void startThree() throws Exception {
    execute("TRUNCATE audit_report");
    for (int number = 1; number <= 3; number++) {
      instances.add(new Instance("instance-" + number));
    }
  }

  @AfterEach
  void endAll() throws Exception {
    for (Instance instance : instances) {
      instance.end();
    }
  }

  /** An instance of a service: the lock, and an audit with one check. */
  private static final class Instance {
    private final String name;
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(LOOPS));
    private final AtomicInteger runs = new AtomicInteger();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final JobLock lock;
    private final int port;
    private volatile List<String> consumerCases = List.of();

    Instance(String name) throws Exception {
      this.name = name;
      DatabaseConfig database =
          new DatabaseConfig(
              new Login(
                  "127.0.0.1",
                  platform.ports().of(Part.ORDER_DB),
                  "orders",
                  "order_service",
                  platform.servicePassword()),
              name,
              new Pools(2, 1, 100));
      Pool pool = database.pool(vertx);
      lock = new JobLock(database::lockPool, meters);
      Audit audit =
          new Audit(
              List.of(new Audit.Check("counted", this::run)),
              new Audit.Others(List.of(), () -> Map.of("inbox-blocked", consumerCases)),
              new Audit.Instances(pool, name, lock::runsHere),
              new JobMeters(meters, lock::runsHere),
              EVERY);
      assertThat(await(vertx.deployVerticle(lock))).isNotEmpty();
      assertThat(await(vertx.deployVerticle(audit))).isNotEmpty();
      Router router = Router.router(vertx);
      audit.mount(router);
      port =
          await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
              .actualPort();
    }

    private Future<List<String>> run() {
      runs.incrementAndGet();
      return Future.succeededFuture(List.of("found by " + name));
    }

    /** Blocks every event loop, as a pause of the process would. */
    CountDownLatch pauseUntil(CountDownLatch resumed) {
      CountDownLatch paused = new CountDownLatch(LOOPS);
      for (int loop = 0; loop < LOOPS; loop++) {
        vertx.deployVerticle(new Paused(paused, resumed)).onComplete(begun -> {});
      }
      return paused;
    }

    void end() throws Exception {
      await(vertx.close());
    }
  }

  private static final class Paused extends VerticleBase {
    private final CountDownLatch paused;
    private final CountDownLatch resumed;

    Paused(CountDownLatch paused, CountDownLatch resumed) {
      this.paused = paused;
      this.resumed = resumed;
    }

    @Override
    public Future<?> start() throws Exception {
      paused.countDown();
      assertThat(resumed.await(2, TimeUnit.MINUTES)).isTrue();
      return Future.succeededFuture();
    }
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(30, TimeUnit.SECONDS);
  }

  private List<Instance> holders() {
    return instances.stream().filter(instance -> instance.lock.runsHere()).toList();
  }

  private Instance holder() {
    Awaitility.await("one holder").atMost(WITHIN).until(() -> holders().size() == 1);
    return holders().get(0);
  }

  private String audit(Instance of) throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + of.port + "/audit")).build(),
            BodyHandlers.ofString())
        .body();
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = platform.connect("order");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static int sessionsWithTheLock() throws SQLException {
    try (Connection connection = platform.connect("order");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT count(*) FROM pg_locks"
                    + " WHERE locktype = 'advisory' AND classid = x'434F4E56'::int"
                    + " AND objid = 1 AND objsubid = 2 AND granted")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private void awaitSameReports(Instance by) {
    Awaitility.await("same report everywhere")
        .atMost(WITHIN)
        .untilAsserted(
            () -> {
              for (Instance instance : instances) {
                assertThat(audit(instance)).contains("found by " + by.name);
                assertThat(
                        instance
                            .meters
                            .get("audit.findings")
                            .tag("check", "counted")
                            .gauge()
                            .value())
                    .isEqualTo(1);
              }
            });
  }

  @Test
  void jobsRunInOneInstanceAndEveryInstanceShowsTheirReport() throws Exception {
    Instance holder = holder();
    Awaitility.await("runs").atMost(WITHIN).until(() -> holder.runs.get() >= 20);

    awaitSameReports(holder);
    assertThat(sessionsWithTheLock()).isEqualTo(1);
    for (Instance instance : instances) {
      assertThat(instance.runs.get() > 0).as(instance.name).isEqualTo(instance == holder);
      assertThat(instance.meters.get("jobs.holder").gauge().value())
          .isEqualTo(instance == holder ? 1 : 0);
    }
  }

  @Test
  void findingOfOneInstancesConsumerIsShownByAllUntilItIsOver() {
    Instance holder = holder();
    Instance other = instances.stream().filter(one -> one != holder).findFirst().orElseThrow();
    other.consumerCases = List.of("blocked");
    Awaitility.await("finding everywhere")
        .atMost(WITHIN)
        .untilAsserted(
            () -> {
              for (Instance instance : instances) {
                JsonObject shown = new JsonObject(audit(instance));
                assertThat(shown.getJsonArray("findings").toString()).contains("[\"blocked\"]");
              }
            });

    other.consumerCases = List.of();

    Awaitility.await("no finding anywhere")
        .atMost(WITHIN)
        .untilAsserted(
            () -> {
              for (Instance instance : instances) {
                assertThat(audit(instance)).doesNotContain("blocked\"]");
              }
            });
  }

  @Test
  void anotherTakesOverFromAnInstanceThatEnds() throws Exception {
    Instance first = holder();
    instances.remove(first);
    first.end();

    Instance second = holder();

    Awaitility.await("runs").atMost(WITHIN).until(() -> second.runs.get() >= 3);
    awaitSameReports(second);
  }

  // The server ends its session after ten seconds. It learns of that when it continues.
  @Tag("campaign")
  @Test
  void anotherTakesOverFromAnInstanceThatIsSilent() throws Exception {
    Instance silent = holder();
    instances.remove(silent);
    CountDownLatch resumed = new CountDownLatch(1);
    CountDownLatch paused = silent.pauseUntil(resumed);
    try {
      assertThat(paused.await(10, TimeUnit.SECONDS)).isTrue();
      awaitSameReports(holder());
    } finally {
      resumed.countDown();
      instances.add(silent);
    }

    assertThat(holder()).isNotSameAs(silent);
    assertThat(silent.lock.runsHere()).isFalse();
    assertThat(sessionsWithTheLock()).isEqualTo(1);
  }

  @Tag("campaign")
  @Test
  void oneInstanceRunsTheJobsAgainAfterTheDatabaseWasRestarted() throws Exception {
    Instance before = holder();
    platform.kill(Part.ORDER_DB);
    platform.start(Part.ORDER_DB);

    Awaitility.await("lock").atMost(WITHIN).until(() -> sessionsWithTheLock() == 1);
    Instance holder = holder();
    int runs = holder.runs.get();

    Awaitility.await("runs").atMost(WITHIN).until(() -> holder.runs.get() > runs);
    assertThat(before.runs.get()).isPositive();
  }
}
