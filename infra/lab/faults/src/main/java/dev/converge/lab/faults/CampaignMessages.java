package dev.converge.lab.faults;

import dev.converge.lab.checker.Books;
import dev.converge.lab.checker.Evidence;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The numbers of a run's messages.
 *
 * @param duplicates records that repeat an earlier one, and that no reconciler published
 * @param republished messages that a reconciler found missing and published again
 * @param redundantCopies those of them that were in their topic after all, or arrived later
 */
record CampaignMessages(long messages, long duplicates, long republished, long redundantCopies) {

  static CampaignMessages of(Evidence evidence) {
    long redundantCopies = redundantCopies(evidence);
    return new CampaignMessages(
        evidence.messages().size(),
        repeated(evidence) - redundantCopies,
        evidence.republications().size(),
        redundantCopies);
  }

  /** Records that repeat one before them. */
  private static long repeated(Evidence evidence) {
    return records(evidence).values().stream().mapToLong(times -> times - 1).sum();
  }

  /** Of these, as many as marks of the reconcilers account for. */
  private static long redundantCopies(Evidence evidence) {
    Map<String, Long> marks =
        evidence.republications().stream()
            .collect(
                Collectors.groupingBy(Books.RepublicationRow::messageId, Collectors.counting()));
    return records(evidence).entrySet().stream()
        .mapToLong(entry -> Math.min(entry.getValue() - 1, marks.getOrDefault(entry.getKey(), 0L)))
        .sum();
  }

  private static Map<String, Long> records(Evidence evidence) {
    return evidence.topics().stream()
        .filter(found -> found.poison().isEmpty())
        .collect(Collectors.groupingBy(TopicRecord::id, Collectors.counting()));
  }
}
