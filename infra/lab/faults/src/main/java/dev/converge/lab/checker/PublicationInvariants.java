package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.RepublicationRow;
import dev.converge.lab.checker.TopicContents.TopicRecord;
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

/** The invariants of publication: the outboxes against the topics. */
final class PublicationInvariants {
  private PublicationInvariants() {}

  static List<InvariantResult> check(Evidence evidence) {
    return List.of(
        noLoss(evidence), noPhantom(evidence), orderOfAggregate(evidence), copies(evidence));
  }

  /**
   * I15: every committed message is in its topic, byte for byte. A message that the lab deleted
   * there may be absent if its consumer has handled it: the reconciler publishes only messages that
   * are not handled.
   */
  static InvariantResult noLoss(Evidence evidence) {
    Check check = new Check();
    Map<String, List<TopicRecord>> published =
        MessageEvidence.own(evidence).stream().collect(Collectors.groupingBy(TopicRecord::id));
    Set<String> marked = MessageEvidence.marked(evidence);
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
    return check.result(
        "I15",
        "every message committed is published, byte for byte",
        !evidence.messages().isEmpty(),
        gone == 0
            ? ""
            : gone
                + " are in their topic no more: the lab has deleted them, and they were handled");
  }

  private static @Nullable String absent(Evidence evidence, OutboxRow row, Set<String> marked) {
    if (!MessageEvidence.wasCut(evidence, row)) {
      return "is in no topic";
    }
    return marked.contains(MessageEvidence.handling(row.topic(), row.id()))
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

  /** I16: nothing is in a topic that was not committed. */
  static InvariantResult noPhantom(Evidence evidence) {
    Check check = new Check();
    Set<String> committed =
        evidence.messages().stream().map(OutboxRow::id).collect(Collectors.toSet());
    for (TopicRecord found : MessageEvidence.own(evidence)) {
      check.that(
          committed.contains(found.id()),
          found.key(),
          "record at %s, id %s, is in no outbox",
          found.place(),
          found.id());
    }
    return check.result("I16", "nothing is published that was not committed");
  }

  /**
   * I17: an order's messages are in one partition, in their order and without a gap. Out of turn
   * are only those that a reconciler has published again, and those that were written before the
   * lab deleted from their topic.
   */
  static InvariantResult orderOfAggregate(Evidence evidence) {
    Check check = new Check();
    List<OutboxRow> cut =
        evidence.messages().stream().filter(row -> MessageEvidence.wasCut(evidence, row)).toList();
    Set<String> outOfTurn = cut.stream().map(OutboxRow::id).collect(Collectors.toSet());
    evidence.republications().forEach(row -> outOfTurn.add(row.messageId()));
    Map<String, List<OutboxRow>> cutBySender =
        cut.stream()
            .collect(
                Collectors.groupingBy(row -> "/" + row.domain() + "-service " + row.orderId()));
    Map<String, List<TopicRecord>> bySender =
        MessageEvidence.own(evidence).stream()
            .sorted(Comparator.comparing((TopicRecord found) -> found.place().offset()))
            .collect(Collectors.groupingBy(found -> found.source() + " " + found.key()));
    bySender.forEach(
        (sender, found) -> {
          String fault = scattered(found);
          List<OutboxRow> gone = cutBySender.getOrDefault(sender, List.of());
          fault = fault == null ? outOfOrder(found, outOfTurn, gone) : fault;
          check.that(fault == null, found.get(0).key(), "messages of %s: %s", sender, fault);
        });
    return check.result(
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

  // A message that is published again, after a crash of the connector, may follow its successors.
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
  static InvariantResult copies(Evidence evidence) {
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
    return check.result("I18", "every copy of a message is marked, and every mark has its copy");
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
}
