package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Orders are accepted whenever the order database is up, even if every other part is down. Stops
 * the other parts, then the database, makes all databases hang, and sends requests as a client
 * would.
 */
@Order(3)
class AvailabilityIT {
  /** The order service's neighbours, but for Kafka, which they need to end in order. */
  private static final List<Part> NEIGHBOURS =
      List.of(Part.INVENTORY_SERVICE, Part.PAYMENT_SERVICE, Part.CONNECT);

  private static final List<Part> DATABASES = Topology.databaseParts();

  /**
   * Two commits of 5 s, one waiting for the other, and as much for a machine that stalls; below the
   * 30 s of an idle connection.
   */
  private static final Duration REFUSED_WITHIN = Duration.ofSeconds(20);

  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = OrderApi.withoutRepeats(platform);

  @AfterEach
  void startEveryPart() {
    platform.start(Part.ORDER_DB, Part.KAFKA);
    platform.start(Part.CONNECT);
    platform.start(Topology.serviceParts());
  }

  @Test
  void acceptsOrdersWhileItsNeighboursAreDownAndCompletesThemWhenTheyReturn() {
    platform.stop(NEIGHBOURS);
    platform.stop(List.of(Part.KAFKA));

    List<String> orderIds = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      orderIds.add(api.place("espresso-beans", 1, "tok_ok"));
    }
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/readyz", null).status()).isEqualTo(200);
    assertThat(api.order(orderIds.get(0)).path("status").asText()).isEqualTo("PENDING");

