package dev.converge.order.application;

import static dev.converge.order.InMemoryKeys.TAKE;
import static dev.converge.testkit.DeployedApi.answer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.OrderApiServer;
import dev.converge.testkit.DeployedApi;
import dev.converge.testkit.EventLoop;
import dev.converge.testkit.InMemoryDatabase;
import io.vertx.core.Future;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a client whose order is not admitted is informed when to retry, and no order is placed.
 * Method: the real routes behind a real server, every token taken, a clock that the test sets, and
 * a database that is unavailable and records the attempts to use it.
 */
class ShedOrdersTest {
  private static final String ORDER =
      """
      {"customerId":"ada","currency":"EUR","paymentToken":"tok_ok",
       "lines":[{"sku":"espresso-beans","quantity":1,"unitPriceMinor":1290}]}
      """;

  private final AtomicLong nanos = new AtomicLong();
  private final OrderApiServer server =
      new OrderApiServer((vertx, meters) -> new AdmissionControl(vertx, meters, nanos::get));
  private final AdmissionControl admission = server.admission();
  private final EventLoop loop = server.loop();
  private final InMemoryDatabase database = server.orders().database();

  @BeforeEach
  void takeEveryToken() {
    database.fail(TAKE, new ConnectException("unavailable"));
    boolean behind =
        loop.run(() -> Future.succeededFuture(AdmissionControlTest.fallBehind(admission)));
    assertThat(behind).isTrue();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private CompletableFuture<HttpResponse<String>> post() {
    return server.api().startPost("/orders", ORDER, "Idempotency-Key", "the-first");
  }

  private List<Future<Void>> admit(int orders) {
    return loop.run(
        () -> Future.succeededFuture(Stream.generate(admission::admit).limit(orders).toList()));
  }

  private void replyOnce() {
    loop.execute(() -> AdmissionControlTest.replyOnce(admission));
  }

  private void awaitWaiting(int orders) {
    loop.run(() -> waiting(orders));
  }

  /** Completes once this many orders are queued. */
  private Future<Integer> waiting(int orders) {
    return server.meters().get("orders.waiting").gauge().value() == orders
        ? Future.succeededFuture(orders)
        : loop.vertx().timer(5).compose(later -> waiting(orders));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static void assertRetryLater(HttpResponse<String> answer, String type) {
    DeployedApi.assertProblem(answer, 503, type);
    assertThat(answer.headers().firstValue("Retry-After").orElse("")).matches("[1-9]\\d?");
  }

  private void assertRefused(HttpResponse<String> answer) {
    assertRetryLater(answer, "overloaded");
    assertThat(server.meters().get("orders.refused").counter().count()).isEqualTo(1);
    assertThat(database.statements()).isEmpty();
  }

  @Test
  void orderBeyondTheQueueIsRefusedWithRetryAfterAndNotPlaced() {
    assertThat(admit(AdmissionControl.MAX_QUEUED)).hasSize(AdmissionControl.MAX_QUEUED);

    assertRefused(answer(post()));
  }

  @Test
  void orderQueuedForTooLongIsRefusedWithRetryAfterAndNotPlaced() {
    Future<Void> ahead = admit(1).get(0);
    CompletableFuture<HttpResponse<String>> post = post();
    awaitWaiting(2);

    // The one reply admits the first order, and is recent enough not to count as silence.
    Duration half = AdmissionControl.MAX_WAIT.dividedBy(2);
    pass(half);
    replyOnce();
    loop.run(() -> ahead);
    assertThat(post).isNotDone();
    pass(AdmissionControl.MAX_WAIT.minus(half).plusNanos(1));

    assertRefused(answer(post));
  }

  @Test
  void orderThatIsAdmittedInTimeReachesTheDatabase() {
    CompletableFuture<HttpResponse<String>> post = post();
    awaitWaiting(1);
    replyOnce();

    assertRetryLater(answer(post), "unavailable");
    assertThat(database.statements()).containsExactly(TAKE);
  }
}
