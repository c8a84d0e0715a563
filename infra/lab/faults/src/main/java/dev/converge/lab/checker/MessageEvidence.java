package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import dev.converge.platform.Topology;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Selects the evidence that several checks of messages need. */
final class MessageEvidence {
  private MessageEvidence() {}

  /** Whether the lab has deleted records of its topic since it was written. */
  static boolean wasCut(Evidence evidence, OutboxRow row) {
    return evidence.interventions().cuts().stream()
        .anyMatch(cut -> cut.topic().equals(row.topic()) && row.atMicros() <= cut.atMicros());
  }

  /** The marks of each consumer, as consumer and message id. */
  static Set<String> marked(Evidence evidence) {
    return evidence.inbox().stream()
        .map(row -> row.consumer() + " " + row.messageId())
        .collect(Collectors.toSet());
  }

  /** The entry of {@link #marked} for a message of a topic. */
  static String handling(String topic, String id) {
    return Topology.consumerOf(topic).orElse("no consumer") + " " + id;
  }

  static String consumerAndId(TopicRecord found) {
    return handling(found.place().topic(), found.id());
  }

  /** The records that the lab has sent and a consumer must handle. */
  static List<TopicRecord> foreign(Evidence evidence) {
    Set<String> names = new HashSet<>(evidence.interventions().foreign());
    return evidence.topics().stream().filter(found -> names.contains(found.poison())).toList();
  }

  /** The records of the services, without those of the lab. */
  static List<TopicRecord> own(Evidence evidence) {
    Set<String> injected = new HashSet<>(evidence.interventions().poison());
    injected.addAll(evidence.interventions().foreign());
    return evidence.topics().stream().filter(found -> !injected.contains(found.poison())).toList();
  }
}
