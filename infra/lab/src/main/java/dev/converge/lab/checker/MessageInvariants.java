package dev.converge.lab.checker;

import dev.converge.lab.checker.Evidence.DeadLetterRow;
import dev.converge.lab.checker.Evidence.InboxRow;
import dev.converge.lab.checker.Evidence.OffsetRow;
import dev.converge.lab.checker.Evidence.OutboxRow;
import dev.converge.lab.checker.Evidence.Place;
import dev.converge.lab.checker.Evidence.TopicRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What must hold of messages. */
final class MessageInvariants {
  /** Who reads a topic; nobody of ours reads the events. */
  private static final Map<String, String> CONSUMERS =
      Map.of(
          "inventory.commands", "inventory-service",
          "payment.commands", "payment-service",
          "order.replies", "order-service");

  private MessageInvariants() {}

  static List<Finding> check(Evidence evidence) {
    return List.of(
        noLoss(evidence),
        noPhantom(evidence),
        orderOfAggregate(evidence),
        inbox(evidence),
        offsets(evidence),
        poison(evidence));
  }

  /** I15: every message that was committed is in its topic, byte for byte. */
  static Finding noLoss(Evidence evidence) {
    Check check = new Check();
    Map<String, TopicRecord> published = new HashMap<>();
    own(evidence).forEach(found -> published.putIfAbsent(found.id(), found));
    for (OutboxRow row : evidence.outbox()) {
      TopicRecord found = published.get(row.id());
      String fault =
          found == null
              ? "is in no topic"
              : !found.place().topic().equals(row.topic())
                  ? "is in topic " + found.place().topic()
                  : found.payloadHash().equals(row.payloadHash()) ? null : "has another payload";
      check.that(
          fault == null,
          row.orderId(),
          "message %s %s of %s to %s %s",
          row.type(),
          row.id(),
          row.domain(),
          row.topic(),
          fault);
    }
    return check.finding("I15", "every message committed is published, byte for byte");
  }

  /** I16: nothing is in a topic that was not committed. */
  static Finding noPhantom(Evidence evidence) {
    Check check = new Check();
    Set<String> committed =
        evidence.outbox().stream().map(OutboxRow::id).collect(Collectors.toSet());
    for (TopicRecord found : own(evidence)) {
      check.that(
          committed.contains(found.id()),
          found.key(),
          "record at %s, id %s, is in no outbox",
          found.place(),
          found.id());
    }
    return check.finding("I16", "nothing is published that was not committed");
  }

  /** I17: an order's messages are in one partition, in their order and without a gap. */
  static Finding orderOfAggregate(Evidence evidence) {
    Check check = new Check();
    // What was lost and is published again, as a copy, comes after its successors.
    Set<String> once = new HashSet<>();
    Set<String> copied =
        evidence.outbox().stream()
            .map(OutboxRow::id)
            .filter(id -> !once.add(id))
            .collect(Collectors.toSet());
    Map<String, List<TopicRecord>> bySender =
        own(evidence).stream()
            .sorted(Comparator.comparing((TopicRecord found) -> found.place().offset()))
            .collect(Collectors.groupingBy(found -> found.source() + " " + found.key()));
    bySender.forEach(
        (sender, found) -> {
          String fault = scattered(found);
          fault = fault == null ? outOfOrder(found, copied) : fault;
          check.that(fault == null, found.get(0).key(), "messages of %s: %s", sender, fault);
        });
    return check.finding("I17", "an order's messages are in one partition, in turn, with no gap");
  }

  private static @Nullable String scattered(List<TopicRecord> found) {
    Map<String, Integer> partitions = new HashMap<>();
    for (TopicRecord next : found) {
      String topic = next.place().topic();
      int partition = partitions.computeIfAbsent(topic, t -> next.place().partition());
      if (partition != next.place().partition()) {
        return topic + " has them in partitions " + partition + " and " + next.place().partition();
      }
    }
    return null;
  }

  // What is published again, after a crash of the connector, may come later than its successors.
  private static @Nullable String outOfOrder(List<TopicRecord> found, Set<String> copied) {
    Set<String> seen = new HashSet<>();
    Map<String, Long> last = new HashMap<>();
    List<Long> sequences = new ArrayList<>();
    for (TopicRecord next : found) {
      String topic = next.place().topic();
      if (!seen.add(next.id())) {
        continue;
      }
      if (copied.contains(next.id())) {
        sequences.add(next.sequence());
        continue;
      }
      if (next.sequence() <= last.getOrDefault(topic, 0L)) {
        return topic + " has " + next.sequence() + " after " + last.get(topic);
      }
      last.put(topic, next.sequence());
      sequences.add(next.sequence());
    }
    sequences.sort(Comparator.naturalOrder());
    for (int at = 0; at < sequences.size(); at++) {
      if (sequences.get(at) != at + 1) {
        return "sequences " + sequences + " (expected: 1 to " + sequences.size() + ")";
      }
    }
    return null;
  }

