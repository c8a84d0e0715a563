package dev.converge.payment.messaging;

import static dev.converge.payment.InMemoryPayments.APPEND;
import static dev.converge.payment.InMemoryPayments.LOCK;
import static dev.converge.payment.InMemoryPayments.SAVE;
import static dev.converge.payment.InMemoryPayments.payment;
import static dev.converge.testkit.InMemoryDatabase.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.OutboxMessage;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.payment.InMemoryPayments;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.PaymentStatus;
import dev.converge.payment.domain.ProviderCall;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: intents and replies of a batch are written together, and only payments that begin to await
 * the provider are called for, after the commit. Method: the handler on payments in memory, whose
 * statements are recorded and fail when the test says so.
 */
class PaymentCommandHandlerTest {
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);

  private final InMemoryPayments payments = new InMemoryPayments();
  private final List<Payment> called = new ArrayList<>();
  private final PaymentCommandHandler handler =
      new PaymentCommandHandler(payments, payments.outbox(), called::addAll);
  private final CommandMessages messages = new CommandMessages();

  private AfterCommit handle(InboundMessage... batch) {
    payments.database().clearStatements();
    return payments.database().inTransaction(tx -> handler.handle(tx, List.of(batch)));
  }

  @Test
  void locksThenWritesIntentsAndRepliesInOneTransaction() {
    handle(messages.charge(BOB), messages.refund(ADA), messages.charge(BOB)).run();

    assertThat(payments.database().statements())
        .containsExactly(LOCK + " of 2", SAVE, APPEND, COMMIT);
    assertThat(payments.payment(BOB)).isEqualTo("CHARGING 0 0");
    assertThat(payments.payment(ADA)).isEqualTo("REFUNDED 0 1");
    assertThat(payments.replies()).containsExactly("1 1 PaymentRefunded");
  }

  @Test
  void newChargeIsLeasedAndCalledForAfterTheCommitOnly() {
    AfterCommit follows = handle(messages.charge(ADA));

    assertThat(payments.lease(ADA)).contains(ProviderCall.LEASE);
    assertThat(called).isEmpty();

    follows.run();

    assertThat(called).containsExactly(payments.stored(ADA));
  }

  @ParameterizedTest
  @ValueSource(strings = {LOCK, SAVE, APPEND, COMMIT})
  void oneFailedStatementLeavesNothingOfTheBatch(String statement) {
    payments.database().fail(statement, new IllegalStateException("refused"));

    assertThatThrownBy(() -> handle(messages.charge(ADA), messages.refund(BOB)).run())
        .hasMessage("refused");

    assertThat(payments.payment(ADA)).isEqualTo("none");
    assertThat(payments.payment(BOB)).isEqualTo("none");
    assertThat(payments.replies()).isEmpty();
    assertThat(called).isEmpty();
  }

  @Test
  void redeliveredChargeWhoseOutcomeIsCertainGetsTheSameReply() {
    payments.addDue(
        List.of(payment(ADA, PaymentStatus.CHARGED, 0), payment(BOB, PaymentStatus.DECLINED, 0)));
    InboundMessage first = messages.charge(ADA);
    InboundMessage second = messages.charge(BOB);

    handle(first, second).run();

    assertThat(payments.replies()).containsExactly("1 1 PaymentCharged", "2 1 PaymentDeclined");
    assertThat(payments.sent())
        .extracting(message -> message.origin().causationId())
        .containsExactly(first.id(), second.id());
    assertThat(called).isEmpty();
  }

  @Test
  void redeliveredChargeWhoseCallIsRunningIsNeitherAnsweredNorCalledForAgain() {
    handle(messages.charge(ADA)).run();
    called.clear();

    handle(messages.charge(ADA)).run();

    assertThat(payments.replies()).isEmpty();
    assertThat(called).isEmpty();
  }

  @Test
  void refundOfARunningChargeIsCalledForInItsPlace() {
    handle(messages.charge(ADA)).run();
    called.clear();

    handle(messages.refund(ADA)).run();

    assertThat(payments.replies()).isEmpty();
    assertThat(called).extracting(Payment::status).containsExactly(PaymentStatus.REFUNDING);
  }

  @Test
  void refundBeforeItsChargeRefusesTheChargeWithoutTheProvider() {
    handle(messages.refund(ADA), messages.charge(ADA)).run();

    assertThat(payments.replies()).containsExactly("1 1 PaymentRefunded", "1 2 PaymentDeclined");
    assertThat(payments.sent().get(1).payload().json()).contains("\"CANCELLED\"");
    assertThat(called).isEmpty();
  }

  @Test
  void replyNamesItsOrderItsCommandAndItsTrace() {
    InboundMessage command = messages.refund(ADA);

    handle(command).run();

    assertThat(payments.sent())
        .extracting(OutboxMessage::topic, OutboxMessage::aggregateId, OutboxMessage::origin)
        .containsExactly(
            tuple(
                "order.replies",
                ADA.toString(),
                new MessageOrigin(ADA, command.id(), CommandMessages.TRACEPARENT)));
  }

  @Test
  void messageThatIsNotACommandIsUnprocessableBeforeAnyLock() {
    assertThatThrownBy(
            () -> handle(messages.refund(ADA), messages.message("PaymentCharged", BOB, "")).run())
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessage("dev.converge.payment.PaymentCharged.v1 is not a command");

    assertThat(payments.database().statements()).isEmpty();
    assertThat(called).isEmpty();
  }
}
