package dev.converge.outbox.housekeeping;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Up to which moment an outbox is drained. Knows neither the database nor the broker.
 *
 * <p>Each sample pairs a moment with the end of the write-ahead log then: once the connector has
 * confirmed that position, all rows up to that moment are in their topics. Samples begin with the
 * process; what was drained before it, the audit has written down.
 */
final class DrainProgress {
  private static final int MOST_SAMPLES = 1_000;

  /**
   * The log at a moment.
   *
   * @param takenAt when it was taken
   * @param completeTo no row is added any more that was created up to then
   * @param written where the log ended
   */
  record Sample(OffsetDateTime takenAt, OffsetDateTime completeTo, long written) {}

  private final Deque<Sample> unconfirmed = new ArrayDeque<>();
  private Duration apart = Duration.ZERO;
  private @Nullable OffsetDateTime confirmedTo;
  private @Nullable OffsetDateTime advancedAt;
  private long lastConfirmed;

  /**
   * Takes a sample, and the position that the connector has confirmed when it was taken; 0 where
   * what it confirms does not count.
   */
  void sample(Sample sample, long confirmed) {
    noteAdvance(sample.takenAt(), confirmed);
    while (!unconfirmed.isEmpty() && unconfirmed.getFirst().written() <= confirmed) {
      confirmedTo = later(unconfirmed.removeFirst().completeTo(), confirmedTo);
    }
    if (sample.written() <= confirmed) {
      confirmedTo = later(sample.completeTo(), confirmedTo);
      return;
    }
    if (unconfirmed.isEmpty()) {
      apart = Duration.ZERO;
    } else if (Duration.between(unconfirmed.getLast().takenAt(), sample.takenAt()).compareTo(apart)
        < 0) {
      return;
    }
    if (unconfirmed.size() == MOST_SAMPLES) {
      thin();
    }
    unconfirmed.addLast(sample);
  }

  // The first position that is seen is no advance: it may have stood there for long.
  private void noteAdvance(OffsetDateTime takenAt, long confirmed) {
    if (confirmed == 0 || confirmed == lastConfirmed) {
      return;
    }
    if (lastConfirmed != 0) {
      advancedAt = takenAt;
    }
    lastConfirmed = confirmed;
  }

  // A stall of hours is known less precisely, and in bounded memory: every other sample goes, and
  // later ones are as far apart as those that stay.
  private void thin() {
    apart =
        Duration.between(unconfirmed.getFirst().takenAt(), unconfirmed.getLast().takenAt())
            .multipliedBy(2)
            .dividedBy(MOST_SAMPLES);
    List<Sample> all = new ArrayList<>(unconfirmed);
    unconfirmed.clear();
    for (int at = 0; at < all.size(); at += 2) {
      unconfirmed.addLast(all.get(at));
    }
  }

  /** Up to when the connector has confirmed all rows; null where this process does not know. */
  @Nullable OffsetDateTime confirmedTo() {
    return confirmedTo;
  }

  /** For how long the connector has not confirmed a position that was the log's end. */
  Duration behindFor(OffsetDateTime now) {
    return unconfirmed.isEmpty()
        ? Duration.ZERO
        : Duration.between(unconfirmed.getFirst().takenAt(), now);
  }

  /** For how much of that time it has confirmed nothing; zero where it has confirmed all. */
  Duration standingFor(OffsetDateTime now) {
    Duration behind = behindFor(now);
    OffsetDateTime advanced = advancedAt;
    if (advanced == null) {
      return behind;
    }
    Duration since = Duration.between(advanced, now);
    return since.compareTo(behind) < 0 ? since : behind;
  }

  /** The later of two moments. */
  static @Nullable OffsetDateTime later(
      @Nullable OffsetDateTime one, @Nullable OffsetDateTime other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.isAfter(other) ? one : other;
  }
}
