package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.uuid.Generators;
import dev.converge.order.application.AdmissionControl;
import dev.converge.order.application.OrderOutcomes;
import dev.converge.order.application.SagaEngine;
import dev.converge.order.application.SagaFollowUp;
import dev.converge.order.application.SagaRepository;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.postgres.PostgresOrderRepository;
import dev.converge.order.postgres.PostgresSagaRepository;
import dev.converge.order.saga.PlaceOrderSaga;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.order.saga.SagaTimes;
import dev.converge.outbox.Outbox;
import dev.converge.payment.messaging.ProviderCalls;
import dev.converge.payment.postgres.PostgresPaymentRepository;
import dev.converge.payment.provider.PaymentProvider;
import dev.converge.platform.Part;
import dev.converge.service.postgres.DatabaseConfig;
import dev.converge.testkit.TestPlatform;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: writes of an owner that has lost its lease or its turn have no effect. Method: the owner's
 * event loop blocks in the middle of its work, as in a paused process. Meanwhile another owner does
 * the work; then the first one continues.
 */
class LateOwnerIT {
  private static final TestPlatform PLATFORM = TestPlatform.create(Map.of());
  private static final Duration WITHIN = Duration.ofSeconds(30);

  private final UUID orderId = Generators.timeBasedEpochGenerator().generate();
  private final List<Vertx> owners = new ArrayList<>();
  private final Outbox outbox = Outbox.create(OpenTelemetry.noop().getTracer("test"));

  @BeforeAll
  static void start() {
    PLATFORM.platform().startWithTables(Part.ORDER_DB);
    PLATFORM.platform().startWithTables(Part.PAYMENT_DB);
  }

  @AfterAll
  static void end() {
    PLATFORM.close();
  }

