package dev.converge.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: the rules that are derived from the list of steps equal those written by hand. Method:
 * three of the product's steps, so that a further step changes no list here.
 */
class SagaRulesTest {
  private static final Set<String> STEPS = Set.of("reserve-stock", "charge-payment", "ship-stock");

  private final SagaRules rules =
      new SagaRules(
          "charge-payment",
          SagaRules.PLACE_ORDER.stepsWithReplies().stream()
              .filter(step -> STEPS.contains(step.name()))
              .toArray(SagaRules.Step[]::new));

  @Test
  void transitionsAreThoseOfTheSagaThatPlacesAnOrder() {
    assertThat(rules.transitions())
        .containsExactlyInAnyOrder(
            "RUNNING reserve-stock -StockReserved-> RUNNING charge-payment",
            "RUNNING reserve-stock -StockRefused-> COMPENSATED reserve-stock",
            "RUNNING reserve-stock -DeadlinePassed-> COMPENSATING reserve-stock",
            "RUNNING reserve-stock -CancelRequested-> COMPENSATING reserve-stock",
            "RUNNING charge-payment -PaymentCharged-> RUNNING ship-stock",
            "RUNNING charge-payment -PaymentDeclined-> COMPENSATING reserve-stock",
            "RUNNING charge-payment -DeadlinePassed-> COMPENSATING charge-payment",
            "RUNNING charge-payment -CancelRequested-> COMPENSATING charge-payment",
            "RUNNING ship-stock -StockShipped-> COMPLETED ship-stock",
            "RUNNING ship-stock -DeadlinePassed-> RUNNING ship-stock",
            "RUNNING ship-stock -DeadlinePassed-> STUCK ship-stock",
            "COMPENSATING charge-payment -PaymentRefunded-> COMPENSATING reserve-stock",
            "COMPENSATING charge-payment -DeadlinePassed-> COMPENSATING charge-payment",
            "COMPENSATING charge-payment -DeadlinePassed-> STUCK charge-payment",
            "COMPENSATING reserve-stock -StockReleased-> COMPENSATED reserve-stock",
            "COMPENSATING reserve-stock -DeadlinePassed-> COMPENSATING reserve-stock",
            "COMPENSATING reserve-stock -DeadlinePassed-> STUCK reserve-stock",
            "STUCK ship-stock -StockShipped-> COMPLETED ship-stock",
            "STUCK ship-stock -RetryRequested-> RUNNING ship-stock",
            "STUCK ship-stock -SkipRequested-> COMPLETED ship-stock",
            "STUCK ship-stock -CompensateRequested-> COMPENSATING charge-payment",
            "STUCK charge-payment -PaymentRefunded-> COMPENSATING reserve-stock",
            "STUCK charge-payment -RetryRequested-> COMPENSATING charge-payment",
            "STUCK charge-payment -SkipRequested-> COMPENSATING reserve-stock",
            "STUCK reserve-stock -StockReleased-> COMPENSATED reserve-stock",
            "STUCK reserve-stock -RetryRequested-> COMPENSATING reserve-stock",
            "STUCK reserve-stock -SkipRequested-> COMPENSATED reserve-stock");
  }

  @Test
  void participantsRevokeNoAnswer() {
    assertThat(rules.answers())
        .containsExactlyInAnyOrder(
            "StockReserved -> StockReserved",
            "StockReserved -> StockReleased",
            "StockReserved -> StockShipped",
            "StockRefused -> StockRefused",
            "StockRefused -> StockReleased",
            "StockReleased -> StockReleased",
            "StockReleased -> StockRefused",
            "StockShipped -> StockShipped",
            "PaymentCharged -> PaymentCharged",
            "PaymentCharged -> PaymentRefunded",
            "PaymentDeclined -> PaymentDeclined",
            "PaymentDeclined -> PaymentRefunded",
            "PaymentRefunded -> PaymentRefunded",
            "PaymentRefunded -> PaymentDeclined");
  }

  @Test
  void everyReplyIsAwaitedInOneState() {
    assertThat(rules.awaitedIn("StockReserved")).isEqualTo("RUNNING reserve-stock");
    assertThat(rules.awaitedIn("StockRefused")).isEqualTo("RUNNING reserve-stock");
    assertThat(rules.awaitedIn("PaymentCharged")).isEqualTo("RUNNING charge-payment");
    assertThat(rules.awaitedIn("PaymentDeclined")).isEqualTo("RUNNING charge-payment");
    assertThat(rules.awaitedIn("StockShipped")).isEqualTo("RUNNING ship-stock");
    assertThat(rules.awaitedIn("PaymentRefunded")).isEqualTo("COMPENSATING charge-payment");
    assertThat(rules.awaitedIn("StockReleased")).isEqualTo("COMPENSATING reserve-stock");
    assertThat(rules.isReply("CancelRequested")).isFalse();
    assertThat(rules.start()).isEqualTo("RUNNING reserve-stock");
    assertThat(rules.undos()).containsExactly("ReleaseStock", "RefundPayment");
    assertThat(rules.messagesOfAnOrder()).isEqualTo(7);
  }

  @Test
  void pivotThatIsNotAStepIsRefused() {
    assertThatThrownBy(
            () -> new SagaRules("none", new SagaRules.Step("one", "inventory", "Done", null)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
