package dev.converge.order.saga;

import static dev.converge.order.domain.AbortReason.CANCELLED_BY_CUSTOMER;
import static dev.converge.order.domain.AbortReason.COMPENSATED_BY_OPERATOR;
import static dev.converge.order.domain.AbortReason.PAYMENT_DECLINED;
import static dev.converge.order.domain.OrderStatus.CANCELLED;
import static dev.converge.order.domain.OrderStatus.COMPLETED;
import static dev.converge.order.domain.OrderStatus.REJECTED;
import static dev.converge.order.saga.ParticipantMessages.INVENTORY_COMMANDS;
import static dev.converge.order.saga.ParticipantMessages.PAYMENT_COMMANDS;
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
import static dev.converge.order.saga.SagaScenario.ORDER_ID;
import static dev.converge.order.saga.SagaScenario.TIMES;
import static dev.converge.order.saga.SagaStatus.COMPENSATING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.saga.ParticipantMessages.RefundPayment;
import dev.converge.order.saga.ParticipantMessages.ReleaseStock;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Goal: an operator can move a stuck saga on, and no other. Method: scenarios of {@link ThreeSteps}
 * under a virtual clock.
 */
class PlaceOrderSagaOperatorTest {
  @Nested
  class Operators {
    private SagaScenario stuckRefundingPayment() {
      return stuck(chargingPayment().afterCancel(), RefundPayment.class);
    }

    @Test
    void skipAConfirmedShipmentAndTheOrderCompletes() {
      stuckShippingStock().afterOperatorsSkip().ends(COMPLETED, null);
    }

    @Test
    void skipAConfirmedUndoAndTheStepBeforeIsUndone() {
      stuckRefundingPayment()
          .afterOperatorsSkip()
          .sends(ReleaseStock.class)
          .awaits(COMPENSATING, "reserve-stock", 1, TIMES.firstRetry())
          .afterReply(RELEASED)
          .ends(CANCELLED, CANCELLED_BY_CUSTOMER);
    }

    @Test
    void skipTheLastUndoAndTheOrderEndsForTheReasonItHad() {
      stuckReleasingStock().afterOperatorsSkip().ends(REJECTED, PAYMENT_DECLINED);
    }

    @Test
    void compensateAStepAfterThePivotFromThePivotBackToTheFirst() {
      stuckShippingStock()
          .afterOperatorsCompensation()
          .sendsTo(PAYMENT_COMMANDS, new RefundPayment(ORDER_ID))
          .awaits(COMPENSATING, "charge-payment", 1, TIMES.firstRetry())
          .afterReply(REFUNDED)
          .sendsTo(INVENTORY_COMMANDS, new ReleaseStock(ORDER_ID))
          .awaits(COMPENSATING, "reserve-stock", 1, TIMES.firstRetry())
          .afterReply(RELEASED)
          .ends(REJECTED, COMPENSATED_BY_OPERATOR);
    }

    @Test
    void areNotOvertakenByAReplyToAnAbandonedStep() {
      stuckShippingStock()
          .afterOperatorsCompensation()
          .sends(RefundPayment.class)
          .afterReply(SHIPPED)
          .ignores()
          .afterReply(REFUNDED)
          .sends(ReleaseStock.class);
      stuckRefundingPayment()
          .afterOperatorsSkip()
          .sends(ReleaseStock.class)
          .afterReply(REFUNDED)
          .ignores();
    }

    @Test
    void areRefusedToSkipIfNothingIsStuck() {
      reservingStock().afterOperatorsSkip().refuses("the saga is RUNNING");
      chargingPayment().afterOperatorsSkip().refuses("the saga is RUNNING");
      shippingStock().afterOperatorsSkip().refuses("the saga is RUNNING");
      releasingStock().afterOperatorsSkip().refuses("the saga is COMPENSATING");
      completed().afterOperatorsSkip().refuses("the saga is COMPLETED");
      rejected().afterOperatorsSkip().refuses("the saga is COMPENSATED");
    }

    @Test
    void areRefusedToCompensateIfNothingIsStuck() {
      chargingPayment().afterOperatorsCompensation().refuses("the saga is RUNNING");
      shippingStock().afterOperatorsCompensation().refuses("the saga is RUNNING");
      completed().afterOperatorsCompensation().refuses("the saga is COMPLETED");
      rejected().afterOperatorsCompensation().refuses("the saga is COMPENSATED");
    }

    @Test
    void areRefusedIfItIsCompensatedAlready() {
      String already = "the saga is being compensated already";
      releasingStock().afterOperatorsCompensation().refuses(already);
      stuckReleasingStock().afterOperatorsCompensation().refuses(already);
      stuckShippingStock()
          .afterOperatorsCompensation()
          .sends(RefundPayment.class)
          .afterOperatorsCompensation()
          .refuses(already);
    }

    @Test
    void seeWhichReplyIsAwaited() {
      SagaDefinition definition = ThreeSteps.definition(TIMES);

      assertThat(definition.awaits(reservingStock().saga())).contains("StockReserved");
      assertThat(definition.awaits(stuckShippingStock().saga())).contains("StockShipped");
      assertThat(definition.awaits(stuckRefundingPayment().saga())).contains("PaymentRefunded");
      assertThat(definition.awaits(releasingStock().saga())).contains("StockReleased");
      assertThat(definition.awaits(completed().saga())).isEmpty();
      assertThat(definition.awaits(rejected().saga())).isEmpty();
    }
  }
}
