package dev.converge.lab.checker;

import dev.converge.lab.checker.Evidence.DeadLetterRow;
import dev.converge.lab.checker.Evidence.InboxRow;
import dev.converge.lab.checker.Evidence.OffsetRow;
import dev.converge.lab.checker.Evidence.OutboxRow;
import dev.converge.lab.checker.Evidence.RepublicationRow;
import dev.converge.lab.checker.Evidence.TopicRecord;
import dev.converge.platform.Topology;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What must hold of messages. */
final class MessageInvariants {
  private MessageInvariants() {}

  static List<Finding> check(Evidence evidence) {
    return List.of(
        noLoss(evidence),
        noPhantom(evidence),
        orderOfAggregate(evidence),
        copies(evidence),
        inbox(evidence),
        offsets(evidence),
        poison(evidence));
  }

  /**
   * I15: every message that was committed is in its topic, byte for byte. One that was deleted from
   * there by the lab may be absent where its consumer has handled it: the audit publishes again
   * what is not handled.
   */
  static Finding noLoss(Evidence evidence) {
    Check check = new Check();
    Map<String, List<TopicRecord>> published =
        own(evidence).stream().collect(Collectors.groupingBy(TopicRecord::id));
    Set<String> marked = marked(evidence);
    long gone = 0;
    for (OutboxRow row : evidence.messages()) {
      List<TopicRecord> found = published.getOrDefault(row.id(), List.of());
      String fault = found.isEmpty() ? absent(evidence, row, marked) : differs(row, found);
      check.that(
          fault == null,
          row.orderId(),
          "message %s %s of %s to %s %s",
          row.type(),
          row.id(),
          row.domain(),
          row.topic(),
          fault);
      gone += found.isEmpty() && fault == null ? 1 : 0;
    }
    return check.finding(
        "I15",
        "every message committed is published, byte for byte",
        !evidence.messages().isEmpty(),
        gone == 0
            ? ""
            : gone
                + " are in their topic no more: the lab has deleted them, and they were handled");
  }

  private static @Nullable String absent(Evidence evidence, OutboxRow row, Set<String> marked) {
    if (!wasCut(evidence, row)) {
      return "is in no topic";
    }
    return marked.contains(handling(row.topic(), row.id()))
        ? null
        : "was deleted from its topic, was not handled, and is not there again";
  }

  private static @Nullable String differs(OutboxRow row, List<TopicRecord> found) {
    for (TopicRecord each : found) {
      if (!each.place().topic().equals(row.topic())) {
        return "is in topic " + each.place().topic();
      }
      if (!each.payloadHash().equals(row.payloadHash())) {
        return "has another payload at " + each.place();
      }
    }
    return null;
  }

  /** Whether the lab has deleted records of its topic since it was written. */
  private static boolean wasCut(Evidence evidence, OutboxRow row) {
    return evidence.interventions().cuts().stream()
        .anyMatch(cut -> cut.topic().equals(row.topic()) && row.atMicros() <= cut.atMicros());
  }

  private static Set<String> marked(Evidence evidence) {
    return evidence.inbox().stream()
        .map(row -> row.consumer() + " " + row.messageId())
        .collect(Collectors.toSet());
  }

