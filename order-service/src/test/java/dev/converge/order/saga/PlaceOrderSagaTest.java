package dev.converge.order.saga;

import static dev.converge.order.domain.AbortReason.CANCELLED_BY_CUSTOMER;
import static dev.converge.order.domain.AbortReason.COMPENSATED_BY_OPERATOR;
import static dev.converge.order.domain.AbortReason.CURRENCY_WITHDRAWN;
import static dev.converge.order.domain.AbortReason.OUT_OF_STOCK;
import static dev.converge.order.domain.AbortReason.PAYMENT_DECLINED;
import static dev.converge.order.domain.AbortReason.PAYMENT_UNAVAILABLE;
import static dev.converge.order.domain.AbortReason.TIMED_OUT;
import static dev.converge.order.domain.OrderStatus.CANCELLED;
import static dev.converge.order.domain.OrderStatus.COMPLETED;
import static dev.converge.order.domain.OrderStatus.REJECTED;
import static dev.converge.order.saga.ParticipantMessages.INVENTORY_COMMANDS;
import static dev.converge.order.saga.ParticipantMessages.PAYMENT_COMMANDS;
import static dev.converge.order.saga.SagaScenario.ORDER_ID;
import static dev.converge.order.saga.SagaScenario.TIMES;
import static dev.converge.order.saga.SagaStatus.COMPENSATING;
import static dev.converge.order.saga.SagaStatus.RUNNING;
import static dev.converge.order.saga.SagaStep.step;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.saga.ParticipantMessages.ChargePayment;
import dev.converge.order.saga.ParticipantMessages.OrderCompleted;
import dev.converge.order.saga.ParticipantMessages.PaymentCharged;
import dev.converge.order.saga.ParticipantMessages.PaymentDeclined;
import dev.converge.order.saga.ParticipantMessages.PaymentRefunded;
import dev.converge.order.saga.ParticipantMessages.RefundPayment;
import dev.converge.order.saga.ParticipantMessages.ReleaseStock;
import dev.converge.order.saga.ParticipantMessages.ReserveStock;
import dev.converge.order.saga.ParticipantMessages.SagaCommand;
import dev.converge.order.saga.ParticipantMessages.SagaReply;
import dev.converge.order.saga.ParticipantMessages.ShipStock;
import dev.converge.order.saga.ParticipantMessages.StockRefused;
import dev.converge.order.saga.ParticipantMessages.StockReleased;
import dev.converge.order.saga.ParticipantMessages.StockReserved;
import dev.converge.order.saga.ParticipantMessages.StockShipped;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * Goal: an order's saga does the right thing after every signal in every step. Method: scenarios
 * against the real definition under a virtual clock.
 */
class PlaceOrderSagaTest {
  private static final StockReserved RESERVED = new StockReserved(ORDER_ID);
  private static final StockRefused REFUSED = new StockRefused(ORDER_ID, "OUT_OF_STOCK", "apple");
  private static final StockReleased RELEASED = new StockReleased(ORDER_ID);
  private static final StockShipped SHIPPED = new StockShipped(ORDER_ID);
  private static final PaymentCharged CHARGED = new PaymentCharged(ORDER_ID);
  private static final PaymentDeclined DECLINED = new PaymentDeclined(ORDER_ID, "CARD_DECLINED");
  private static final PaymentDeclined UNAVAILABLE =
      new PaymentDeclined(ORDER_ID, "PROVIDER_UNAVAILABLE");
  private static final PaymentRefunded REFUNDED = new PaymentRefunded(ORDER_ID);
  private static final List<Record> REPLIES =
      List.of(RESERVED, REFUSED, RELEASED, SHIPPED, CHARGED, DECLINED, UNAVAILABLE, REFUNDED);

  private static SagaScenario reservingStock() {
    return SagaScenario.placed().sends(ReserveStock.class);
  }

  private static SagaScenario chargingPayment() {
    return reservingStock().afterReply(RESERVED).sends(ChargePayment.class);
  }

  private static SagaScenario shippingStock() {
    return chargingPayment().afterReply(CHARGED).sends(ShipStock.class);
  }

  private static SagaScenario completed() {
    return shippingStock().afterReply(SHIPPED).ends(COMPLETED, null);
  }

  private static SagaScenario releasingStock() {
    return chargingPayment().afterReply(DECLINED).sends(ReleaseStock.class);
  }

