package dev.converge.lab.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.history.Request.Kind;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: the client repeats requests with an unknown outcome with the same key, and records all of
 * them. Method: a server that refuses each key once, for certain or not.
 */
class HistoryClientTest {
  private static final int ORDERS = 60;
  private static final ConcurrentBurst CROWD = new ConcurrentBurst(40, 3, 9);

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Set<String> seen = new HashSet<>();
  private final CountDownLatch placed = new CountDownLatch(ORDERS);

  @TempDir private Path folder = Path.of("");

  @AfterEach
  void end() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void unansweredOrderIsRepeatedWithItsKeyUntilItIsAnswered() throws Exception {
    int port =
        vertx
            .createHttpServer()
            .requestHandler(this::serve)
            .listen(0, "127.0.0.1")
            .await(10, TimeUnit.SECONDS)
            .actualPort();
    Path file = folder.resolve("history.ndjson");
    HistoryClient client =
        new HistoryClient(
            vertx,
            new HistoryPlan("http://127.0.0.1:" + port, 3, "run", 200, CROWD, 90, file.toString()));
    var over = client.begin();
    assertThat(placed.await(30, TimeUnit.SECONDS)).isTrue();
    client.end();
    over.await(30, TimeUnit.SECONDS);

    List<Request> history = History.read(file);
    assertThat(history).allSatisfy(each -> assertThat(each.completedMicros()).isNotNull());
    assertRepeatedUntilAnswered(history);
    assertThat(history)
        .allSatisfy(
            each ->
                assertThat(OrderKind.isInvalid(each.sent().key()))
                    .isEqualTo(each.sent().body().equals(OrderKind.INVALID.label())));
    assertThat(history).extracting(request -> request.sent().kind()).contains(Kind.values());
    assertThat(history.stream().filter(each -> each.sent().body().equals("contended")))
        .extracting(request -> request.sent().journey())
        .containsOnly(-1L, -2L, -3L, -4L, -5L, -6L, -7L, -8L, -9L);
    List<Request> equal =
        history.stream()
            .filter(each -> each.sent().body().equals(OrderKind.EQUAL.label()))
            .toList();
    assertOneRequest(equal);
    assertAllSentBeforeTheFirstAnswer(history, equal);
  }

  private static void assertRepeatedUntilAnswered(List<Request> history) {
    Map<String, List<Request>> byKey =
        history.stream()
            .filter(each -> each.sent().kind() == Kind.PLACE)
            .collect(Collectors.groupingBy(request -> request.sent().key()));
    assertThat(byKey).hasSizeGreaterThanOrEqualTo(ORDERS);
    assertThat(byKey.values())
        .allSatisfy(
            places -> {
              assertThat(places)
                  .extracting(Request::outcome)
                  .contains(Outcome.UNKNOWN, Outcome.OK)
                  .doesNotContain(Outcome.FAIL);
              assertThat(places)
                  .extracting(request -> request.sent().journey())
                  .containsOnly(places.get(0).sent().journey());
            });
  }

  private static void assertOneRequest(List<Request> equal) {
    assertThat(equal).extracting(request -> request.sent().journey()).containsOnly(-10L);
    // The first is refused, for certain or not, and repeated.
    assertThat(equal).hasSize(CROWD.equal() + 1);
    assertThat(equal)
        .extracting(request -> request.sent().key())
        .containsOnly(equal.get(0).sent().key());
    assertThat(equal)
        .extracting(request -> request.sent().content())
        .containsOnly(equal.get(0).sent().content());
    assertThat(equal)
        .extracting(request -> request.answered().order())
        .filteredOn(Objects::nonNull)
        .hasSize(40);
  }

  private static void assertAllSentBeforeTheFirstAnswer(
      List<Request> history, List<Request> equal) {
    long firstAnswer =
        history.stream()
            .mapToLong(each -> Objects.requireNonNull(each.completedMicros()))
            .min()
            .orElseThrow();
    assertThat(equal.stream().filter(each -> each.invokedMicros() <= firstAnswer))
        .as("sent before any was answered")
        .hasSize(CROWD.equal());
    assertThat(history.stream().filter(each -> each.sent().journey() >= 0))
        .as("others, once the burst is admitted")
        .allSatisfy(
            each ->
                assertThat(each.invokedMicros())
                    .isGreaterThanOrEqualTo(
                        equal.stream()
                            .mapToLong(one -> Objects.requireNonNull(one.completedMicros()))
                            .max()
                            .orElseThrow()));
  }

  @Test
  void invalidOrderIsMarkedInItsKeyOnly() {
    UUID id = new UUID(1, 2);
    for (OrderKind kind : OrderKind.values()) {
      assertThat(kind.key("run", id)).startsWith("run-").endsWith("-" + id);
      assertThat(OrderKind.isInvalid(kind.key("run", id))).isEqualTo(kind == OrderKind.INVALID);
    }
  }

  // Half of the keys get a 503 at first, the others no answer at all.
  private void serve(HttpServerRequest request) {
    String key = request.getHeader("Idempotency-Key");
    if (request.method().equals(HttpMethod.GET) || key == null) {
      answer(request, "looked-at");
    } else if (seen.add(key)) {
      if (key.hashCode() % 2 == 0) {
        request.response().setStatusCode(503).end();
      } else {
        request.connection().close();
      }
    } else {
      placed.countDown();
      answer(request, key);
    }
  }

  private static void answer(HttpServerRequest request, String order) {
    request
        .response()
        .setStatusCode(202)
        .putHeader("Location", "/orders/" + order)
        .end("{\"orderId\":\"" + order + "\",\"status\":\"PENDING\",\"version\":1}");
  }
}
