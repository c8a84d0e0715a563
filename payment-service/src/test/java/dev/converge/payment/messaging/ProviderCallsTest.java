package dev.converge.payment.messaging;

import static dev.converge.payment.InMemoryPayments.CLAIM;
import static dev.converge.payment.InMemoryPayments.RELEASE;
import static dev.converge.payment.InMemoryPayments.charging;
import static dev.converge.payment.InMemoryPayments.payment;
import static dev.converge.payment.messaging.ProviderCalls.MAX_IN_FLIGHT;
import static dev.converge.testkit.InMemoryDatabase.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.payment.InMemoryPayments;
import dev.converge.payment.domain.PaymentStatus;
import dev.converge.payment.domain.Payments;
import dev.converge.payment.domain.ProviderCall;
import dev.converge.payment.provider.PaymentProvider.ChargeAnswer;
import dev.converge.payment.provider.PaymentProvider.EnvironmentFaultException;
import dev.converge.testkit.EventLoop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.ConnectException;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a payment is called for by its lease, within bounds, and its answer is written or the call
 * is left to be repeated. Method: the calls on payments in memory, a provider whose answers the
 * test chooses, and claims that the test starts instead of the timer.
 */
class ProviderCallsTest {
  private static final EventLoop LOOP = new EventLoop();
  private static final UUID ORDER = new UUID(0, 1);
  private static final String CHARGE = "charge " + ORDER + " 1099 EUR";

  private final InMemoryPayments payments = new InMemoryPayments();
  private final FakeProvider provider = new FakeProvider();
  private final ProviderCalls calls =
      new ProviderCalls(
          LOOP.vertx(),
          payments.database().pool(),
          payments,
          payments.outbox(),
          provider,
          new SimpleMeterRegistry());

  @BeforeEach
  void initWithoutTheTimer() {
    calls.init(LOOP.vertx(), LOOP.vertx().getOrCreateContext());
  }

  @AfterAll
  static void close() {
    LOOP.close();
  }

  private void claim() {
    LOOP.execute(calls::claim);
  }

  private void addDue(PaymentStatus status, int attempts) {
    payments.addDue(List.of(payment(ORDER, status, attempts)));
  }

  private int claims() {
    return Collections.frequency(payments.database().statements(), CLAIM);
  }

  @Test
  void leasedPaymentIsCalledForAndItsReplyWritten() {
    payments.addLeased(charging(1));

    calls.take(charging(1));
    LOOP.settle();

    assertThat(provider.calls).containsExactly(CHARGE);
    assertThat(payments.payment(ORDER)).isEqualTo("CHARGED 0 1");
    assertThat(payments.replies()).containsExactly("1 1 PaymentCharged");
  }

  @Test
  void duePaymentIsLeasedBeforeItsCall() {
    addDue(PaymentStatus.CHARGING, 0);
    provider.onCharge = request -> Promise.<ChargeAnswer>promise().future();

    claim();
    claim();

    assertThat(payments.lease(ORDER)).contains(ProviderCall.LEASE);
    assertThat(provider.calls).containsExactly(CHARGE);
  }

  @Test
  void leaseIsLongerThanACall() {
    assertThat(ProviderCall.LEASE).isGreaterThan(ProviderCall.TIMEOUT);
  }

  @Test
  void refundAndAbandonedChargeAreUndone() {
    addDue(PaymentStatus.REFUNDING, 0);
    claim();
    assertThat(payments.replies()).containsExactly("1 1 PaymentRefunded");

    addDue(PaymentStatus.VOIDING, 0);
    claim();

    assertThat(payments.replies()).containsExactly("1 1 PaymentRefunded", "1 1 PaymentDeclined");
    assertThat(provider.calls).containsExactly("undo " + ORDER, "undo " + ORDER);
  }

