package dev.converge.order.saga;

import static dev.converge.order.domain.AbortReason.PAYMENT_DECLINED;
import static dev.converge.order.domain.AbortReason.TIMED_OUT;
import static dev.converge.order.domain.OrderStatus.COMPLETED;
import static dev.converge.order.domain.OrderStatus.REJECTED;
import static dev.converge.order.saga.SagaPaths.REFUNDED;
import static dev.converge.order.saga.SagaPaths.RELEASED;
import static dev.converge.order.saga.SagaPaths.SHIPPED;
import static dev.converge.order.saga.SagaPaths.chargingPayment;
import static dev.converge.order.saga.SagaPaths.completed;
import static dev.converge.order.saga.SagaPaths.rejected;
import static dev.converge.order.saga.SagaPaths.releasingStock;
import static dev.converge.order.saga.SagaPaths.reservingStock;
import static dev.converge.order.saga.SagaPaths.shippingStock;
import static dev.converge.order.saga.SagaPaths.stuck;
import static dev.converge.order.saga.SagaPaths.stuckReleasingStock;
import static dev.converge.order.saga.SagaPaths.stuckShippingStock;
import static dev.converge.order.saga.SagaScenario.TIMES;
import static dev.converge.order.saga.SagaStatus.COMPENSATING;
import static dev.converge.order.saga.SagaStatus.RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.saga.ParticipantMessages.RefundPayment;
import dev.converge.order.saga.ParticipantMessages.ReleaseStock;
import dev.converge.order.saga.ParticipantMessages.ShipStock;
import java.time.Duration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Goal: a saga whose reply is overdue undoes its steps or sends its command again. Method:
 * scenarios of {@link ThreeSteps} under a virtual clock.
 */
class PlaceOrderSagaTimeoutTest {
  @Nested
  class Deadlines {
    @Test
    void undoesTheReservationThatTimedOut() {
      reservingStock()
          .afterDeadline()
          .sends(ReleaseStock.class)
          .awaits(COMPENSATING, "reserve-stock", 1, TIMES.firstRetry())
          .afterReply(RELEASED)
          .ends(REJECTED, TIMED_OUT);
    }

    @Test
    void undoesTheChargeThatTimedOutAndThenTheStepBefore() {
      chargingPayment()
          .afterDeadline()
          .sends(RefundPayment.class)
          .awaits(COMPENSATING, "charge-payment", 1, TIMES.firstRetry())
          .afterReply(REFUNDED)
          .sends(ReleaseStock.class)
          .awaits(COMPENSATING, "reserve-stock", 1, TIMES.firstRetry())
          .afterReply(RELEASED)
          .ends(REJECTED, TIMED_OUT);
    }

    @Test
    void shipsAgainWhenShippingTimesOut() {
      shippingStock()
          .afterDeadline()
          .sends(ShipStock.class)
          .awaits(RUNNING, "ship-stock", 2, TIMES.firstRetry().multipliedBy(2))
          .afterReply(SHIPPED)
          .ends(COMPLETED, null);
    }

    @Test
    void changeNothingWhenTheirSignalIsEarly() {
      Duration early = Duration.ofNanos(1);
      reservingStock().afterDeadlineSignalEarlyBy(early).ignores();
      chargingPayment().afterDeadlineSignalEarlyBy(early).ignores();
      shippingStock().afterDeadlineSignalEarlyBy(early).ignores();
      releasingStock().afterDeadlineSignalEarlyBy(early).ignores();
    }

    @Test
    void changeNothingIfNoReplyIsAwaited() {
      completed().afterDeadlineSignal().ignores();
      rejected().afterDeadlineSignal().ignores();
      stuckShippingStock().afterDeadlineSignal().ignores();
    }
  }

  @Nested
  class Retries {
    @Test
    void areSentWithDoublingDelaysUpToTheLongestAndThenGivenUp() {
      releasingStock()
          .awaits(COMPENSATING, "reserve-stock", 1, Duration.ofSeconds(30))
          .afterDeadline()
          .sends(ReleaseStock.class)
          .awaits(COMPENSATING, "reserve-stock", 2, Duration.ofSeconds(60))
          .afterDeadline()
          .sends(ReleaseStock.class)
          .awaits(COMPENSATING, "reserve-stock", 3, Duration.ofSeconds(120))
          .afterDeadline()
          .sends(ReleaseStock.class)
          .awaits(COMPENSATING, "reserve-stock", 4, Duration.ofSeconds(120))
          .afterDeadline()
          .isStuck();
    }

    @Test
    void ofAStepAfterThePivotAreBoundedToo() {
      assertThat(stuckShippingStock().saga().step()).isEqualTo("ship-stock");
    }

    @Test
    void startAgainForEachUndo() {
      chargingPayment()
          .afterCancel()
          .sends(RefundPayment.class)
          .afterDeadline()
          .sends(RefundPayment.class)
          .afterReply(REFUNDED)
          .sends(ReleaseStock.class)
          .awaits(COMPENSATING, "reserve-stock", 1, TIMES.firstRetry());
    }

    @Test
    void lateReplyResumesAStuckSaga() {
      stuckReleasingStock().afterReply(RELEASED).ends(REJECTED, PAYMENT_DECLINED);
      stuckShippingStock().afterReply(SHIPPED).ends(COMPLETED, null);
      stuck(chargingPayment().afterCancel(), RefundPayment.class)
          .afterReply(REFUNDED)
          .sends(ReleaseStock.class)
          .awaits(COMPENSATING, "reserve-stock", 1, TIMES.firstRetry());
    }

    @Test
    void operatorsRetryResumesAStuckSagaWithFreshAttempts() {
      stuckReleasingStock()
          .afterOperatorsRetry()
          .sends(ReleaseStock.class)
          .awaits(COMPENSATING, "reserve-stock", 1, TIMES.firstRetry())
          .afterReply(RELEASED)
          .ends(REJECTED, PAYMENT_DECLINED);
      stuckShippingStock()
          .afterOperatorsRetry()
          .sends(ShipStock.class)
          .awaits(RUNNING, "ship-stock", 1, TIMES.firstRetry())
          .afterReply(SHIPPED)
          .ends(COMPLETED, null);
    }

    @Test
    void ofAnOperatorAreRefusedIfNothingIsStuck() {
      chargingPayment().afterOperatorsRetry().refuses("the saga is RUNNING");
      releasingStock().afterOperatorsRetry().refuses("the saga is COMPENSATING");
      completed().afterOperatorsRetry().refuses("the saga is COMPLETED");
      rejected().afterOperatorsRetry().refuses("the saga is COMPENSATED");
    }
  }
}
