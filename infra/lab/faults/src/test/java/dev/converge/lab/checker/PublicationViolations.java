package dev.converge.lab.checker;

import static dev.converge.lab.checker.BrokenRun.broken;
import static dev.converge.lab.checker.ConstructedRun.COMPLETED;
import static dev.converge.lab.checker.ConstructedRun.DECLINED;

import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.RepublicationRow;
import dev.converge.lab.checker.Interventions.Cut;
import dev.converge.lab.checker.TopicContents.Place;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import java.util.List;
import java.util.stream.Stream;

/** Violations of the publication of messages: I15 to I18. */
final class PublicationViolations {
  /** A command that is not the last of its order. */
  private static final String REPUBLISHED = "order-" + COMPLETED + "-1";

  private PublicationViolations() {}

  static List<BrokenRun> all() {
    return Stream.of(lostMessages(), phantomMessages(), messageOrder(), copiesOfMessages())
        .flatMap(List::stream)
        .toList();
  }

  private static List<BrokenRun> lostMessages() {
    return List.of(
        broken(
            "I15",
            "a message was never published",
            run -> run.topics.removeIf(found -> found.id().equals("order-" + COMPLETED + "-2"))),
        broken(
            "I15",
            "another payload",
            run ->
                run.topics.replaceAll(found -> ConstructedRun.with(found, found.place(), "other"))),
        broken(
            "I15",
            "another topic",
            run -> run.topics.replaceAll(found -> ConstructedRun.moved(found, "order.events", 0))),
        broken(
            "I15",
            "deleted with its topic, not handled, and not there again",
            run -> {
              run.cut("inventory.commands");
              run.topics.removeIf(found -> found.id().equals(REPUBLISHED));
              run.inbox.removeIf(row -> row.messageId().equals(REPUBLISHED));
            }),
        broken(
            "I15",
            "missing from a topic that was cut before it was written",
            run -> {
              run.cuts.add(new Cut("inventory.commands", 1_000_000));
              run.topics.removeIf(found -> found.id().equals(REPUBLISHED));
            }),
        broken(
            "I15",
            "an event that was deleted and has no consumer",
            run -> {
              run.cut("order.events");
              run.topics.removeIf(found -> found.place().topic().equals("order.events"));
            }),
        broken(
            "I15",
            "published again with another payload",
            run -> {
              run.publishAgain(REPUBLISHED);
              TopicRecord copy = run.topics.remove(run.topics.size() - 1);
              run.topics.add(ConstructedRun.with(copy, copy.place(), "other"));
            }));
  }

  private static List<BrokenRun> phantomMessages() {
    return List.of(
        broken("I16", "a record without an outbox row", run -> run.outbox.remove(0)),
        broken("I16", "a record without an id", run -> run.poison.clear()));
  }

  private static List<BrokenRun> messageOrder() {
    return List.of(
        broken(
            "I17",
            "two partitions",
            run -> {
              TopicRecord last = run.last("inventory.commands", COMPLETED);
              run.topics.remove(last);
              run.topics.add(ConstructedRun.moved(last, "inventory.commands", 1));
            }),
        broken(
            "I17",
            "a gap",
            run -> run.topics.removeIf(found -> found.id().equals("order-" + COMPLETED + "-2"))),
        broken(
            "I17",
            "a later one first",
            run -> {
              TopicRecord last = run.last("inventory.commands", COMPLETED);
              run.topics.remove(last);
              run.topics.add(
                  ConstructedRun.with(
                      last, new Place("inventory.commands", 0, -1), last.payloadHash()));
            }),
        broken(
            "I17",
            "a gap in a topic without deleted records",
            run -> {
              run.cut("payment.commands");
              run.topics.removeIf(found -> found.id().equals("order-" + COMPLETED + "-3"));
            }),
        broken(
            "I17",
            "a later one first, and another was published again",
            run -> {
              run.publishAgain(REPUBLISHED);
              TopicRecord last = run.last("inventory.commands", DECLINED);
              run.topics.remove(last);
              run.topics.add(
                  ConstructedRun.with(
                      last, new Place("inventory.commands", 0, -1), last.payloadHash()));
            }));
  }

  private static List<BrokenRun> copiesOfMessages() {
    return List.of(
        broken(
            "I18",
            "a copy without a mark",
            run -> {
              run.publishAgain(REPUBLISHED);
              run.republications.clear();
            }),
        broken(
            "I18",
            "a mark without a copy",
            run -> run.republications.add(new RepublicationRow("order", REPUBLISHED))),
        broken(
            "I18",
            "a mark without a message",
            run -> run.republications.add(new RepublicationRow("order", "nothing"))),
        broken(
            "I18",
            "a copy that differs",
            run -> {
              run.publishAgain(REPUBLISHED);
              OutboxRow copy = run.outbox.remove(run.outbox.size() - 1);
              run.outbox.add(
                  new OutboxRow(
                      copy.domain(),
                      copy.id(),
                      copy.topic(),
                      copy.orderId(),
                      copy.sequence(),
                      copy.type(),
                      "other",
                      copy.causationId(),
                      copy.atMicros()));
            }));
  }
}
