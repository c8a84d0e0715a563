package dev.converge.payment.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.Outbox;
import dev.converge.payment.PaymentDatabase;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.postgres.PostgresPaymentRepository;
import dev.converge.payment.provider.PaymentProvider.ChargeAnswer;
import dev.converge.payment.provider.PaymentProvider.ChargeRequest;
import dev.converge.payment.provider.PaymentProvider.EnvironmentFaultException;
import dev.converge.payment.provider.SimulatedProvider;
import dev.converge.service.postgres.HeldRows;
import dev.converge.testkit.SchemaSweep;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: a column of another type, or a trigger that drops rows, is an environment fault, and
 * nothing is decided on it. Method: each column and each table in turn, on a real PostgreSQL.
 */
class SchemaSweepIT {
  private static final UUID KNOWN = new UUID(0, 1);
  private static final UUID DUE = new UUID(0, 2);

  private final PaymentDatabase database = new PaymentDatabase();
  private final PaymentRepository payments = new PostgresPaymentRepository();
  private final SimulatedProvider provider =
      new SimulatedProvider(
          database.vertx(), database.pool(), new SimpleMeterRegistry(), new HeldRows(false));
  private final PaymentCommandHandler handler =
      new PaymentCommandHandler(
          payments,
          Outbox.create(),
          new ProviderCalls(
              database.vertx(),
              database.pool(),
              payments,
              Outbox.create(),
              provider,
              new SimpleMeterRegistry()));
  private final CommandMessages messages = new CommandMessages();

  @AfterEach
  void close() {
    database.close();
  }

  private SchemaSweep sweep() {
    return new SchemaSweep(database, this::prepare)
        .operation("charge", () -> handle(messages.charge(UUID.randomUUID())))
        .operation("refund", () -> handle(messages.refund(KNOWN)))
        .operation("find", () -> payments.find(database.pool(), KNOWN))
        .operation("claim", this::claim)
        .operation("wallet", () -> charge(UUID.randomUUID(), "tok_wallet"))
        .operation("ask", () -> charge(UUID.randomUUID()))
        .operation("repeat", () -> charge(KNOWN))
        .operation("ledger", () -> provider.find(KNOWN))
        .operation("undo", () -> provider.undo(KNOWN).recover(SchemaSweepIT::fault));
  }

  private void prepare() {
    database.execute("TRUNCATE payment, provider.charge, provider.wallet, outbox");
    database.execute(
        """
        INSERT INTO provider.wallet (token, currency, balance_minor, deposited_minor)
        VALUES ('tok_wallet', 'EUR', 1099, 1099)
        """);
    database.payment(KNOWN, "CHARGED", 0, "1 hour");
    database.payment(DUE, "CHARGING", 0, "-1 second");
    database.onEventLoop(() -> charge(KNOWN));
  }

  private Future<?> handle(InboundMessage command) {
    return database.pool().withTransaction(tx -> handler.handle(tx, List.of(command)));
  }

  private Future<?> claim() {
    return payments.claim(database.pool(), 10, Duration.ofMinutes(1)).compose(this::release);
  }

  private Future<Void> release(List<Payment> claimed) {
    assertThat(claimed).isNotEmpty();
    return payments.release(database.pool(), claimed);
  }

  private Future<ChargeAnswer> charge(UUID key) {
    return charge(key, "tok_ok");
  }

  private Future<ChargeAnswer> charge(UUID key, String token) {
    return provider
        .charge(new ChargeRequest(key, 1_099, "EUR", token))
        .map(answer -> assertThat(answer).isEqualTo(ChargeAnswer.APPROVED).actual())
        .recover(SchemaSweepIT::fault);
  }

  // The provider has classified the failure.
  private static <T> Future<T> fault(Throwable cause) {
    return Future.failedFuture(
        cause instanceof EnvironmentFaultException ? new TimeoutException() : cause);
  }

  @Tag("campaign")
  @Test
  void columnOfAnotherTypeIsAnEnvironmentFault() {
    assertThat(sweep().otherTypes()).isEmpty();
  }

  @Test
  void triggerThatDropsRowsIsAnEnvironmentFault() {
    assertThat(sweep().droppedRows()).isEmpty();
  }
}
