package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.housekeeping.OutboxHousekeeping.Config;
import dev.converge.outbox.housekeeping.OutboxHousekeeping.Retention;
import dev.converge.timing.Periodic;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a watch that cannot read its database reports that, and still repairs what needs Kafka
 * Connect alone. Method: an unreachable database, a fake of Kafka Connect, and a clock set by the
 * test.
 */
class DrainWatchTest {
  private final Vertx vertx = Vertx.vertx();
  private final AtomicLong nanos = new AtomicLong(5);
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicBoolean runsHere = new AtomicBoolean(true);
  private volatile int status = 200;
  private volatile String state = "RUNNING";
  private DrainWatch watch;
  private Periodic checks;

  @BeforeEach
  void start() {
    HttpServer connect =
        vertx.createHttpServer().requestHandler(this::answer).listen(0, "127.0.0.1").await();
    Config config =
        new Config(
            "order-db",
            List.of(URI.create("http://127.0.0.1:" + connect.actualPort())),
            "order-outbox",
            new JsonObject(),
            // Something that accepts connections.
            "127.0.0.1:" + connect.actualPort(),
            Duration.ofMillis(5),
            new Retention(7, 30));
    watch = new DrainWatch(config, unreachable(), meters, nanos::get, runsHere::get);
    checks = watch.start(vertx);
  }

  private Pool unreachable() {
    return PgBuilder.pool()
        .connectingTo(
            new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(1)
                .setDatabase("orders")
                .setUser("order_service"))
        .using(vertx)
        .build();
  }

  private void answer(HttpServerRequest request) {
    requests.add(request.method() + " " + request.path());
    request
        .response()
        .setStatusCode(request.method().name().equals("GET") ? status : 201)
        .end(
            """
            {"connector": {"state": "%1$s"}, "tasks": [{"state": "%1$s", "trace": "boom"}]}
            """
                .formatted(state));
  }

  @AfterEach
  void close() {
    checks.stop();
    vertx.close().await();
  }

  @Test
  void isAFindingAfterHalfAMinuteWithTheDatabaseAndTheCause() {
    pass(29);
    awaitChecks();
    assertThat(watch.findings()).isEmpty();

    pass(16);
    awaitChecks();
    assertThat(watch.findings().get("outbox-not-checked"))
        .containsExactly(
            "order-db: the outbox could not be checked for 45 s:"
                + " the database or the broker does not answer");
    assertThat(meters.get("audit.findings").tag("check", "outbox-not-checked").gauge().value())
        .isEqualTo(1);
    assertThat(
            meters.get("outbox.oldest.undrained.age").tag("cause", "not-checked").gauge().value())
        .isEqualTo(45);
  }

  @Test
  void namesAPausedConnector() {
    state = "PAUSED";
    awaitChecks();
    pass(30);

    assertThat(watch.findings().getOrDefault("outbox-not-checked", List.of()))
        .singleElement()
        .asString()
        .endsWith("; connector order-outbox is paused by an operator");
    assertThat(requests).allMatch(request -> request.startsWith("GET"));
  }

  @Test
  void restartsAFailedConnector() {
    state = "FAILED";

    awaitRequest("POST /connectors/order-outbox/restart");
  }

  @Test
  void registersAMissingConnector() {
    status = 404;
    awaitChecks();
    pass(20);

    awaitRequest("POST /connectors");
    Awaitility.await()
        .until(
            () ->
                List.of("order-db: connector order-outbox was registered")
                    .equals(watch.findings().get("outbox-repaired")));
  }

  private void pass(int seconds) {
    nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }

  /** Waits until a check has ended that has begun after this call. */
  private void awaitChecks() {
    int before = requests.size();
    Awaitility.await().until(() -> requests.size() >= before + 3);
  }

  private void awaitRequest(String request) {
    Awaitility.await().until(() -> requests.contains(request));
  }
}