    platform.start(Part.KAFKA, Part.CONNECT, Part.INVENTORY_SERVICE, Part.PAYMENT_SERVICE);
    for (String orderId : orderIds) {
      assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
          .isEqualTo("COMPLETED");
    }
  }

  @Tag("campaign")
  @Test
  void orderServiceStartsAndAcceptsOrdersWithoutKafka() {
    platform.platform().stop(Part.KAFKA);
    platform.platform().stop(Part.ORDER_SERVICE);
    platform.start(Part.ORDER_SERVICE);

    String orderId = api.place("espresso-beans", 1, "tok_ok");

    platform.start(Part.KAFKA);
    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
        .isEqualTo("COMPLETED");
  }

  @Test
  void answers503WithRetryAfterWithoutItsDatabaseAndRecovers() {
    platform.platform().stop(Part.ORDER_DB);
    String key = UUID.randomUUID().toString();
    String body = OrderApi.body("espresso-beans", 1, "tok_ok");

    Answer refused = api.post(body, "Idempotency-Key", key);
    assertThat(refused.status()).as(refused.raw().body()).isEqualTo(503);
    assertThat(refused.header("Retry-After")).isNotEmpty();
    assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/readyz", null).status()).isEqualTo(503);
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/livez", null).status()).isEqualTo(200);

    platform.start(Part.ORDER_DB);
    Answer accepted =
        Awaitility.await("same request is accepted")
            .atMost(Duration.ofSeconds(60))
            .until(() -> api.post(body, "Idempotency-Key", key), answer -> answer.status() == 202);
    String orderId = accepted.body().path("orderId").asText();
    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
        .isEqualTo("COMPLETED");
  }

  @Tag("campaign")
  @Test
  void placedOrderIsAcceptedIfItsOutcomeCannotBeRead() throws Exception {
    platform.platform().stop(Part.INVENTORY_SERVICE);
    String key = UUID.randomUUID().toString();
    String body = OrderApi.body("espresso-beans", 1, "tok_ok");
    String placed = "SELECT order_id::text FROM idempotency_key WHERE key = '" + key + "'";
    ExecutorService client = Executors.newSingleThreadExecutor();
    Answer answer;
    try {
      Future<Answer> waiting =
          client.submit(() -> api.post(body, "Idempotency-Key", key, "Prefer", "wait=20"));
      Convergence convergence = new Convergence(platform);
      Awaitility.await("order is placed")
          .atMost(Duration.ofSeconds(60))
          .until(() -> !convergence.strings("order", placed).isEmpty());
      platform.platform().stop(Part.ORDER_DB);
      answer = waiting.get(60, TimeUnit.SECONDS);
    } finally {
      client.shutdownNow();
    }
    assertThat(answer.status()).as(answer.raw().body()).isEqualTo(202);
    assertThat(answer.header("Preference-Applied")).isEmpty();
    assertThat(answer.header("Location")).isNotEmpty();

    platform.start(Part.ORDER_DB, Part.INVENTORY_SERVICE);
    String orderId = answer.body().path("orderId").asText();
    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
        .isEqualTo("COMPLETED");
  }

  @Test
  void answers503WithRetryAfterWhileItsDatabaseHangsAndRecovers() throws Exception {
    String known = api.place("espresso-beans", 1, "tok_ok");
    api.awaitEnd(known, Duration.ofSeconds(60));
    String key = UUID.randomUUID().toString();
    String body = OrderApi.body("espresso-beans", 1, "tok_ok");

    List<Supplier<Answer>> requests =
        List.of(
            () -> api.post(body, "Idempotency-Key", key),
            () -> api.send("POST", Part.ORDER_SERVICE, "/orders/" + known + "/cancel", null),
            () -> api.send("GET", Part.ORDER_SERVICE, "/orders/" + known, null),
            () -> api.send("GET", Part.ORDER_SERVICE, "/orders", null),
            () -> api.send("GET", Part.ORDER_SERVICE, "/sagas/stuck", null),
            () -> api.send("GET", Part.ORDER_SERVICE, "/readyz", null),
            () -> api.send("GET", Part.INVENTORY_SERVICE, "/stock", null),
            () -> api.send("GET", Part.INVENTORY_SERVICE, "/stock/moka-pot", null),
            () -> api.send("PUT", Part.INVENTORY_SERVICE, "/stock/new", "{\"available\":1}"),
            () -> api.send("GET", Part.INVENTORY_SERVICE, "/readyz", null),
            () -> api.send("GET", Part.PAYMENT_SERVICE, "/payments/" + known, null),
            () -> api.send("GET", Part.PAYMENT_SERVICE, "/provider", null),
            () -> api.send("GET", Part.PAYMENT_SERVICE, "/provider/charges/" + known, null),
            () -> api.send("GET", Part.PAYMENT_SERVICE, "/readyz", null));
    signalDatabases("STOP");
    try {
      // Three of each simultaneously: more than the pools have connections.
      allRefused(Stream.of(requests, requests, requests).flatMap(List::stream).toList());
    } finally {
      signalDatabases("CONT");
    }

    Answer accepted =
        Awaitility.await("same request is accepted")
            .atMost(Duration.ofSeconds(60))
            .until(() -> api.post(body, "Idempotency-Key", key), answer -> answer.status() == 202);
    String orderId = accepted.body().path("orderId").asText();
    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
        .isEqualTo("COMPLETED");
  }

  private static void allRefused(List<Supplier<Answer>> requests) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(requests.size());
    try {
      List<Callable<Void>> calls = requests.stream().map(AvailabilityIT::refused).toList();
      for (Future<Void> call : clients.invokeAll(calls)) {
        call.get();
      }
    } finally {
      clients.shutdownNow();
    }
  }

  private static Callable<Void> refused(Supplier<Answer> request) {
    return () -> {
      long began = System.nanoTime();
      Answer answer = request.get();
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      String what = answer.raw().request().method() + " " + answer.raw().uri();
      assertThat(answer.status()).as("%s %s", what, answer.raw().body()).isEqualTo(503);
      assertThat(answer.header("Retry-After")).as(what).isNotEmpty();
      assertThat(took).as(what).isLessThan(REFUSED_WITHIN);
      return null;
    };
  }

  /** Pauses PostgreSQL's processes, or resumes them. */
  private void signalDatabases(String signal) throws Exception {
    for (Part database : DATABASES) {
      ProcessHandle postmaster = platform.platform().process(database).orElseThrow();
      // The postmaster first: it starts no further process then, and those it has are listed.
      signal(signal, Stream.of(postmaster));
      signal(signal, postmaster.descendants());
    }
  }

  private static void signal(String signal, Stream<ProcessHandle> processes) throws Exception {
    List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
    processes.forEach(process -> command.add(Long.toString(process.pid())));
    // The exit code is ignored: a listed process may have ended meanwhile.
    assertThat(new ProcessBuilder(command).start().waitFor(10, TimeUnit.SECONDS)).isTrue();
  }
}
