package dev.converge.order.application;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.order.http.OrderRoutes;
import dev.converge.order.postgres.PostgresIdempotencyKeyRepository;
import dev.converge.order.postgres.PostgresOperatorLog;
import dev.converge.order.postgres.PostgresOrderRepository;
import dev.converge.order.postgres.PostgresOrderStoryRepository;
import dev.converge.order.postgres.PostgresSagaRepository;
import dev.converge.order.saga.PlaceOrderSaga;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.order.saga.SagaTimes;
import dev.converge.outbox.Outbox;
import dev.converge.service.http.HttpApi;
import dev.converge.service.runtime.Telemetry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PrepareOptions;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.Query;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a client whose order is not admitted learns when to retry, and nothing is placed. Method:
 * the real routes behind a real server, every token taken, a clock that the test sets, and a
 * database that is unavailable and counts the attempts to use it.
 */
class ShedOrdersTest {
  private static final Duration WITHIN = Duration.ofSeconds(10);
  private static final String ORDER =
      """
      {"customerId":"ada","currency":"EUR","paymentToken":"tok_ok",
       "lines":[{"sku":"espresso-beans","quantity":1,"unitPriceMinor":1290}]}
      """;

  private final Vertx vertx = Vertx.vertx();
  private final Telemetry telemetry = Telemetry.start("order-service", Map.of());
  private final AtomicLong nanos = new AtomicLong();
  private final AdmissionControl admission =
      new AdmissionControl(vertx, telemetry.meters(), nanos::get);
  private final UnavailablePool database = new UnavailablePool();
  private final Promise<Context> loop = Promise.promise();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(WITHIN).build();
  private int port;

  /** A database that is unavailable. */
  private static final class UnavailablePool implements Pool {
    private final AtomicInteger requests = new AtomicInteger();

    @Override
    public Future<SqlConnection> getConnection() {
      requests.incrementAndGet();
      return Future.failedFuture(new ConnectException("unavailable"));
    }

    @Override
    public Query<RowSet<Row>> query(String sql) {
      throw new UnsupportedOperationException(sql);
    }

    @Override
    public PreparedQuery<RowSet<Row>> preparedQuery(String sql) {
      throw new UnsupportedOperationException(sql);
    }

    @Override
    public PreparedQuery<RowSet<Row>> preparedQuery(String sql, PrepareOptions options) {
      throw new UnsupportedOperationException(sql);
    }

    @Override
    public int size() {
      return 0;
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }

  @BeforeEach
  void startWithEveryTokenTaken() throws Exception {
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    HttpApi api =
        new HttpApi(
            "127.0.0.1",
            port,
            telemetry,
            "openapi/order-service.json",
            Future::succeededFuture,
            this::mount);
    await(vertx.deployVerticle(api));
    assertThat(onLoop(() -> AdmissionControlTest.fallBehind(admission))).isTrue();
  }

  private void mount(Router router) {
    // The server's own event loop, on which orders are admitted.
    loop.complete(vertx.getOrCreateContext());
    SagaDefinition definition = PlaceOrderSaga.definition(SagaTimes.standard());
    OrderRepository orders = new PostgresOrderRepository();
    SagaRepository sagas = new PostgresSagaRepository();
    OrderOutcomes outcomes = new OrderOutcomes(vertx);
    SagaEngine engine =
        new SagaEngine(
            definition,
            sagas,
            Outbox.create(telemetry.tracer()),
            new SagaFollowUp(admission, outcomes, telemetry.meters()),
            Clock.systemUTC());
    new OrderRoutes(
            new PlaceOrder(
                vertx,
                database,
                new PostgresIdempotencyKeyRepository(),
                orders,
                engine,
                admission,
                telemetry.meters()),
            new FindOrder(database, orders, sagas, new PostgresOrderStoryRepository(), definition),
            new SignalOrder(database, orders, engine, new PostgresOperatorLog()),
            outcomes,
            "",
            Clock.systemUTC())
        .mount(router);
  }

  @AfterEach
  void stop() throws Exception {
    await(vertx.close());
    telemetry.meters().close();
  }

  @CanIgnoreReturnValue
  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @CanIgnoreReturnValue
  private <T> T onLoop(Callable<T> action) throws Exception {
    Promise<T> done = Promise.promise();
    await(loop.future())
        .runOnContext(
            run -> {
              try {
                done.complete(action.call());
              } catch (Exception e) {
                done.fail(e);
              }
            });
    return await(done.future());
  }

  private CompletableFuture<HttpResponse<String>> post() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/orders"))
            .timeout(WITHIN)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", "the-first")
            .POST(BodyPublishers.ofString(ORDER))
            .build();
    return client.sendAsync(request, BodyHandlers.ofString());
  }

  private HttpResponse<String> answer(CompletableFuture<HttpResponse<String>> post)
      throws Exception {
    return post.get(WITHIN.toSeconds(), TimeUnit.SECONDS);
  }

  private void awaitWaiting(int orders) throws Exception {
    await(onLoop(() -> waiting(orders)));
  }

  /** Completes once this many orders are queued. */
  private Future<Void> waiting(int orders) {
    return telemetry.meters().get("orders.waiting").gauge().value() == orders
        ? Future.succeededFuture()
        : vertx.timer(5).compose(later -> waiting(orders));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static void assertProblem(HttpResponse<String> answer, String type) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.headers().firstValue("Retry-After").orElse("")).matches("[1-9]\\d?");
    assertThat(new JsonObject(answer.body()).getString("type")).isEqualTo("/problems/" + type);
  }

  private void assertRefused(HttpResponse<String> answer) {
    assertProblem(answer, "overloaded");
    assertThat(telemetry.meters().get("orders.refused").counter().count()).isEqualTo(1);
    assertThat(database.requests).hasValue(0);
  }

  @Test
  void anOrderBeyondTheQueueIsRefusedWithRetryAfterAndNotPlaced() throws Exception {
    onLoop(() -> Stream.generate(admission::admit).limit(AdmissionControl.MAX_QUEUED).toList());

    assertRefused(answer(post()));
  }

  @Test
  void anOrderThatIsQueuedForTooLongIsRefusedWithRetryAfterAndNotPlaced() throws Exception {
    Future<Void> ahead = onLoop(admission::admit);
    CompletableFuture<HttpResponse<String>> post = post();
    awaitWaiting(2);

    // The one reply admits the first order, and is recent enough not to count as silence.
    Duration half = AdmissionControl.MAX_WAIT.dividedBy(2);
    pass(half);
    AdmissionControlTest.replyOnce(admission);
    await(ahead);
    assertThat(post).isNotDone();
    pass(AdmissionControl.MAX_WAIT.minus(half).plusNanos(1));

    assertRefused(answer(post));
  }

  @Test
  void anOrderThatIsAdmittedInTimeReachesTheDatabase() throws Exception {
    CompletableFuture<HttpResponse<String>> post = post();
    awaitWaiting(1);
    AdmissionControlTest.replyOnce(admission);

    assertProblem(answer(post), "unavailable");
    assertThat(database.requests).hasValue(1);
  }
}
