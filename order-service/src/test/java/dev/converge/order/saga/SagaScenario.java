package dev.converge.order.saga;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.ParticipantMessages.OrderCancelled;
import dev.converge.order.saga.ParticipantMessages.OrderCompleted;
import dev.converge.order.saga.ParticipantMessages.OrderRejected;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Ignored;
import dev.converge.order.saga.SagaDecision.Refused;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaSignal.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One order's saga, of {@link ThreeSteps} unless stated, under a virtual clock: sends it signals
 * and asserts what it does. Every signal also checks that versions and message counts grow without
 * a gap, or that nothing changes.
 */
final class SagaScenario {
  static final UUID ORDER_ID = new UUID(0, 1);
  static final Instant PLACED_AT = Instant.parse("2026-01-01T00:00:00Z");
  static final SagaTimes TIMES =
      new SagaTimes(Duration.ofMinutes(15), Duration.ofSeconds(30), Duration.ofMinutes(2), 4);
  static final Order ORDER =
      Order.placed(
          ORDER_ID,
          "customer-1",
          "EUR",
          List.of(new OrderLine("apple", 2, 500), new OrderLine("pear", 1, 99)),
          "tok_ok",
          null,
          PLACED_AT);

  /** As ORDER, in a currency that was withdrawn. */
  static final Order IN_WITHDRAWN_CURRENCY =
      Order.placed(ORDER_ID, "customer-1", "HRK", ORDER.lines(), "tok_ok", null, PLACED_AT);

  private final Order order;
  private final SagaDefinition definition;
  private Instant now = PLACED_AT;
  private SagaDecision decision;
  private SagaInstance saga;

  private SagaScenario(SagaDefinition definition, Order order) {
    this.definition = definition;
    this.order = order;
    Advanced started = definition.start(order, now);
    decision = started;
    saga = started.next();
    assertThat(saga.version()).isEqualTo(1);
    assertThat(saga.messages()).isEqualTo(started.sends().size());
  }

  static SagaScenario placed() {
    return placed(ORDER);
  }

  static SagaScenario placed(Order order) {
    return new SagaScenario(ThreeSteps.definition(TIMES), order);
  }

  /** The order under all steps of the product's saga. */
  static SagaScenario placedWithAllSteps() {
    return new SagaScenario(PlaceOrderSaga.definition(TIMES), ORDER);
  }

  @CanIgnoreReturnValue
  SagaScenario afterReply(SagaReply reply) {
    return signal(new Replied(reply));
  }

  /** Lets time pass until the very moment of the deadline. */
  @CanIgnoreReturnValue
  SagaScenario afterDeadline() {
    now = requireNonNull(saga.deadline(), "no deadline is awaited");
    return signal(Trigger.DEADLINE_PASSED);
  }

  @CanIgnoreReturnValue
  SagaScenario afterDeadlineSignalEarlyBy(Duration early) {
    now = requireNonNull(saga.deadline(), "no deadline is awaited").minus(early);
    return signal(Trigger.DEADLINE_PASSED);
  }

  @CanIgnoreReturnValue
  SagaScenario afterDeadlineSignal() {
    return signal(Trigger.DEADLINE_PASSED);
  }

  @CanIgnoreReturnValue
  SagaScenario afterOtherMessage() {
    return signal(Trigger.OTHER_MESSAGE_RECEIVED);
  }

  @CanIgnoreReturnValue
  SagaScenario afterCancel() {
    return signal(Trigger.CANCEL_REQUESTED);
  }

  @CanIgnoreReturnValue
  SagaScenario afterOperatorsRetry() {
    return signal(Trigger.RETRY_REQUESTED);
  }

  @CanIgnoreReturnValue
  SagaScenario afterOperatorsSkip() {
    return signal(Trigger.SKIP_REQUESTED);
  }

  @CanIgnoreReturnValue
  SagaScenario afterOperatorsCompensation() {
    return signal(Trigger.COMPENSATE_REQUESTED);
  }

  @CanIgnoreReturnValue
  private SagaScenario signal(SagaSignal signal) {
    decision = definition.decide(saga, order, signal, now);
    assertThat(definition.decide(saga, order, signal, now)).isEqualTo(decision);
    if (decision instanceof Advanced advanced) {
      SagaInstance next = advanced.next();
      assertThat(next.version()).isEqualTo(saga.version() + 1);
      assertThat(next.messages()).isEqualTo(saga.messages() + advanced.sends().size());
      assertThat(next.orderId()).isEqualTo(saga.orderId());
      saga = next;
    }
    return this;
  }

  /** The last signal sent exactly this message, and the order continues. */
  @CanIgnoreReturnValue
  SagaScenario sends(Class<? extends SagaMessage> payload) {
    assertThat(advanced().sends())
        .singleElement()
        .satisfies(send -> assertThat(send.payload()).isInstanceOf(payload));
    assertThat(advanced().outcome()).isNull();
    return this;
  }

  /** The last signal had exactly this message sent. */
  @CanIgnoreReturnValue
  SagaScenario sendsTo(String topic, SagaMessage payload) {
    assertThat(advanced().sends()).containsExactly(new SagaDecision.Send(topic, payload));
    return this;
  }

  @CanIgnoreReturnValue
  SagaScenario awaits(SagaStatus status, String step, int attempt, Duration timeout) {
    assertThat(saga.status()).isEqualTo(status);
    assertThat(saga.step()).isEqualTo(step);
    assertThat(saga.attempt()).isEqualTo(attempt);
    assertThat(saga.deadline()).isEqualTo(now.plus(timeout));
    return this;
  }

  @CanIgnoreReturnValue
  SagaScenario ignores() {
    assertThat(decision).isInstanceOf(Ignored.class);
    return this;
  }

  @CanIgnoreReturnValue
  SagaScenario refuses(String why) {
    assertThat(decision).isEqualTo(new Refused(why));
    return this;
  }

  @CanIgnoreReturnValue
  SagaScenario isStuck() {
    assertThat(advanced().sends()).isEmpty();
    assertThat(advanced().outcome()).isNull();
    assertThat(saga.status()).isEqualTo(SagaStatus.STUCK);
    assertThat(saga.deadline()).isNull();
    return this;
  }

  /** The last signal ended the order and published its end. */
  @CanIgnoreReturnValue
  SagaScenario ends(OrderStatus outcome, @Nullable AbortReason reason) {
    SagaMessage event =
        switch (outcome) {
          case COMPLETED -> new OrderCompleted(ORDER_ID);
          case REJECTED -> new OrderRejected(ORDER_ID, String.valueOf(reason));
          case CANCELLED -> new OrderCancelled(ORDER_ID, String.valueOf(reason));
          case PENDING -> throw new IllegalArgumentException("PENDING is no end");
        };
    sendsTo(ParticipantMessages.ORDER_EVENTS, event);
    assertThat(advanced().outcome()).isEqualTo(outcome);
    assertThat(saga.abortReason()).isEqualTo(reason);
    assertThat(saga.deadline()).isNull();
    assertThat(saga.status())
        .isEqualTo(
            outcome == OrderStatus.COMPLETED ? SagaStatus.COMPLETED : SagaStatus.COMPENSATED);
    return this;
  }

  SagaInstance saga() {
    return saga;
  }

  private Advanced advanced() {
    assertThat(decision).isInstanceOf(Advanced.class);
    return (Advanced) decision;
  }
}