  /** I16: nothing is in a topic that was not committed. */
  static Finding noPhantom(Evidence evidence) {
    Check check = new Check();
    Set<String> committed =
        evidence.messages().stream().map(OutboxRow::id).collect(Collectors.toSet());
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

  /**
   * I17: an order's messages are in one partition, in their order and without a gap. Out of turn
   * are only those that the audit has published again, and those that were written before the lab
   * deleted from their topic.
   */
  static Finding orderOfAggregate(Evidence evidence) {
    Check check = new Check();
    List<OutboxRow> cut =
        evidence.messages().stream().filter(row -> wasCut(evidence, row)).toList();
    Set<String> outOfTurn = cut.stream().map(OutboxRow::id).collect(Collectors.toSet());
    evidence.republications().forEach(row -> outOfTurn.add(row.messageId()));
    Map<String, List<OutboxRow>> cutBySender =
        cut.stream()
            .collect(
                Collectors.groupingBy(row -> "/" + row.domain() + "-service " + row.orderId()));
    Map<String, List<TopicRecord>> bySender =
        own(evidence).stream()
            .sorted(Comparator.comparing((TopicRecord found) -> found.place().offset()))
            .collect(Collectors.groupingBy(found -> found.source() + " " + found.key()));
    bySender.forEach(
        (sender, found) -> {
          String fault = scattered(found);
          List<OutboxRow> gone = cutBySender.getOrDefault(sender, List.of());
          fault = fault == null ? outOfOrder(found, outOfTurn, gone) : fault;
          check.that(fault == null, found.get(0).key(), "messages of %s: %s", sender, fault);
        });
    return check.finding(
        "I17",
        "an order's messages are in one partition, in turn, with no gap",
        !bySender.isEmpty(),
        outOfTurn.isEmpty()
            ? ""
            : outOfTurn.size()
                + " may be out of turn: written before the lab deleted from their topic, or published"
                + " again");
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
  private static @Nullable String outOfOrder(
      List<TopicRecord> found, Set<String> outOfTurn, List<OutboxRow> gone) {
    Set<String> seen = new HashSet<>();
    Map<String, Long> last = new HashMap<>();
    List<Long> sequences = new ArrayList<>();
    for (TopicRecord next : found) {
      String topic = next.place().topic();
      if (!seen.add(next.id())) {
        continue;
      }
      sequences.add(next.sequence());
      if (outOfTurn.contains(next.id())) {
        continue;
      }
      if (next.sequence() <= last.getOrDefault(topic, 0L)) {
        return topic + " has " + next.sequence() + " after " + last.get(topic);
      }
      last.put(topic, next.sequence());
    }
    for (OutboxRow row : gone) {
      if (seen.add(row.id())) {
        sequences.add(row.sequence());
      }
    }
    sequences.sort(Comparator.naturalOrder());
    for (int at = 0; at < sequences.size(); at++) {
      if (sequences.get(at) != at + 1) {
        return "sequences " + sequences + " (expected: 1 to " + sequences.size() + ")";
      }
    }
    return null;
  }

  /**
   * I18: a message is in the outbox once, and once more for each mark of the reconciler: unchanged.
   */
  static Finding copies(Evidence evidence) {
    Check check = new Check();
    Map<String, Long> marks =
        evidence.republications().stream()
            .collect(Collectors.groupingBy(RepublicationRow::messageId, Collectors.counting()));
    Map<String, List<OutboxRow>> rows =
        evidence.outbox().stream().collect(Collectors.groupingBy(OutboxRow::id));
    rows.forEach(
        (id, all) -> {
          OutboxRow first = all.get(0);
          long marked = marks.getOrDefault(id, 0L);
          check.that(
              all.size() == marked + 1,
              first.orderId(),
              "message %s is %d times in the outbox and was marked %d times",
              id,
              all.size(),
              marked);
          check.that(
              all.stream().allMatch(row -> isCopy(row, first)),
              first.orderId(),
              "message %s differs between its rows in the outbox: %s",
              id,
              all);
        });
    marks.keySet().stream()
        .filter(id -> !rows.containsKey(id))
        .forEach(id -> check.that(false, null, "mark of %s, which is in no outbox", id));
    return check.finding("I18", "every copy of a message is marked, and every mark has its copy");
  }

  private static boolean isCopy(OutboxRow row, OutboxRow first) {
    return row.domain().equals(first.domain())
        && row.topic().equals(first.topic())
        && row.orderId().equals(first.orderId())
        && row.sequence() == first.sequence()
        && row.type().equals(first.type())
        && row.payloadHash().equals(first.payloadHash())
        && Objects.equals(row.causationId(), first.causationId());
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
              String consumer = Topology.consumerOf(found.place().topic()).orElse(null);
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
    foreign(evidence).forEach(found -> expected.add(consumerAndId(found)));
    evidence.messages().stream()
        .filter(row -> wasCut(evidence, row))
        .forEach(row -> expected.add(handling(row.topic(), row.id())));
    for (InboxRow row : evidence.inbox()) {
      check.that(
          expected.contains(row.consumer() + " " + row.messageId()),
          null,
          "%s has marked %s, which is in none of its topics",
          row.consumer(),
          row.messageId());
    }
    HandledEffects.check(check, evidence);
    return check.finding("I19", "a message is handled once, and handled means it had its effect");
  }

  /** I20: no consumer has passed an unhandled message; when quiescent it has read all. */
  static Finding offsets(Evidence evidence) {
    Check check = new Check();
    Set<String> marked = marked(evidence);
    Set<String> parked =
        evidence.deadLetters().stream()
            .map(row -> row.consumer() + " " + row.poison())
            .collect(Collectors.toSet());
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
            marked.contains(at.consumer() + " " + found.id())
                || (!found.poison().isEmpty()
                    && parked.contains(at.consumer() + " " + found.poison())),
            found.key(),
            "%s has passed %s without marking %s",
            at.consumer(),
            found.place(),
            found.id());
      }
    }
    return check.finding("I20", "offsets never pass what is not handled, and reach the end");
  }

  /**
   * I22: what was parked is what could not be handled, each once, as the record that it is. Poison
   * that was deleted with its topic may not have been read. What could be handled and was sent by
   * no service has sent is marked once.
   */
  static Finding poison(Evidence evidence) {
    Check check = new Check();
    Map<String, List<DeadLetterRow>> parked =
        evidence.deadLetters().stream().collect(Collectors.groupingBy(DeadLetterRow::poison));
    Map<String, TopicRecord> there =
        evidence.topics().stream()
            .filter(found -> !found.poison().isEmpty())
            .collect(Collectors.toMap(TopicRecord::poison, found -> found, (one, other) -> one));
    Set<String> injected = new HashSet<>(evidence.interventions().poison());
    for (String poison : injected) {
      List<DeadLetterRow> letters = parked.getOrDefault(poison, List.of());
      TopicRecord found = there.get(poison);
      check.that(
          letters.size() == 1 || (letters.isEmpty() && found == null),
          null,
          "poison %s at %s was parked %d times",
          poison,
          found == null ? "no place" : found.place(),
          letters.size());
      check.that(
          found == null || letters.stream().allMatch(row -> row.place().equals(found.place())),
          null,
          "poison %s was parked as %s",
          poison,
          letters);
    }
    for (DeadLetterRow row : evidence.deadLetters()) {
      check.that(
          injected.contains(row.poison()),
          null,
          "%s has parked %s, which is no poison: %s",
          row.consumer(),
          row.place(),
          row.reason());
    }
    Map<String, Long> marks =
        evidence.inbox().stream()
            .collect(
                Collectors.groupingBy(
                    row -> row.consumer() + " " + row.messageId(), Collectors.counting()));
    for (TopicRecord found : foreign(evidence)) {
      long marked = marks.getOrDefault(consumerAndId(found), 0L);
      check.that(
          marked == 1,
          found.key(),
          "a valid message at %s that no service sent was marked %d times",
          found.place(),
          marked);
    }
    return check.finding("I22", "every poisoned message is parked once, and no other");
  }

  private static String handling(String topic, String id) {
    return Topology.consumerOf(topic).orElse("no consumer") + " " + id;
  }

  private static String consumerAndId(TopicRecord found) {
    return handling(found.place().topic(), found.id());
  }

  /** What the lab has sent and a consumer must handle. */
  private static List<TopicRecord> foreign(Evidence evidence) {
    Set<String> names = new HashSet<>(evidence.interventions().foreign());
    return evidence.topics().stream().filter(found -> names.contains(found.poison())).toList();
  }

  /** The records of the services: without what the lab has sent itself. */
  private static List<TopicRecord> own(Evidence evidence) {
    Set<String> injected = new HashSet<>(evidence.interventions().poison());
    injected.addAll(evidence.interventions().foreign());
    return evidence.topics().stream().filter(found -> !injected.contains(found.poison())).toList();
  }
}