  @AfterEach
  void endOwners() throws TimeoutException {
    for (Vertx owner : owners) {
      owner.close().await(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void ownerPausedBeyondItsLeaseDoesNotRecordItsOutcome() throws Exception {
    update(
        "payment",
        """
        INSERT INTO payment (order_id, status, amount_minor, currency, token, replies, command_id)
        VALUES ('%1$s', 'CHARGING', 100, 'EUR', 'tok_ok', 0, '%1$s')
        """);
    CountDownLatch called = new CountDownLatch(1);
    CountDownLatch resumed = new CountDownLatch(1);
    own(new PausedInTheCall(called, resumed));
    assertThat(called.await(WITHIN.toSeconds(), TimeUnit.SECONDS)).isTrue();

    // The order asks for its money back, and the lease ends.
    update(
        "payment",
        """
        UPDATE payment SET status = 'REFUNDING', next_attempt_at = now(), updated_at = 'epoch'
        WHERE order_id = '%s'
        """);
    own(new Answering());
    await("payment", "SELECT status FROM payment WHERE order_id = '%s'", "REFUNDED");
    update("payment", "UPDATE payment SET updated_at = 'epoch' WHERE order_id = '%s'");
    resumed.countDown();

    await("payment", "SELECT updated_at > 'epoch' FROM payment WHERE order_id = '%s'", "t");
    assertThat(value("payment", "SELECT status FROM payment WHERE order_id = '%s'"))
        .isEqualTo("REFUNDED");
    assertThat(value("payment", "SELECT string_agg(type, ' ') FROM outbox"))
        .isEqualTo("dev.converge.payment.PaymentRefunded.v1");
  }

  @Test
  void decisionOnAnOlderVersionDoesNotMoveTheSaga() throws Exception {
    Vertx vertx = owner();
    Pool pool = pool(vertx, "order", "orders");
    SagaRepository sagas = new PostgresSagaRepository();
    SagaEngine engine = engine(vertx, sagas);
    Order order =
        Order.placed(
            orderId,
            "customer",
            "EUR",
            List.of(new OrderLine("sku", 1, 100)),
            "tok_ok",
            null,
            Instant.now());
    done(pool.withTransaction(tx -> new PostgresOrderRepository().insert(tx, List.of(order))));
    done(pool.withTransaction(tx -> engine.start(tx, List.of(order))));
    SagaInstance read =
        Objects.requireNonNull(
                done(pool.withTransaction(tx -> sagas.lock(tx, List.of(orderId)))).get(orderId))
            .saga();

    done(
        pool.withTransaction(
            tx -> engine.signal(tx, List.of(new Event(orderId, Trigger.CANCEL_REQUESTED)))));
    SagaInstance decided =
        new SagaInstance(
            orderId,
            read.status(),
            "charge-payment",
            1,
            null,
            read.version() + 1,
            read.messages() + 1,
            read.deadline());

    assertThatThrownBy(
            () ->
                done(pool.withTransaction(tx -> sagas.update(tx, List.of(decided), Instant.now()))))
        .hasStackTraceContaining("saga rows written: 0 (expected: 1)");
    assertThat(value("order", "SELECT status || ' ' || version FROM saga WHERE order_id = '%s'"))
        .isEqualTo("COMPENSATING 2");
  }

  /** A provider that takes the money, and whose answer meets a blocked event loop. */
  private record PausedInTheCall(CountDownLatch called, CountDownLatch resumed)
      implements PaymentProvider {
    @Override
    public Future<ChargeAnswer> charge(ChargeRequest request) {
      called.countDown();
      try {
        boolean inTime = resumed.await(2 * WITHIN.toSeconds(), TimeUnit.SECONDS);
        return inTime
            ? Future.succeededFuture(ChargeAnswer.APPROVED)
            : Future.failedFuture("never resumed");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Future.failedFuture(e);
      }
    }

    @Override
    public Future<Void> undo(UUID key) {
      return Future.failedFuture("not requested");
    }
  }

  /** A provider that answers immediately. */
  private record Answering() implements PaymentProvider {
    @Override
    public Future<ChargeAnswer> charge(ChargeRequest request) {
      return Future.succeededFuture(ChargeAnswer.APPROVED);
    }

    @Override
    public Future<Void> undo(UUID key) {
      return Future.succeededFuture();
    }
  }

  private Vertx owner() {
    Vertx vertx = Vertx.vertx();
    owners.add(vertx);
    return vertx;
  }

  /** Another owner of the calls to the provider. */
  private void own(PaymentProvider provider) throws TimeoutException {
    Vertx vertx = owner();
    Pool pool = pool(vertx, "payment", "payment");
    ProviderCalls calls =
        new ProviderCalls(
            vertx,
            pool,
            new PostgresPaymentRepository(),
            outbox,
            provider,
            new SimpleMeterRegistry());
    done(vertx.deployVerticle(calls));
  }

  private SagaEngine engine(Vertx vertx, SagaRepository sagas) {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    return new SagaEngine(
        PlaceOrderSaga.definition(SagaTimes.standard()),
        sagas,
        outbox,
        new SagaFollowUp(
            new AdmissionControl(vertx, meters),
            new OrderOutcomes(vertx, meters, () -> {}),
            meters),
        Clock.systemUTC());
  }

  private static Pool pool(Vertx vertx, String domain, String database) {
    int port = PLATFORM.platform().ports().of(Part.of(domain + "-db"));
    String password = PLATFORM.platform().servicePassword();
    String user = domain + "_service";
    return new DatabaseConfig(
            new DatabaseConfig.Login("127.0.0.1", port, database, user, password),
            user,
            new DatabaseConfig.Pools(4, 1, 100))
        .pool(vertx);
  }

  private static <T> T done(Future<T> future) throws TimeoutException {
    return future.await(WITHIN.toSeconds(), TimeUnit.SECONDS);
  }

  private void await(String domain, String sql, String expected) throws Exception {
    assertThat(Polling.until(WITHIN, () -> expected.equals(value(domain, sql))))
        .as("%s, %s", expected, sql)
        .isTrue();
  }

  private void update(String domain, String sql) throws SQLException {
    try (Connection connection = PLATFORM.connect(domain);
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql.formatted(orderId))).isOne();
    }
  }

  private String value(String domain, String sql) throws SQLException {
    try (Connection connection = PLATFORM.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql.formatted(orderId))) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "none";
    }
  }
}