  private static SagaScenario rejected() {
    return releasingStock().afterReply(RELEASED).ends(REJECTED, PAYMENT_DECLINED);
  }

  private static SagaScenario stuckReleasingStock() {
    return stuck(releasingStock(), ReleaseStock.class);
  }

  private static SagaScenario stuckShippingStock() {
    return stuck(shippingStock(), ShipStock.class);
  }

  private static SagaScenario stuck(SagaScenario scenario, Class<? extends Record> unanswered) {
    for (int attempt = 2; attempt <= TIMES.maxAttempts(); attempt++) {
      scenario.afterDeadline().sends(unanswered);
    }
    return scenario.afterDeadline().isStuck();
  }

  @Nested
  class Forward {
    @Test
    void completesWhenStockIsReservedMoneyTakenAndGoodsShipped() {
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
    void releasesStockAndAsksForNoMoneyWhenTheCurrencyWasWithdrawn() {
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
    void givesBackMoneyThatIsPerhapsTakenThenReleasesStock() {
      chargingPayment()
          .afterCancel()
          .sendsTo(PAYMENT_COMMANDS, new RefundPayment(ORDER_ID))
          .afterReply(REFUNDED)
          .sends(ReleaseStock.class)
          .afterReply(RELEASED)
          .ends(CANCELLED, CANCELLED_BY_CUSTOMER);
    }

    @Test
    void isRefusedOnceTheMoneyIsTaken() {
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
    void changeNothingWhereNoneIsAwaited() {
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
    void lateReplyGetsAStuckSagaGoingAgain() {
      stuckReleasingStock().afterReply(RELEASED).ends(REJECTED, PAYMENT_DECLINED);
      stuckShippingStock().afterReply(SHIPPED).ends(COMPLETED, null);
      stuck(chargingPayment().afterCancel(), RefundPayment.class)
          .afterReply(REFUNDED)
          .sends(ReleaseStock.class)
          .awaits(COMPENSATING, "reserve-stock", 1, TIMES.firstRetry());
    }

    @Test
    void operatorsRetryGetsAStuckSagaGoingAgainWithFreshAttempts() {
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
    void ofAnOperatorAreRefusedWhereNothingIsStuck() {
      chargingPayment().afterOperatorsRetry().refuses("the saga is RUNNING");
      releasingStock().afterOperatorsRetry().refuses("the saga is COMPENSATING");
      completed().afterOperatorsRetry().refuses("the saga is COMPLETED");
      rejected().afterOperatorsRetry().refuses("the saga is COMPENSATED");
    }
  }

  @Nested
  class Operators {
    private SagaScenario stuckRefundingPayment() {
      return stuck(chargingPayment().afterCancel(), RefundPayment.class);
    }

    @Test
    void skipTheShipmentTheyVouchForAndTheOrderCompletes() {
      stuckShippingStock().afterOperatorsSkip().ends(COMPLETED, null);
    }

    @Test
    void skipAnUndoTheyVouchForAndTheStepBeforeIsUndone() {
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
    void areNotOvertakenByAReplyToWhatTheyGaveUp() {
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
    void areRefusedToSkipWhereNothingIsStuck() {
      reservingStock().afterOperatorsSkip().refuses("the saga is RUNNING");
      chargingPayment().afterOperatorsSkip().refuses("the saga is RUNNING");
      shippingStock().afterOperatorsSkip().refuses("the saga is RUNNING");
      releasingStock().afterOperatorsSkip().refuses("the saga is COMPENSATING");
      completed().afterOperatorsSkip().refuses("the saga is COMPLETED");
      rejected().afterOperatorsSkip().refuses("the saga is COMPENSATED");
    }

    @Test
    void areRefusedToCompensateWhereNothingIsStuck() {
      chargingPayment().afterOperatorsCompensation().refuses("the saga is RUNNING");
      shippingStock().afterOperatorsCompensation().refuses("the saga is RUNNING");
      completed().afterOperatorsCompensation().refuses("the saga is COMPLETED");
      rejected().afterOperatorsCompensation().refuses("the saga is COMPENSATED");
    }

    @Test
    void learnThatItIsCompensatedAlready() {
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
      SagaDefinition definition = PlaceOrderSaga.definition(TIMES);

      assertThat(definition.awaits(reservingStock().saga())).contains("StockReserved");
      assertThat(definition.awaits(stuckShippingStock().saga())).contains("StockShipped");
      assertThat(definition.awaits(stuckRefundingPayment().saga())).contains("PaymentRefunded");
      assertThat(definition.awaits(releasingStock().saga())).contains("StockReleased");
      assertThat(definition.awaits(completed().saga())).isEmpty();
      assertThat(definition.awaits(rejected().saga())).isEmpty();
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
    void changeNothingWhereTheyAreNoReplies() {
      chargingPayment().afterReply(new OrderCompleted(ORDER_ID)).ignores();
    }

    private void ignoresAllBut(SagaScenario scenario, Record... awaited) {
      SagaInstance before = scenario.saga();
      for (Record reply : REPLIES) {
        if (!List.of(awaited).contains(reply)) {
          scenario.afterReply(reply).ignores();
        }
      }
      assertThat(scenario.saga()).isSameAs(before);
    }
  }

  @Nested
  class Messages {
    private final SagaDefinition definition = PlaceOrderSaga.definition(TIMES);

    @Test
    void everyReplyIsAwaitedByAStep() {
      assertThat(definition.replies())
          .containsExactlyInAnyOrder(SagaReply.class.getPermittedSubclasses());
    }

    @Test
    void everyCommandIsSentByAStep() {
      assertThat(definition.steps().stream().flatMap(Messages::commands))
          .containsExactlyInAnyOrder(SagaCommand.class.getPermittedSubclasses());
    }

    private static Stream<Class<?>> commands(SagaStep step) {
      Class<?> command = step.request().command().apply(SagaScenario.ORDER).getClass();
      return step.undo() == null
          ? Stream.of(command)
          : Stream.of(command, step.undo().command().apply(SagaScenario.ORDER).getClass());
    }
  }

  @Nested
  class Definitions {
    private record Do(UUID orderId) {}

    private record Undo(UUID orderId) {}

    private record Done(UUID orderId) {}

    private record Undone(UUID orderId) {}

    private record No(UUID orderId) {}

    private static SagaStep undoable(String name) {
      return step(name, "topic", order -> new Do(order.orderId()))
          .succeedsOn(Done.class)
          .undoneBy(order -> new Undo(order.orderId()), Undone.class);
    }

    private static SagaStep onlyForward(String name) {
      return step(name, "topic", order -> new Do(order.orderId())).succeedsOn(Done.class);
    }

    private static void isNoSaga(String rule, SagaStep... steps) {
      assertThatThrownBy(() -> SagaDefinition.saga(TIMES, steps))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(rule);
    }

    @Test
    void mayConsistOfThePivotAlone() {
      assertThat(SagaDefinition.saga(TIMES, undoable("a").pivot()).steps()).hasSize(1);
    }

    @Test
    void areRefusedWithoutExactlyOnePivot() {
      isNoSaga("one step is the pivot");
      isNoSaga("one step is the pivot", undoable("a"), undoable("b"));
      isNoSaga("one step is the pivot", undoable("a").pivot(), undoable("b").pivot());
    }

    @Test
    void areRefusedWhereTwoStepsShareAName() {
      isNoSaga("names are unique", undoable("a"), undoable("a").pivot());
    }

    @Test
    void areRefusedWhereNoReplyEndsAStep() {
      isNoSaga(
          "a has a reply that ends it",
          step("a", "topic", order -> new Do(order.orderId()))
              .undoneBy(order -> new Undo(order.orderId()), Undone.class)
              .pivot());
    }

    @Test
    void areRefusedWhereAStepUpToThePivotCannotBeUndone() {
      isNoSaga("a has an undo", onlyForward("a"), undoable("b").pivot());
      isNoSaga("b has an undo", undoable("a"), onlyForward("b").pivot());
    }

    @Test
    void areRefusedWhereAStepAfterThePivotCanBeUndoneOrRefused() {
      isNoSaga("b has an undo", undoable("a").pivot(), undoable("b"));
      isNoSaga(
          "b is not refused",
          undoable("a").pivot(),
          onlyForward("b").refusedOn(No.class, no -> OUT_OF_STOCK));
    }

    @Test
    void areRefusedWhereOneReplyWouldEndTwoSteps() {
      isNoSaga("a reply belongs to one step", undoable("a").pivot(), onlyForward("b"));
    }

    @Test
    void areRefusedWithoutASingleAttempt() {
      assertThatThrownBy(
              () -> new SagaTimes(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ZERO, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("maxAttempts: 0");
    }
  }
}