  @Test
  void refusedChargeIsDeclined() {
    provider.onCharge = request -> Future.succeededFuture(ChargeAnswer.DECLINED);
    addDue(PaymentStatus.CHARGING, 0);

    claim();

    assertThat(payments.payment(ORDER)).isEqualTo("DECLINED 0 1");
    assertThat(payments.sent().get(0).payload().json()).contains("\"CARD_DECLINED\"");
  }

  @Test
  void failedCallCountsAsAnAttemptAndTheNextClaimRepeatsIt() {
    provider.onCharge = request -> Future.failedFuture("no answer");
    addDue(PaymentStatus.CHARGING, 0);

    claim();
    assertThat(payments.payment(ORDER)).isEqualTo("CHARGING 1 0");
    claim();

    assertThat(payments.payment(ORDER)).isEqualTo("CHARGING 2 0");
    assertThat(provider.calls).containsExactly(CHARGE, CHARGE);
  }

  @Test
  void lastFailedCallAbandonsTheCharge() {
    provider.onCharge = request -> Future.failedFuture("no answer");
    addDue(PaymentStatus.CHARGING, Payments.MAX_CHARGE_ATTEMPTS - 1);

    claim();

    assertThat(payments.payment(ORDER)).isEqualTo("VOIDING 0 0");
    assertThat(payments.replies()).isEmpty();
  }

  @Test
  void environmentFaultWritesNothing() {
    provider.onCharge =
        request -> Future.failedFuture(new EnvironmentFaultException(new ConnectException("db")));
    addDue(PaymentStatus.CHARGING, 0);

    claim();

    assertThat(payments.payment(ORDER)).isEqualTo("CHARGING 0 0");
    assertThat(payments.database().statements()).containsExactly(CLAIM);
  }

  @Test
  void answerThatCannotBeWrittenLeavesThePaymentToItsLease() {
    payments.database().fail(COMMIT, new ConnectException("unavailable"));
    addDue(PaymentStatus.CHARGING, 0);

    claim();

    assertThat(payments.payment(ORDER)).isEqualTo("CHARGING 0 0");
    assertThat(payments.lease(ORDER)).isPresent();
    assertThat(payments.replies()).isEmpty();
  }

  @Test
  void callsBeyondTheLimitAreReleasedAndClaimedWhenThereIsRoom() {
    Promise<ChargeAnswer> first = Promise.promise();
    provider.onCharge =
        request ->
            request.key().equals(ORDER) ? first.future() : Promise.<ChargeAnswer>promise().future();
    payments.addLeased(charging(MAX_IN_FLIGHT + 1));

    calls.take(charging(MAX_IN_FLIGHT + 1));
    LOOP.settle();

    UUID beyond = new UUID(0, MAX_IN_FLIGHT + 1);
    assertThat(provider.calls).hasSize(MAX_IN_FLIGHT);
    assertThat(payments.lease(beyond)).isEmpty();
    assertThat(payments.database().statements()).containsExactly(RELEASE);

    LOOP.execute(() -> first.complete(ChargeAnswer.APPROVED));

    assertThat(provider.calls).hasSize(MAX_IN_FLIGHT + 1).last().asString().contains("" + beyond);
    assertThat(payments.lease(beyond)).contains(ProviderCall.LEASE);
  }

  @Test
  void oneClaimRunsAtATimeAndAnotherFollowsIfItWasRequested() {
    Promise<Void> claimed = payments.database().hold(CLAIM);

    claim();
    claim();
    claim();
    assertThat(claims()).isEqualTo(1);

    LOOP.execute(claimed::complete);
    assertThat(claims()).isEqualTo(2);
  }

  @Test
  void failedClaimDoesNotPreventTheNext() {
    payments.database().fail(CLAIM, new ConnectException("unavailable"));
    addDue(PaymentStatus.CHARGING, 0);

    claim();
    assertThat(provider.calls).isEmpty();
    claim();

    assertThat(provider.calls).containsExactly(CHARGE);
  }
}