  /** I19: each message is marked once by its consumer, and has had its effect. */
  static Finding inbox(Evidence evidence) {
    Check check = new Check();
    Map<String, Long> rows =
        evidence.inbox().stream()
            .collect(
                Collectors.groupingBy(
                    row -> row.consumer() + " " + row.messageId(), Collectors.counting()));
    Set<String> expected = new HashSet<>();
    own(evidence)
        .forEach(
            found -> {
              String consumer = CONSUMERS.get(found.place().topic());
              if (consumer != null && expected.add(consumer + " " + found.id())) {
                long marked = rows.getOrDefault(consumer + " " + found.id(), 0L);
                check.that(
                    marked == 1,
                    found.key(),
                    "%s at %s was marked %d times by %s",
                    found.id(),
                    found.place(),
                    marked,
                    consumer);
              }
            });
    evidence.deadLetters().forEach(row -> expected.add(row.consumer() + " " + row.messageId()));
    for (InboxRow row : evidence.inbox()) {
      check.that(
          expected.contains(row.consumer() + " " + row.messageId()),
          null,
          "%s has marked %s, which is in none of its topics",
          row.consumer(),
          row.messageId());
    }
    effects(check, evidence);
    return check.finding("I19", "a message is handled once, and handled means it had its effect");
  }

  // Inventory answers each command it handles, in the transaction that marks it.
  private static void effects(Check check, Evidence evidence) {
    Map<String, Set<String>> replies =
        evidence.outbox().stream()
            .filter(row -> row.domain().equals("inventory") && row.causationId() != null)
            .collect(
                Collectors.groupingBy(
                    row -> String.valueOf(row.causationId()),
                    Collectors.mapping(OutboxRow::id, Collectors.toSet())));
    Set<String> parked =
        evidence.deadLetters().stream()
            .filter(row -> row.consumer().equals("inventory-service"))
            .map(DeadLetterRow::messageId)
            .collect(Collectors.toSet());
    Set<String> handled =
        evidence.inbox().stream()
            .filter(row -> row.consumer().equals("inventory-service"))
            .map(InboxRow::messageId)
            .filter(id -> !parked.contains(id))
            .collect(Collectors.toSet());
    Set<String> either = new HashSet<>(handled);
    either.addAll(replies.keySet());
    for (String id : either) {
      int answered = replies.getOrDefault(id, Set.of()).size();
      check.that(
          answered == (handled.contains(id) ? 1 : 0),
          null,
          "inventory has %s command %s and answered it %d times",
          handled.contains(id) ? "marked" : "not marked",
          id,
          answered);
    }
  }

  /** I20: no consumer has passed what it has not handled; at rest it has read all. */
  static Finding offsets(Evidence evidence) {
    Check check = new Check();
    Set<String> marked =
        evidence.inbox().stream()
            .map(row -> row.consumer() + " " + row.messageId())
            .collect(Collectors.toSet());
    Set<Place> parked =
        evidence.deadLetters().stream().map(DeadLetterRow::place).collect(Collectors.toSet());
    for (OffsetRow at : evidence.offsets()) {
      check.that(
          at.committed() >= at.end(),
          null,
          "%s is at %d of %d in %s-%d",
          at.consumer(),
          at.committed(),
          at.end(),
          at.topic(),
          at.partition());
    }
    Map<String, OffsetRow> committed =
        evidence.offsets().stream()
            .collect(Collectors.toMap(at -> at.topic() + " " + at.partition(), at -> at));
    for (TopicRecord found : evidence.topics()) {
      OffsetRow at = committed.get(found.place().topic() + " " + found.place().partition());
      if (at != null && found.place().offset() < at.committed()) {
        check.that(
            parked.contains(found.place()) || marked.contains(at.consumer() + " " + found.id()),
            found.key(),
            "%s has passed %s without marking %s",
            at.consumer(),
            found.place(),
            found.id());
      }
    }
    return check.finding("I20", "offsets never pass what is not handled, and reach the end");
  }

  /** I22: what was parked is what could not be handled, each once. */
  static Finding poison(Evidence evidence) {
    Check check = new Check();
    Map<Place, Long> parked =
        evidence.deadLetters().stream()
            .collect(Collectors.groupingBy(DeadLetterRow::place, Collectors.counting()));
    Set<Place> injected = new HashSet<>(evidence.injected());
    for (Place place : injected) {
      long times = parked.getOrDefault(place, 0L);
      check.that(times == 1, null, "poison at %s was parked %d times", place, times);
    }
    for (DeadLetterRow row : evidence.deadLetters()) {
      check.that(
          injected.contains(row.place()),
          null,
          "%s has parked %s, which is no poison: %s",
          row.consumer(),
          row.place(),
          row.reason());
    }
    return check.finding("I22", "every poisoned message is parked once, and no other");
  }

  /** The records of the services: without what the lab has sent itself. */
  private static List<TopicRecord> own(Evidence evidence) {
    Set<Place> injected = new HashSet<>(evidence.injected());
    return evidence.topics().stream().filter(found -> !injected.contains(found.place())).toList();
  }
}
