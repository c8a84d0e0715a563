package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.InvariantResult.Violation;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The invariant of a failover: messages against the databases that have sent them. A database that
 * lacks a message that is in Kafka was promoted without its last commits.
 */
public final class KnownMessages {
  private KnownMessages() {}

  /** The violations, for a run in which no one but the services has sent messages. */
  public static List<String> violations(Books books, TopicContents topics) {
    Check check = new Check();
    inTopics(check, books.messages().outbox(), topics.records());
    handled(check, books.messages().outbox(), books.messages().inbox());
    return check.result("I29", "").violations().stream().map(Violation::what).toList();
  }

  /** I29: what is in a topic, or was handled, is in the outbox of the database that has sent it. */
  static InvariantResult known(Evidence evidence) {
    Check check = new Check();
    inTopics(check, evidence.outbox(), MessageEvidence.own(evidence));
    boolean services =
        evidence.interventions().poison().isEmpty() && evidence.interventions().foreign().isEmpty();
    if (services) {
      handled(check, evidence.outbox(), evidence.inbox());
    }
    return check.result(
        "I29",
        "nothing is in Kafka that the database of its sender does not know",
        !evidence.topics().isEmpty(),
        services ? "" : "handled messages are not compared: the lab has sent some");
  }

  private static void inTopics(Check check, List<OutboxRow> outbox, List<TopicRecord> records) {
    Map<String, Set<String>> bySender =
        outbox.stream()
            .collect(
                Collectors.groupingBy(
                    row -> "/" + row.domain() + "-service",
                    Collectors.mapping(OutboxRow::id, Collectors.toSet())));
    for (TopicRecord found : records) {
      check.that(
          bySender.getOrDefault(found.source(), Set.of()).contains(found.id()),
          found.key(),
          "record at %s, id %s, is not in the outbox of %s",
          found.place(),
          found.id(),
          found.source());
    }
  }

  private static void handled(Check check, List<OutboxRow> outbox, List<InboxRow> inbox) {
    Set<String> sent = outbox.stream().map(OutboxRow::id).collect(Collectors.toSet());
    for (InboxRow row : inbox) {
      check.that(
          sent.contains(row.messageId()),
          null,
          "%s has handled message %s, which is in no outbox",
          row.consumer(),
          row.messageId());
    }
  }
}
