package dev.converge.lab.checker;

import dev.converge.lab.checker.TopicContents.LogView;
import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.lab.checker.TopicContents.Place;
import dev.converge.lab.checker.TopicContents.Range;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The invariants of the topics as consumers see them. */
final class LogInvariants {
  private LogInvariants() {}

  static List<InvariantResult> check(Evidence evidence) {
    return List.of(views(evidence));
  }

  /**
   * I21: each view shows every offset of a partition, once and in turn; all views show the same
   * record at an offset, at every isolation level, because no producer here writes in transactions
   * of Kafka; and no consumer has committed an offset beyond the end.
   */
  static InvariantResult views(Evidence evidence) {
    Check check = new Check();
    evidence.views().forEach(view -> inTurn(check, view));
    for (int one = 0; one < evidence.views().size(); one++) {
      for (int other = one + 1; other < evidence.views().size(); other++) {
        agree(check, evidence.views().get(one), evidence.views().get(other));
      }
    }
    for (OffsetRow at : evidence.offsets()) {
      check.that(
          at.committed() <= at.end(),
          null,
          "%s has committed %d in %s-%d, which ends at %d",
          at.consumer(),
          at.committed(),
          at.topic(),
          at.partition(),
          at.end());
    }
    return check.result(
        "I21",
        "consumers see each offset once, in turn, and at each the same record",
        evidence.views().size() > 1 && !evidence.topics().isEmpty(),
        evidence.views().size()
            + " views: "
            + evidence.views().stream().map(LogView::isolation).collect(Collectors.joining(", ")));
  }

  private static void inTurn(Check check, LogView view) {
    Map<String, Long> next = new HashMap<>();
    view.ranges().forEach(range -> next.put(partition(range), range.begin()));
    for (TopicRecord found : view.records()) {
      String partition = partition(found);
      long expected = next.getOrDefault(partition, 0L);
      check.that(
          found.place().offset() == expected,
          found.key(),
          "%s: %s shows offset %d (expected: %d)",
          view.isolation(),
          partition,
          found.place().offset(),
          expected);
      next.put(partition, found.place().offset() + 1);
    }
    for (Range range : view.ranges()) {
      long read = next.getOrDefault(partition(range), range.begin());
      check.that(
          read >= range.end(),
          null,
          "%s: %s shows nothing from offset %d, and ends at %d",
          view.isolation(),
          partition(range),
          read,
          range.end());
    }
  }

  // A record that was added or deleted between the two reads is in one of them only.
  private static void agree(Check check, LogView one, LogView other) {
    Map<String, Range> ranges =
        other.ranges().stream().collect(Collectors.toMap(LogInvariants::partition, range -> range));
    Map<Place, TopicRecord> others =
        other.records().stream()
            .collect(Collectors.toMap(TopicRecord::place, found -> found, (a, b) -> a));
    for (TopicRecord found : one.records()) {
      Range range = ranges.get(partition(found));
      long offset = found.place().offset();
      if (range != null && offset >= range.begin() && offset < range.end()) {
        TopicRecord there = others.get(found.place());
        check.that(
            found.equals(there),
            found.key(),
            "%s: %s shows %s, %s shows %s",
            found.place(),
            one.isolation(),
            found,
            other.isolation(),
            there);
      }
    }
  }

  private static String partition(Range range) {
    return range.topic() + "-" + range.partition();
  }

  private static String partition(TopicRecord found) {
    return found.place().topic() + "-" + found.place().partition();
  }
}
