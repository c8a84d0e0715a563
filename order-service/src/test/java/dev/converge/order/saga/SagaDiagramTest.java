package dev.converge.order.saga;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Goal: the diagram shows every transition of a saga. Method: the drawn lines are compared with the
 * transitions the scenarios prove.
 */
class SagaDiagramTest {
  private final String diagram = SagaDiagram.mermaid(ThreeSteps.definition(SagaTimes.standard()));

  @Test
  void isAMermaidStateDiagramWithEveryTransition() {
    assertThat(diagram.lines().map(String::strip))
        .containsExactlyInAnyOrder(
            "stateDiagram-v2",
            "[*] --> reserve_stock: POST /orders",
            "reserve_stock --> charge_payment: StockReserved",
            "reserve_stock --> COMPENSATED: StockRefused",
            "reserve_stock --> undo_reserve_stock: deadline, cancel",
            "undo_reserve_stock --> COMPENSATED: StockReleased",
            "undo_reserve_stock --> undo_reserve_stock: deadline, again",
            "undo_reserve_stock --> STUCK: too many attempts",
            "STUCK --> undo_reserve_stock: retry",
            "STUCK --> COMPENSATED: late or skipped StockReleased",
            "reserve_stock --> undo_reserve_stock: CURRENCY_WITHDRAWN",
            "charge_payment --> ship_stock: PaymentCharged (pivot)",
            "charge_payment --> undo_reserve_stock: PaymentDeclined",
            "charge_payment --> undo_charge_payment: deadline, cancel",
            "undo_charge_payment --> undo_reserve_stock: PaymentRefunded",
            "undo_charge_payment --> undo_charge_payment: deadline, again",
            "undo_charge_payment --> STUCK: too many attempts",
            "STUCK --> undo_charge_payment: retry",
            "STUCK --> undo_reserve_stock: late or skipped PaymentRefunded",
            "ship_stock --> COMPLETED: StockShipped",
            "ship_stock --> ship_stock: deadline, again",
            "ship_stock --> STUCK: too many attempts",
            "STUCK --> ship_stock: retry",
            "STUCK --> COMPLETED: late or skipped StockShipped",
            "STUCK --> undo_charge_payment: compensate",
            "COMPLETED --> [*]: OrderCompleted",
            "COMPENSATED --> [*]: OrderRejected, OrderCancelled");
  }

  @Test
  void namesNoStateWithAHyphenWhichMermaidCannotRead() {
    assertThat(diagram.lines().skip(1))
        .allSatisfy(
            line ->
                assertThat(line.substring(0, line.indexOf(": ")).replace("-->", ""))
                    .doesNotContain("-"));
  }
}
