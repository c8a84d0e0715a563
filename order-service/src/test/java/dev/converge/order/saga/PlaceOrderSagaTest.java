package dev.converge.order.saga;

import static dev.converge.order.domain.AbortReason.CANCELLED_BY_CUSTOMER;
import static dev.converge.order.domain.AbortReason.CURRENCY_WITHDRAWN;
import static dev.converge.order.domain.AbortReason.OUT_OF_STOCK;
import static dev.converge.order.domain.AbortReason.PAYMENT_DECLINED;
import static dev.converge.order.domain.AbortReason.PAYMENT_UNAVAILABLE;
import static dev.converge.order.domain.OrderStatus.CANCELLED;
import static dev.converge.order.domain.OrderStatus.COMPLETED;
import static dev.converge.order.domain.OrderStatus.REJECTED;
import static dev.converge.order.saga.ParticipantMessages.INVENTORY_COMMANDS;
import static dev.converge.order.saga.ParticipantMessages.PAYMENT_COMMANDS;
import static dev.converge.order.saga.SagaPaths.CHARGED;
import static dev.converge.order.saga.SagaPaths.DECLINED;
import static dev.converge.order.saga.SagaPaths.REFUNDED;
import static dev.converge.order.saga.SagaPaths.REFUSED;
import static dev.converge.order.saga.SagaPaths.RELEASED;
import static dev.converge.order.saga.SagaPaths.REPLIES;
import static dev.converge.order.saga.SagaPaths.RESERVED;
import static dev.converge.order.saga.SagaPaths.SHIPPED;
import static dev.converge.order.saga.SagaPaths.UNAVAILABLE;
import static dev.converge.order.saga.SagaPaths.chargingPayment;
import static dev.converge.order.saga.SagaPaths.completed;
import static dev.converge.order.saga.SagaPaths.rejected;
import static dev.converge.order.saga.SagaPaths.releasingStock;
import static dev.converge.order.saga.SagaPaths.reply;
import static dev.converge.order.saga.SagaPaths.reservingStock;
import static dev.converge.order.saga.SagaPaths.shippingStock;
import static dev.converge.order.saga.SagaPaths.stuck;
import static dev.converge.order.saga.SagaPaths.stuckReleasingStock;
import static dev.converge.order.saga.SagaPaths.stuckShippingStock;
import static dev.converge.order.saga.SagaScenario.ORDER_ID;
import static dev.converge.order.saga.SagaScenario.TIMES;
import static dev.converge.order.saga.SagaStatus.COMPENSATING;
import static dev.converge.order.saga.SagaStatus.RUNNING;
import static dev.converge.order.saga.SagaStep.step;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.saga.ParticipantMessages.ChargePayment;
import dev.converge.order.saga.ParticipantMessages.RefundPayment;
import dev.converge.order.saga.ParticipantMessages.ReleaseStock;
import dev.converge.order.saga.ParticipantMessages.ReserveStock;
import dev.converge.order.saga.ParticipantMessages.ShipStock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Goal: an order's saga does the right thing after every signal in every step. Method: scenarios of
 * {@link ThreeSteps}, and all steps of the product's saga one after the other, under a virtual
 * clock.
 */
class PlaceOrderSagaTest {
  @Nested
  class Forward {
    @Test
    void completesWhenStockIsReservedMoneyChargedAndGoodsShipped() {
      reservingStock()
          .afterReply(RESERVED)
          .sends(ChargePayment.class)
          .afterReply(CHARGED)
          .sends(ShipStock.class)
          .afterReply(SHIPPED)
          .ends(COMPLETED, null);
    }

    @Test
    void sendsTheContentsOfTheOrderToTheParticipants() {
      SagaScenario.placed()
          .sendsTo(
              INVENTORY_COMMANDS,
              new ReserveStock(
                  ORDER_ID,
                  List.of(new ReserveStock.Line("apple", 2), new ReserveStock.Line("pear", 1))))
          .afterReply(RESERVED)
          .sendsTo(PAYMENT_COMMANDS, new ChargePayment(ORDER_ID, 1_099, "EUR", "tok_ok"))
          .afterReply(CHARGED)
          .sendsTo(INVENTORY_COMMANDS, new ShipStock(ORDER_ID));
    }

