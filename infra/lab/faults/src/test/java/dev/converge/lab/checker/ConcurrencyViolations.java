package dev.converge.lab.checker;

import static dev.converge.lab.checker.BrokenRun.broken;
import static dev.converge.lab.checker.ConstructedRun.CANCELLED;
import static dev.converge.lab.checker.ConstructedRun.COMPLETED;
import static dev.converge.lab.checker.ConstructedRun.CONTENDED_LOST;
import static dev.converge.lab.checker.ConstructedRun.CONTENDED_WON;
import static dev.converge.lab.checker.ConstructedRun.DECLINED;

import dev.converge.lab.checker.Books.Transition;
import dev.converge.lab.checker.Observations.Balance;
import dev.converge.lab.history.OrderKind;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Violations of concurrent work: I9, I14 and I23. */
final class ConcurrencyViolations {
  private ConcurrencyViolations() {}

  static List<BrokenRun> all() {
    return Stream.of(lateMessages(), contention(), isolation()).flatMap(List::stream).toList();
  }

  private static List<BrokenRun> lateMessages() {
    return List.of(
        broken(
            "I9",
            "a late reply moves its saga a second time",
            run ->
                run.transitions.add(
                    new Transition(
                        COMPLETED, 5, 9, "StockShipped", "COMPLETED", "ship-stock", 1, ""))),
        broken(
            "I9",
            "a saga was moved by a reply that was not handled",
            run ->
                run.inbox.removeIf(row -> row.messageId().equals("payment-" + COMPLETED + "-1"))),
        broken(
            "I9",
            "two owners of a call have both had their outcome written",
            ConstructedRun::answerTwice),
        broken(
            "I9",
            "a late charge undoes the refund",
            run -> run.message("payment", "order.replies", CANCELLED, "PaymentCharged", "another")),
        broken(
            "I9",
            "released stock is shipped",
            run -> run.message("inventory", "order.replies", DECLINED, "StockShipped", "another")));
  }

  private static List<BrokenRun> contention() {
    return List.of(
        broken(
            "I14",
            "more is sold than there is",
            run -> run.received.put(OrderKind.CONTENDED_SKU, 0L)),
        broken(
            "I14",
            "no order gets it",
            run -> ended(run, CONTENDED_WON, "REJECTED", "OUT_OF_STOCK")),
        broken(
            "I14",
            "a loser of the contended item is rejected for another reason",
            run -> ended(run, CONTENDED_LOST, "REJECTED", "TIMED_OUT")),
        broken(
            "I14",
            "more is sold than there is, under faults",
            run -> {
              run.firstFaultMicros = 1L;
              ended(run, CONTENDED_LOST, "COMPLETED", null);
            }));
  }

  private static List<BrokenRun> isolation() {
    return List.of(
        broken(
            "I23",
            "a version was read that was never committed",
            run -> run.poll(COMPLETED, 99, "COMPLETED")),
        broken(
            "I23",
            "a version was read as a later one left it",
            run -> run.poll(DECLINED, 3, "REJECTED")),
        broken(
            "I23",
            "a transition was overwritten",
            run ->
                run.transitions.removeIf(
                    at -> at.orderId().equals(CANCELLED) && at.version() == 3)),
        broken(
            "I23",
            "a message was sent by a missing transition",
            run -> run.message("order", "payment.commands", DECLINED, "RefundPayment", null)),
        broken(
            "I23",
            "half of a transfer was seen",
            run -> run.balances.add(new Balance(3, "money", 100, 0))));
  }

  private static void ended(
      ConstructedRun run, String order, String status, @Nullable String reason) {
    run.orders.removeIf(row -> row.orderId().equals(order));
    run.order(order, status, reason);
  }
}
