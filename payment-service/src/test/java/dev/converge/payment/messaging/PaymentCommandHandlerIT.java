package dev.converge.payment.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.payment.PaymentDatabase;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.postgres.PostgresPaymentRepository;
import dev.converge.testkit.ConnectedDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a batch of commands writes intents and replies together, and the provider is called only
 * after the commit. Method: the handler on a real PostgreSQL, with messages as they arrive from
 * Kafka, and a provider that records its calls.
 */
class PaymentCommandHandlerIT {
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);

  private final PaymentDatabase database = new PaymentDatabase();
  private final FakeProvider provider = new FakeProvider();
  private final PaymentRepository payments = new PostgresPaymentRepository();
  private final ProviderCalls calls =
      new ProviderCalls(
          database.vertx(),
          database.pool(),
          payments,
          Outbox.create(),
          provider,
          new SimpleMeterRegistry());
  private final PaymentCommandHandler handler =
      new PaymentCommandHandler(payments, Outbox.create(), calls);
  private final CommandMessages messages = new CommandMessages();

  @BeforeEach
  void start() {
    assertThat(ConnectedDatabase.await(database.vertx().deployVerticle(calls))).isNotEmpty();
  }

  @AfterEach
  void close() {
    database.close();
  }

  private AfterCommit handle(InboundMessage... batch) {
    return database.inTransaction(tx -> handler.handle(tx, List.of(batch)));
  }

  @Test
  void chargeIsCommittedBeforeTheProviderIsCalled() {
    AfterCommit follows = handle(messages.charge(ADA));

    assertThat(database.payment(ADA, "status, amount_minor, currency, token, replies"))
        .isEqualTo("CHARGING 1099 EUR tok_ok 0");
    assertThat(database.payment(ADA, "next_attempt_at - updated_at")).isEqualTo("00:00:08");
    assertThat(provider.calls).isEmpty();

    follows.run();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(database.replies(ADA)).isEqualTo("1 PaymentCharged"));
    assertThat(provider.calls).containsExactly("charge " + ADA + " 1099 EUR");
  }

  @Test
  void refundBeforeItsChargeIsAnsweredWithoutTheProvider() {
    handle(messages.refund(ADA), messages.charge(ADA), messages.refund(BOB)).run();

    assertThat(database.replies(ADA)).isEqualTo("1 PaymentRefunded, 2 PaymentDeclined");
    assertThat(database.replies(BOB)).isEqualTo("1 PaymentRefunded");
    assertThat(database.payment(ADA, "status")).isEqualTo("REFUNDED");
    assertThat(provider.calls).isEmpty();
  }

  @Test
  void chargeAndRefundInOneBatchAreUndoneOnly() {
    handle(messages.charge(ADA), messages.refund(ADA)).run();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(database.replies(ADA)).isEqualTo("1 PaymentRefunded"));
    assertThat(provider.calls).containsExactly("undo " + ADA);
  }

  @Test
  void replyNamesItsConversationItsCauseAndItsTrace() {
    InboundMessage command = messages.refund(ADA);

    handle(command).run();

    assertThat(
            database.value(
                """
                SELECT concat_ws(' ', aggregatetype, correlationid, causationid, traceparent)
                FROM outbox
                """))
        .isEqualTo("order.replies " + ADA + " " + command.id() + " " + CommandMessages.TRACEPARENT);
  }

  @Test
  void replyIsNotACommandAndNothingIsWritten() {
    assertThatThrownBy(
            () -> handle(messages.refund(ADA), messages.message("PaymentCharged", BOB, "")).run())
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessage("dev.converge.payment.PaymentCharged.v1 is not a command");
    assertThat(database.replies(ADA)).isEqualTo("null");
  }
}
