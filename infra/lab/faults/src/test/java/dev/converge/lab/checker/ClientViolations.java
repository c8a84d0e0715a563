package dev.converge.lab.checker;

import static dev.converge.lab.checker.BrokenRun.broken;
import static dev.converge.lab.checker.ConstructedRun.COMPLETED;
import static dev.converge.lab.checker.ConstructedRun.DECLINED;
import static dev.converge.lab.checker.ConstructedRun.REFUSED;
import static dev.converge.lab.checker.ConstructedRun.key;

import dev.converge.lab.checker.Books.KeyRow;
import dev.converge.lab.history.Outcome;
import java.util.List;
import java.util.stream.Stream;

/** Violations of the client's invariants: I1 to I4 and I28. */
final class ClientViolations {
  private ClientViolations() {}

  static List<BrokenRun> all() {
    return Stream.of(acceptance(), refusals(), idempotency(), reads(), serverErrors())
        .flatMap(List::stream)
        .toList();
  }

  private static List<BrokenRun> acceptance() {
    return List.of(
        broken(
            "I1",
            "an accepted order is missing",
            run -> run.orders.removeIf(row -> row.orderId().equals(COMPLETED))),
        broken(
            "I1",
            "a success that names no order",
            run -> run.place("nameless", Outcome.OK, 202, null)),
        broken("I1", "a cancel was accepted, and it completed", run -> run.cancel(COMPLETED)));
  }

  private static List<BrokenRun> refusals() {
    return List.of(
        broken(
            "I2", "a valid order is refused", run -> run.place("valid", Outcome.FAIL, 422, null)),
        broken(
            "I2",
            "an invalid order is accepted",
            run -> run.place(REFUSED, Outcome.OK, 202, REFUSED)),
        broken(
            "I2",
            "a refused request has placed an order",
            run -> run.order(REFUSED, "COMPLETED", null)),
        broken(
            "I2",
            "a refused request has used up its key",
            run -> run.keys.add(new KeyRow(key(REFUSED), "any"))),
        broken(
            "I2",
            "an unanswered request has placed two orders",
            run -> {
              run.order("lost", "COMPLETED", null);
              run.order("lost", "COMPLETED", null);
            }));
  }

  private static List<BrokenRun> idempotency() {
    return List.of(
        broken(
            "I3",
            "a repetition was answered with another order",
            run -> {
              run.history.removeIf(request -> request.sent().key().equals(key("other")));
              run.place(COMPLETED, Outcome.OK, 202, DECLINED);
            }),
        broken(
            "I3",
            "a repetition was answered otherwise",
            run -> run.place(COMPLETED, Outcome.OK, 201, COMPLETED)),
        broken("I3", "a key has two orders", run -> run.orders.add(run.orders.get(0))),
        broken("I3", "a key is missing", run -> run.keys.remove(0)),
        broken(
            "I3",
            "a used key was good for another request",
            run -> run.place(COMPLETED, "another content", Outcome.OK, 202, COMPLETED)),
        broken(
            "I3",
            "a key without an answer has no order",
            run -> run.keys.add(new KeyRow(key("lost"), "none"))),
        broken(
            "I3",
            "an order without an answer has no key",
            run -> run.order("lost", "COMPLETED", null)));
  }

  private static List<BrokenRun> reads() {
    return List.of(
        broken("I4", "a version falls", run -> run.poll(COMPLETED, 3, "COMPLETED")),
        broken("I4", "an end is taken back", run -> run.poll(COMPLETED, 5, "PENDING")),
        broken(
            "I4",
            "an accepted order is not found",
            run -> run.poll(DECLINED, 1, "PENDING", Outcome.FAIL, 404)));
  }

  private static List<BrokenRun> serverErrors() {
    return List.of(
        broken(
            "I28",
            "an order is answered 500",
            run -> run.place("lost", Outcome.UNKNOWN, 500, null)),
        broken(
            "I28",
            "a look is answered 504",
            run -> run.poll(COMPLETED, 4, "COMPLETED", Outcome.UNKNOWN, 504)));
  }
}
