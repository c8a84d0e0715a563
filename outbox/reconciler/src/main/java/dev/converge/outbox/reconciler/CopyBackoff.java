package dev.converge.outbox.reconciler;

import dev.converge.outbox.reconciler.UnseenRows.Row;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * When a missing row may be copied again. A copy that is lost too, such as by a topic that is
 * deleted twice, is copied soon. If three copies of a message did not arrive, something prevents
 * them, and more copies only fill the outbox: the next ones wait one minute, two, four, eight, then
 * ten each.
 */
final class CopyBackoff {
  private static final int UNDELAYED = 3;
  private static final Duration FIRST = Duration.ofMinutes(1);
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private CopyBackoff() {}

  /**
   * The rows that have to wait, with the moments up to which they do.
   *
   * @param copies how often the messages of the rows were copied, by id; absent if never
   */
  static Map<UUID, OffsetDateTime> postponed(
      List<Row> missing, Map<UUID, Integer> copies, OffsetDateTime now) {
    Map<UUID, OffsetDateTime> postponed = new HashMap<>();
    for (Row row : missing) {
      OffsetDateTime until = row.createdAt().plus(backoff(copies.getOrDefault(row.id(), 0)));
      if (until.isAfter(now)) {
        postponed.put(row.id(), until);
      }
    }
    return postponed;
  }

  /** How old the last copy must be. */
  private static Duration backoff(int copies) {
    if (copies < UNDELAYED) {
      return Duration.ZERO;
    }
    // Four doublings exceed the longest.
    Duration doubled = FIRST.multipliedBy(1L << Math.min(copies - UNDELAYED, 4));
    return doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
  }
}
