package dev.converge.outbox.housekeeping;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Determines up to which time an outbox is drained, from samples alone.
 *
 * <p>Each sample pairs a time with the end of the write-ahead log at that time. Once the connector
 * has confirmed that position, all rows up to that time are in their topics. Samples begin with the
 * process; the reconciler stores what was drained before.
 */
final class DrainProgress {
  private static final int MAX_SAMPLES = 1_000;

  /**
   * The log at one time.
   *
   * @param takenAt when it was taken
   * @param completeTo no further row with an earlier creation time can be added
   * @param written the end of the log
   */
  record Sample(OffsetDateTime takenAt, OffsetDateTime completeTo, long written) {}

  private final Deque<Sample> unconfirmed = new ArrayDeque<>();
  private Duration spacing = Duration.ZERO;
  private @Nullable OffsetDateTime confirmedTo;
  private @Nullable OffsetDateTime advancedAt;
  private @Nullable OffsetDateTime sampledAt;
  private long lastConfirmed;

  /**
   * Takes a sample, and the position that the connector had confirmed at that time; 0 if its
   * confirmations do not count.
   */
  void sample(Sample sample, long confirmed) {
    if (sampledAt != null && sample.takenAt().isBefore(sampledAt)) {
      clockSetBack(sample.takenAt());
    }
    sampledAt = sample.takenAt();
    noteAdvance(sample.takenAt(), confirmed);
    while (!unconfirmed.isEmpty() && unconfirmed.getFirst().written() <= confirmed) {
      confirmedTo = later(unconfirmed.removeFirst().completeTo(), confirmedTo);
    }
    if (sample.written() <= confirmed) {
      confirmedTo = later(sample.completeTo(), confirmedTo);
      return;
    }
    if (unconfirmed.isEmpty()) {
      spacing = Duration.ZERO;
    } else if (Duration.between(unconfirmed.getLast().takenAt(), sample.takenAt())
            .compareTo(spacing)
        < 0) {
      return;
    }
    if (unconfirmed.size() == MAX_SAMPLES) {
      thin();
    }
    unconfirmed.addLast(sample);
  }

  // The first position is not an advance: it may be old.
  private void noteAdvance(OffsetDateTime takenAt, long confirmed) {
    if (confirmed == 0 || confirmed == lastConfirmed) {
      return;
    }
    if (lastConfirmed != 0) {
      advancedAt = takenAt;
    }
    lastConfirmed = confirmed;
  }

  // No earlier event can be later than now.
  private void clockSetBack(OffsetDateTime now) {
    confirmedTo = earlier(confirmedTo, now);
    advancedAt = earlier(advancedAt, now);
    List<Sample> before = List.copyOf(unconfirmed);
    unconfirmed.clear();
    for (Sample one : before) {
      unconfirmed.addLast(
          new Sample(
              one.takenAt().isAfter(now) ? now : one.takenAt(),
              one.completeTo().isAfter(now) ? now : one.completeTo(),
              one.written()));
    }
  }

  // Bounds the memory of a long stall, at the cost of precision: drops every other sample, and
  // spaces later ones like the remaining ones.
  private void thin() {
    spacing =
        Duration.between(unconfirmed.getFirst().takenAt(), unconfirmed.getLast().takenAt())
            .multipliedBy(2)
            .dividedBy(MAX_SAMPLES);
    List<Sample> all = new ArrayList<>(unconfirmed);
    unconfirmed.clear();
    for (int at = 0; at < all.size(); at += 2) {
      unconfirmed.addLast(all.get(at));
    }
  }

  /**
   * The time up to which the connector has confirmed all rows; null if this process does not know.
   */
  @Nullable OffsetDateTime confirmedTo() {
    return confirmedTo;
  }

  /**
   * The time up to which all rows are drained; null if it is unknown.
   *
   * @param reconciledTo the time up to which the reconciler has seen all rows; ignored if it is in
   *     the future: the clock was set back, or it was changed by hand
   */
  @Nullable OffsetDateTime drainedTo(@Nullable OffsetDateTime reconciledTo, OffsetDateTime now) {
    return reconciledTo == null || reconciledTo.isAfter(now)
        ? confirmedTo
        : later(reconciledTo, confirmedTo);
  }

  /** How long the connector has been behind the end of the log. */
  Duration behindFor(OffsetDateTime now) {
    return unconfirmed.isEmpty()
        ? Duration.ZERO
        : Duration.between(unconfirmed.getFirst().takenAt(), now);
  }

  /** For how much of that time it has confirmed nothing; zero if it has confirmed everything. */
  Duration standingFor(OffsetDateTime now) {
    Duration behind = behindFor(now);
    OffsetDateTime advanced = advancedAt;
    if (advanced == null) {
      return behind;
    }
    Duration since = Duration.between(advanced, now);
    return since.compareTo(behind) < 0 ? since : behind;
  }

  /** A time, but not one after another; null if it is null. */
  static @Nullable OffsetDateTime earlier(@Nullable OffsetDateTime one, OffsetDateTime other) {
    return one != null && one.isAfter(other) ? other : one;
  }

  /** The later of two times. */
  static @Nullable OffsetDateTime later(
      @Nullable OffsetDateTime one, @Nullable OffsetDateTime other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.isAfter(other) ? one : other;
  }
}