    @Test
    void isMorePatientBeforeThePivotThanAfterIt() {
      reservingStock()
          .awaits(RUNNING, "reserve-stock", 1, TIMES.stepDeadline())
          .afterReply(RESERVED)
          .awaits(RUNNING, "charge-payment", 1, TIMES.stepDeadline())
          .afterReply(CHARGED)
          .awaits(RUNNING, "ship-stock", 1, TIMES.firstRetry());
    }

    @Test
    void versionsAndMessagesAreCountedFromTheFirstCommandToTheEvent() {
      SagaInstance saga = completed().saga();

      assertThat(saga.version()).isEqualTo(4);
      assertThat(saga.messages()).isEqualTo(4);
    }
  }

  @Nested
  class Refusals {
    @Test
    void rejectsImmediatelyWhenOutOfStock() {
      reservingStock().afterReply(REFUSED).ends(REJECTED, OUT_OF_STOCK);
    }

    @Test
    void releasesStockWhenPaymentIsDeclined() {
      chargingPayment()
          .afterReply(DECLINED)
          .sends(ReleaseStock.class)
          .afterReply(RELEASED)
          .ends(REJECTED, PAYMENT_DECLINED);
    }

    @Test
    void releasesStockWhenTheProviderIsUnavailable() {
      chargingPayment()
          .afterReply(UNAVAILABLE)
          .sends(ReleaseStock.class)
          .afterReply(RELEASED)
          .ends(REJECTED, PAYMENT_UNAVAILABLE);
    }

    @Test
    void releasesStockAndChargesNothingIfTheCurrencyIsWithdrawn() {
      SagaScenario.placed(SagaScenario.IN_WITHDRAWN_CURRENCY)
          .sends(ReserveStock.class)
          .afterReply(RESERVED)
          .sendsTo(INVENTORY_COMMANDS, new ReleaseStock(ORDER_ID))
          .awaits(COMPENSATING, "reserve-stock", 1, TIMES.firstRetry())
          .afterReply(RELEASED)
          .ends(REJECTED, CURRENCY_WITHDRAWN);
    }
  }

  @Nested
  class Cancelling {
    @Test
    void releasesStockThatIsPerhapsReserved() {
      reservingStock()
          .afterCancel()
          .sendsTo(INVENTORY_COMMANDS, new ReleaseStock(ORDER_ID))
          .afterReply(RELEASED)
          .ends(CANCELLED, CANCELLED_BY_CUSTOMER);
    }

    @Test
    void refundsAnUncertainChargeThenReleasesStock() {
      chargingPayment()
          .afterCancel()
          .sendsTo(PAYMENT_COMMANDS, new RefundPayment(ORDER_ID))
          .afterReply(REFUNDED)
          .sends(ReleaseStock.class)
          .afterReply(RELEASED)
          .ends(CANCELLED, CANCELLED_BY_CUSTOMER);
    }

    @Test
    void isRefusedOnceTheMoneyIsCharged() {
      shippingStock().afterCancel().refuses("the order is paid");
      stuckShippingStock().afterCancel().refuses("the order is paid");
      completed().afterCancel().refuses("the order is paid");
    }

    @Test
    void changesNothingWhenRepeated() {
      chargingPayment()
          .afterCancel()
          .sends(RefundPayment.class)
          .afterCancel()
          .ignores()
          .afterReply(REFUNDED)
          .sends(ReleaseStock.class)
          .afterCancel()
          .ignores()
          .afterReply(RELEASED)
          .ends(CANCELLED, CANCELLED_BY_CUSTOMER)
          .afterCancel()
          .ignores();
    }

    @Test
    void isRefusedWhileTheOrderIsBeingRejectedAndAfterwards() {
      releasingStock().afterCancel().refuses("the order is rejected, or about to be");
      stuckReleasingStock().afterCancel().refuses("the order is rejected, or about to be");
      rejected().afterCancel().refuses("the order is rejected, or about to be");
    }
  }

