package dev.converge.lab.checker;

import static dev.converge.lab.checker.BrokenRun.broken;
import static dev.converge.lab.checker.ConstructedRun.CANCELLED;
import static dev.converge.lab.checker.ConstructedRun.DECLINED;
import static dev.converge.lab.checker.ConstructedRun.FOREIGN;
import static dev.converge.lab.checker.ConstructedRun.POISON;

import dev.converge.lab.checker.Books.DeadLetterRow;
import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.Transition;
import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.lab.checker.TopicContents.Place;
import java.util.List;
import java.util.stream.Stream;

/** Violations of the handling of messages: I19, I20 and I22. */
final class HandlingViolations {
  private HandlingViolations() {}

  static List<BrokenRun> all() {
    return Stream.of(inbox(), offsets(), poison()).flatMap(List::stream).toList();
  }

  private static List<BrokenRun> inbox() {
    return List.of(
        broken("I19", "a message without a mark", run -> run.inbox.remove(run.inbox.size() - 1)),
        broken("I19", "marked twice", run -> run.inbox.add(run.inbox.get(run.inbox.size() - 1))),
        broken(
            "I19",
            "a mark without a message",
            run -> run.inbox.add(new InboxRow("order-service", "nothing", ConstructedRun.HANDLED))),
        broken(
            "I19",
            "marked, and without effect",
            run -> run.outbox.removeIf(row -> row.domain().equals("inventory"))),
        broken(
            "I19",
            "a charge was marked and dropped, and its refund left a mark that forbids charges",
            run -> {
              run.outbox.removeIf(row -> row.id().equals("payment-" + CANCELLED + "-1"));
              run.payments.replaceAll(
                  row ->
                      row.orderId().equals(CANCELLED)
                          ? new PaymentRow(CANCELLED, "REFUNDED", 0, "XXX")
                          : row);
            }),
        broken(
            "I19",
            "a charge was marked without an effect",
            run -> run.outbox.removeIf(row -> row.id().equals("payment-" + DECLINED + "-1"))),
        broken(
            "I19",
            "a refund was marked and dropped, its charge having been answered",
            run -> run.outbox.removeIf(row -> row.id().equals("payment-" + CANCELLED + "-2"))),
        broken("I19", "a command was answered twice", ConstructedRun::answerTwice),
        broken(
            "I19",
            "a reply was marked while it was awaited, and moved no saga",
            run ->
                run.transitions.replaceAll(
                    at ->
                        at.orderId().equals(CANCELLED) && at.signal().equals("CancelRequested")
                            ? new Transition(
                                CANCELLED,
                                at.version(),
                                ConstructedRun.HANDLED + 20_000_000,
                                at.signal(),
                                at.status(),
                                at.step(),
                                at.attempt(),
                                at.sent())
                            : at)),
        broken(
            "I19",
            "a mark without a message, where a topic was cut",
            run -> {
              run.cut("order.replies");
              run.inbox.add(new InboxRow("order-service", "nothing", ConstructedRun.HANDLED));
            }));
  }

  private static List<BrokenRun> offsets() {
    return List.of(
        broken(
            "I20",
            "poison was passed and is not parked",
            run -> {
              run.deadLetters.clear();
              run.inbox.removeIf(row -> row.messageId().equals("poison"));
            }),
        broken(
            "I20",
            "not at the end",
            run ->
                run.offsets.replaceAll(
                    at -> new OffsetRow(at.consumer(), at.topic(), 0, at.end() - 1, at.end()))),
        broken(
            "I20",
            "passed without a mark",
            run -> run.inbox.removeIf(row -> row.consumer().equals("order-service"))));
  }

  private static List<BrokenRun> poison() {
    return List.of(
        broken("I22", "poison was not parked", run -> run.deadLetters.clear()),
        broken(
            "I22",
            "a good message was parked",
            run ->
                run.deadLetters.add(
                    new DeadLetterRow(
                        "order-service", "good", new Place("order.replies", 0, 1), "why", ""))),
        broken(
            "I22",
            "parked twice",
            run ->
                run.deadLetters.add(
                    new DeadLetterRow("payment-service", "poison", POISON, "again", "arsenic"))),
        broken(
            "I22",
            "parked as another record",
            run ->
                run.deadLetters.set(
                    0,
                    new DeadLetterRow(
                        "payment-service",
                        "poison",
                        new Place(POISON.topic(), 0, 7),
                        "unknown type",
                        "arsenic"))),
        broken(
            "I22",
            "a valid message that no service sent was not handled",
            run -> run.inbox.removeIf(row -> row.messageId().equals(FOREIGN))),
        broken(
            "I22",
            "a valid message that no service sent was parked",
            run ->
                run.deadLetters.add(
                    new DeadLetterRow(
                        "order-service",
                        FOREIGN,
                        new Place("order.replies", 0, 20),
                        "traceparent",
                        "stranger"))),
        broken(
            "I22",
            "deleted with its topic, and parked twice",
            run -> {
              run.topics.removeIf(found -> found.place().equals(POISON));
              run.deadLetters.add(run.deadLetters.get(0));
            }));
  }
}
