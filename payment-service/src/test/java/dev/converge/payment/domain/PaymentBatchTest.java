package dev.converge.payment.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.payment.domain.Payment.Cause;
import dev.converge.payment.domain.PaymentCommand.ChargePayment;
import dev.converge.payment.domain.PaymentCommand.RefundPayment;
import dev.converge.payment.domain.PaymentDecision.Reply;
import dev.converge.payment.domain.ProviderAnswer.Approved;
import dev.converge.payment.domain.ProviderAnswer.Declined;
import dev.converge.payment.domain.ProviderAnswer.Unanswered;
import dev.converge.payment.domain.ProviderAnswer.Undone;
import dev.converge.testkit.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: a batch has the same result as its commands or answers one by one, and names exactly the
 * payments that begin to await the provider. Method: examples, and random batches that are decided
 * both ways.
 */
class PaymentBatchTest {
  private static final UUID ORDER = new UUID(0, 1);
  private static final UUID OTHER = new UUID(0, 2);
  private static final Charge CHARGE = new Charge(1_099, "EUR", "tok_ok");

  private static ChargePayment charge(UUID orderId) {
    return new ChargePayment(orderId, CHARGE, new Cause(new UUID(1, 1), null));
  }

  private static RefundPayment refund(UUID orderId) {
    return new RefundPayment(orderId, new Cause(new UUID(1, 2), null));
  }

  private static PaymentBatch decide(PaymentCommand... commands) {
    return PaymentBatch.decide(List.of(commands), Map.of());
  }

  /** The batch of commands for payments that an earlier batch wrote. */
  private static PaymentBatch decideAfter(PaymentBatch before, PaymentCommand... commands) {
    return PaymentBatch.decide(List.of(commands), byOrder(before.payments()));
  }

  private static PaymentBatch answerAfter(PaymentBatch before, ProviderAnswer... answers) {
    return PaymentBatch.decideAnswers(List.of(answers), byOrder(before.payments()));
  }

  private static Map<UUID, Payment> byOrder(List<Payment> payments) {
    Map<UUID, Payment> byOrder = new HashMap<>();
    payments.forEach(payment -> byOrder.put(payment.orderId(), payment));
    return byOrder;
  }

  private static List<Reply> replies(PaymentBatch batch) {
    return batch.decisions().stream().map(PaymentDecision::reply).toList();
  }

  @Test
  void newChargesAreCalledFor() {
    PaymentBatch batch = decide(charge(ORDER), charge(OTHER));

    assertThat(batch.payments()).extracting(Payment::orderId).containsExactly(ORDER, OTHER);
    assertThat(batch.toCall()).isEqualTo(batch.payments());
    assertThat(replies(batch)).containsExactly(Reply.NONE, Reply.NONE);
  }

  @Test
  void chargeAndRefundInOneBatchLeaveOneCallToUndo() {
    PaymentBatch batch = decide(charge(ORDER), refund(ORDER));

    assertThat(batch.payments())
        .singleElement()
        .extracting(Payment::status)
        .isEqualTo(PaymentStatus.REFUNDING);
    assertThat(batch.toCall()).isEqualTo(batch.payments());
  }

  @Test
  void refundBeforeItsChargeNeedsNoCall() {
    PaymentBatch batch = decide(refund(ORDER), charge(ORDER));

    assertThat(replies(batch)).containsExactly(Reply.REFUNDED, Reply.DECLINED);
    assertThat(batch.toCall()).isEmpty();
  }

  @Test
  void repeatedCommandCallsTheProviderOnce() {
    PaymentBatch batch = decideAfter(decide(charge(ORDER)), charge(ORDER));

    assertThat(batch.payments()).hasSize(1);
    assertThat(batch.toCall()).isEmpty();
  }

  @Test
  void refundAfterFailedCallsIsCalledForAgain() {
    PaymentBatch attempted = answerAfter(decide(charge(ORDER)), new Unanswered(ORDER));

    PaymentBatch batch = decideAfter(attempted, refund(ORDER));

    assertThat(batch.toCall())
        .singleElement()
        .satisfies(
            payment -> {
              assertThat(payment.status()).isEqualTo(PaymentStatus.REFUNDING);
              assertThat(payment.attempts()).isZero();
            });
  }

  @Test
  void lateAnswerOfOneBatchSeesTheEarlierOne() {
    PaymentBatch batch =
        answerAfter(decide(charge(ORDER)), new Approved(ORDER), new Declined(ORDER, "LATE"));

    assertThat(replies(batch)).containsExactly(Reply.CHARGED, Reply.NONE);
    assertThat(batch.payments())
        .singleElement()
        .extracting(Payment::status)
        .isEqualTo(PaymentStatus.CHARGED);
    assertThat(batch.toCall()).isEmpty();
  }

  @Test
  void answerWithoutPaymentFailsTheBatch() {
    assertThatThrownBy(() -> replies(answerAfter(decide(charge(ORDER)), new Undone(OTHER))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(OTHER.toString());
  }

  @Test
  void declineOfARefundedOrderNamesTheCancellation() {
    PaymentBatch batch = decide(refund(ORDER), charge(ORDER));

    assertThat(batch.decisions().get(1).declineReason()).isEqualTo("CANCELLED");
  }

  @Test
  void batchHasTheResultOfItsPartsOneByOne() {
    Seed.forEach(
        500,
        seed -> {
          Random random = new Random(seed);
          Map<UUID, Payment> known = new HashMap<>();
          for (int batch = 0; batch < 6; batch++) {
            decideBothWays(random, known);
          }
        });
  }

  private static void decideBothWays(Random random, Map<UUID, Payment> known) {
    List<PaymentCommand> commands = new ArrayList<>();
    List<ProviderAnswer> answers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      UUID orderId = new UUID(0, random.nextInt(3));
      commands.add(random.nextBoolean() ? charge(orderId) : refund(orderId));
      if (known.containsKey(orderId)) {
        answers.add(answer(random, orderId));
      }
    }
    Map<UUID, Payment> now = new HashMap<>(known);
    List<PaymentDecision> decisions = new ArrayList<>();
    PaymentBatch batch;
    if (random.nextBoolean()) {
      batch = PaymentBatch.decide(commands, known);
      commands.forEach(
          each -> apply(PaymentBatch.decide(List.of(each), Map.copyOf(now)), now, decisions));
    } else {
      batch = PaymentBatch.decideAnswers(answers, known);
      answers.forEach(
          each ->
              apply(PaymentBatch.decideAnswers(List.of(each), Map.copyOf(now)), now, decisions));
    }

    assertThat(batch.decisions()).isEqualTo(decisions);
    assertThat(batch.payments()).allSatisfy(one -> assertThat(now).containsValue(one));
    assertThat(batch.toCall())
        .allMatch(payment -> payment.status().awaitsProvider())
        .allSatisfy(payment -> assertThat(batch.payments()).contains(payment));
    known.putAll(now);
  }

  private static void apply(
      PaymentBatch single, Map<UUID, Payment> now, List<PaymentDecision> decisions) {
    now.putAll(byOrder(single.payments()));
    decisions.addAll(single.decisions());
  }

  private static ProviderAnswer answer(Random random, UUID orderId) {
    return switch (random.nextInt(4)) {
      case 0 -> new Approved(orderId);
      case 1 -> new Declined(orderId, "CARD_DECLINED");
      case 2 -> new Undone(orderId);
      default -> new Unanswered(orderId);
    };
  }
}