  @Nested
  class StrayReplies {
    @Test
    void changeNothingWhileAStepAwaitsAnother() {
      ignoresAllBut(reservingStock(), RESERVED, REFUSED);
      ignoresAllBut(chargingPayment(), CHARGED, DECLINED, UNAVAILABLE);
      ignoresAllBut(shippingStock(), SHIPPED);
    }

    @Test
    void changeNothingWhileAnUndoAwaitsAnother() {
      ignoresAllBut(releasingStock(), RELEASED);
      ignoresAllBut(chargingPayment().afterCancel(), REFUNDED);
      ignoresAllBut(stuckReleasingStock(), RELEASED);
    }

    @Test
    void changeNothingOnceTheSagaHasEnded() {
      ignoresAllBut(completed());
      ignoresAllBut(rejected());
    }

    @Test
    void changeNothingIfTheyAreNotReplies() {
      chargingPayment().afterOtherMessage().ignores();
    }

    private void ignoresAllBut(SagaScenario scenario, SagaReply... awaited) {
      SagaInstance before = scenario.saga();
      for (SagaReply reply : REPLIES) {
        if (!List.of(awaited).contains(reply)) {
          scenario.afterReply(reply).ignores();
        }
      }
      assertThat(scenario.saga()).isSameAs(before);
    }
  }

  @Nested
  class AllSteps {
    private final List<SagaStep> steps = PlaceOrderSaga.definition(TIMES).steps();
    private final int pivot = steps.stream().map(SagaStep::isPivot).toList().indexOf(true);

    @Test
    void completeTheOrderWhenTheySucceed() {
      runningStep(steps.size() - 1)
          .afterReply(reply(steps.get(steps.size() - 1).success()))
          .ends(COMPLETED, null);
    }

    @Test
    void areUndoneInReverseOrderUpToThePivot() {
      for (int at = 0; at <= pivot; at++) {
        SagaScenario scenario = runningStep(at).afterCancel();
        for (int undone = at; undone >= 0; undone--) {
          assertThat(scenario.saga().step()).isEqualTo(steps.get(undone).name());
          scenario.afterReply(reply(requireNonNull(steps.get(undone).undo()).reply()));
        }
        scenario.ends(CANCELLED, CANCELLED_BY_CUSTOMER);
      }
    }

    @Test
    void areSentUntilTheySucceedAfterThePivot() {
      for (int at = pivot + 1; at < steps.size(); at++) {
        SagaStep step = steps.get(at);
        Class<? extends SagaMessage> command =
            step.request().command().apply(SagaScenario.ORDER).getClass();
        SagaScenario scenario = runningStep(at).afterCancel().refuses("the order is paid");
        stuck(scenario, command)
            .afterOperatorsRetry()
            .sends(command)
            .awaits(RUNNING, step.name(), 1, TIMES.firstRetry());
      }
    }

    private SagaScenario runningStep(int at) {
      SagaScenario scenario = SagaScenario.placedWithAllSteps();
      for (SagaStep step : steps.subList(0, at)) {
        assertThat(scenario.saga().step()).isEqualTo(step.name());
        scenario.afterReply(reply(step.success()));
      }
      assertThat(scenario.saga().step()).isEqualTo(steps.get(at).name());
      return scenario;
    }
  }

  @Nested
  class Messages {
    private final SagaDefinition definition = PlaceOrderSaga.definition(TIMES);

    @Test
    void everyReplyIsAwaitedByAStep() {
      assertThat(definition.replies())
          .containsExactlyInAnyOrder(ParticipantMessages.Reply.class.getPermittedSubclasses());
    }

    @Test
    void everyCommandIsSentByAStep() {
      assertThat(definition.steps().stream().flatMap(Messages::commands))
          .containsExactlyInAnyOrder(ParticipantMessages.Command.class.getPermittedSubclasses());
    }

    private static Stream<Class<?>> commands(SagaStep step) {
      Class<?> command = step.request().command().apply(SagaScenario.ORDER).getClass();
      return step.undo() == null
          ? Stream.of(command)
          : Stream.of(command, step.undo().command().apply(SagaScenario.ORDER).getClass());
    }
  }
}
