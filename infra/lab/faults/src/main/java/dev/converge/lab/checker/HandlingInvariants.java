package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.DeadLetterRow;
import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import dev.converge.platform.Topology;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The invariants of consumers: the topics against inboxes, offsets and dead letters. */
final class HandlingInvariants {
  private HandlingInvariants() {}

  static List<InvariantResult> check(Evidence evidence) {
    return List.of(inbox(evidence), offsets(evidence), poison(evidence));
  }

  /** I19: each message is marked once by its consumer, and has had its effect. */
  static InvariantResult inbox(Evidence evidence) {
    Check check = new Check();
    Map<String, Long> rows =
        evidence.inbox().stream()
            .collect(
                Collectors.groupingBy(
                    row -> row.consumer() + " " + row.messageId(), Collectors.counting()));
    Set<String> expected = new HashSet<>();
    MessageEvidence.own(evidence)
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
    MessageEvidence.foreign(evidence)
        .forEach(found -> expected.add(MessageEvidence.consumerAndId(found)));
    evidence.messages().stream()
        .filter(row -> MessageEvidence.wasCut(evidence, row))
        .forEach(row -> expected.add(MessageEvidence.handling(row.topic(), row.id())));
    for (InboxRow row : evidence.inbox()) {
      check.that(
          expected.contains(row.consumer() + " " + row.messageId()),
          null,
          "%s has marked %s, which is not in its topics",
          row.consumer(),
          row.messageId());
    }
    HandledEffects.check(check, evidence);
    return check.result("I19", "a message is handled once, and handled means it had its effect");
  }

  /** I20: no consumer has passed an unhandled message; when quiescent it has read all. */
  static InvariantResult offsets(Evidence evidence) {
    Check check = new Check();
    Set<String> marked = MessageEvidence.marked(evidence);
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
    return check.result("I20", "offsets never pass an unhandled message, and reach the end");
  }

  /**
   * I22: exactly the messages that cannot be handled are parked, each once, as the record that it
   * is. Poison that was deleted with its topic may be unread. A message that no service sent, and
   * that can be handled, is marked once.
   */
  static InvariantResult poison(Evidence evidence) {
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
    foreignIsMarked(check, evidence);
    return check.result("I22", "every poisoned message is parked once, and no other");
  }

  private static void foreignIsMarked(Check check, Evidence evidence) {
    Map<String, Long> marks =
        evidence.inbox().stream()
            .collect(
                Collectors.groupingBy(
                    row -> row.consumer() + " " + row.messageId(), Collectors.counting()));
    for (TopicRecord found : MessageEvidence.foreign(evidence)) {
      long marked = marks.getOrDefault(MessageEvidence.consumerAndId(found), 0L);
      check.that(
          marked == 1,
          found.key(),
          "a valid message at %s that no service sent was marked %d times",
          found.place(),
          marked);
    }
  }
}
