package dev.converge.lab.checker;

import static dev.converge.lab.checker.BrokenRun.broken;
import static dev.converge.lab.checker.ConstructedRun.CANCELLED;
import static dev.converge.lab.checker.ConstructedRun.COMPLETED;
import static dev.converge.lab.checker.ConstructedRun.DECLINED;

import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.ReservationRow;
import dev.converge.lab.checker.Books.SagaRow;
import dev.converge.lab.checker.Books.Transition;
import java.util.List;
import java.util.stream.Stream;

/** Violations of the saga and of its effects: I5 to I8. */
final class SagaViolations {
  private SagaViolations() {}

  static List<BrokenRun> all() {
    return Stream.of(termination(), legality(), effects(), compensation())
        .flatMap(List::stream)
        .toList();
  }

  private static List<BrokenRun> termination() {
    return List.of(
        broken("I5", "no rest", run -> run.quiescent = false),
        broken("I5", "an order without an end", run -> run.order("pending", "PENDING", null)),
        broken(
            "I5",
            "an order without a saga",
            run -> run.sagas.removeIf(row -> row.orderId().equals(DECLINED))),
        broken(
            "I5",
            "a saga without an order",
            run -> run.sagas.add(new SagaRow("stranger", "COMPLETED", "ship-stock", null, 4))),
        broken(
            "I5",
            "an end that was not published",
            run -> run.outbox.removeIf(row -> row.type().contains("OrderCancelled"))),
        broken("I5", "an end that was published twice", ConstructedRun::endTwice),
        broken(
            "I5",
            "an end that was published as another one",
            run ->
                run.outbox.replaceAll(
                    row ->
                        row.type().contains("OrderCancelled")
                            ? new OutboxRow(
                                row.domain(),
                                row.id(),
                                row.topic(),
                                row.orderId(),
                                row.sequence(),
                                row.type().replace("OrderCancelled", "OrderRejected"),
                                row.payloadHash(),
                                row.causationId(),
                                row.atMicros())
                            : row)));
  }

  private static List<BrokenRun> legality() {
    return List.of(
        broken(
            "I6",
            "a transition is missing",
            run -> run.transitions.removeIf(at -> at.version() == 2)),
        broken(
            "I6",
            "a cancel after the pivot",
            run ->
                run.path(
                    "late",
                    "OrderPlaced RUNNING reserve-stock ReserveStock",
                    "StockReserved RUNNING charge-payment ChargePayment",
                    "PaymentCharged RUNNING ship-stock ShipStock",
                    "CancelRequested COMPENSATING reserve-stock ReleaseStock")),
        broken(
            "I6",
            "a saga that its timeline does not end with",
            run -> run.sagas.set(0, new SagaRow(COMPLETED, "STUCK", "ship-stock", null, 4))),
        broken(
            "I6",
            "a timeline without a saga",
            run ->
                run.transitions.add(
                    new Transition(
                        "stranger", 1, 1, "OrderPlaced", "RUNNING", "reserve-stock", 1, ""))));
  }

  private static List<BrokenRun> effects() {
    return List.of(
        broken(
            "I7",
            "charged twice at the provider",
            run -> run.ledger.add(new ChargeRow(COMPLETED, "CHARGED", 100, "EUR"))),
        broken(
            "I7",
            "shipped though cancelled",
            run ->
                run.reservations.replaceAll(
                    row ->
                        row.orderId().equals(CANCELLED)
                            ? new ReservationRow(CANCELLED, "SHIPPED", row.lines(), 2)
                            : row)),
        broken(
            "I7",
            "a charge of a missing order",
            run -> run.ledger.add(new ChargeRow("phantom", "REFUNDED", 100, "EUR"))),
        broken(
            "I7",
            "completed and never shipped",
            run -> run.reservations.removeIf(row -> row.orderId().equals(COMPLETED))));
  }

  private static List<BrokenRun> compensation() {
    return List.of(
        broken(
            "I8",
            "stock of a declined order is kept",
            run ->
                run.reservations.replaceAll(
                    row ->
                        row.orderId().equals(DECLINED)
                            ? new ReservationRow(DECLINED, "RESERVED", row.lines(), 1)
                            : row)),
        broken(
            "I8",
            "money of a cancelled order is kept",
            run ->
                run.payments.replaceAll(
                    row ->
                        row.orderId().equals(CANCELLED)
                            ? new PaymentRow(CANCELLED, "CHARGED", 100, "EUR")
                            : row)),
        broken(
            "I8",
            "a completed order was undone",
            run ->
                run.transitions.add(
                    new Transition(
                        COMPLETED, 5, 9, "CancelRequested", "X", "Y", 1, "RefundPayment"))),
        broken(
            "I8",
            "undone in the wrong order",
            run ->
                run.transitions.replaceAll(
                    at ->
                        at.orderId().equals(CANCELLED) && at.version() >= 3 && at.version() <= 4
                            ? new Transition(
                                CANCELLED,
                                7 - at.version(),
                                at.atMicros(),
                                at.signal(),
                                at.status(),
                                at.step(),
                                1,
                                at.sent())
                            : at)));
  }
}
