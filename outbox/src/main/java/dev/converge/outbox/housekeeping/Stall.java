package dev.converge.outbox.housekeeping;

import dev.converge.outbox.housekeeping.SourceDatabase.Seen;
import java.time.Duration;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * How long an outbox's oldest message has waited.
 *
 * @param age of the oldest message that is not in its topic; zero where none has waited for long
 * @param standing for how much of that time the connector is known to have confirmed nothing
 * @param progress what the connector has confirmed meanwhile
 */
record Stall(Duration age, Duration standing, Progress progress) {
  /** What a connector has confirmed while messages wait. */
  enum Progress {
    /** Nothing, or it has not had the time to. */
    NONE,
    /** Positions, none of them past the messages. */
    LAGGING,
    /** Positions past the messages, which are not in their topics all the same. */
    PAST_THEM
  }

  // A connector that works confirms a position after ten seconds at the latest, when its heartbeat
  // is written, and is seen to have after five more.
  private static final Duration STANDING = Duration.ofSeconds(20);

  /**
   * Judges what was seen.
   *
   * @param oldest the oldest row that is not known to be in its topic; null for none
   * @param connector what the connector has confirmed
   */
  static Stall of(Seen seen, @Nullable OffsetDateTime oldest, DrainProgress connector) {
    OffsetDateTime now = seen.sample().takenAt();
    Duration inVain = since(seen.copiedInVain(), now);
    Duration age = since(oldest, now);
    // Rows of the time before this process began may all be in their topics: it is known once the
    // connector has confirmed something, or has had the time to.
    boolean unpublished = !seen.source().publication().publishesOutbox();
    Duration behind = unpublished ? age : min(age, connector.behindFor(now));
    Duration standing = unpublished ? age : min(age, connector.standingFor(now));
    Duration known = behind.compareTo(STANDING) < 0 ? behind : age;
    if (inVain.compareTo(known) > 0) {
      return new Stall(inVain, Duration.ZERO, Progress.PAST_THEM);
    }
    boolean lagging = behind.compareTo(STANDING) >= 0 && standing.compareTo(STANDING) < 0;
    return new Stall(known, standing, lagging ? Progress.LAGGING : Progress.NONE);
  }

  private static Duration since(@Nullable OffsetDateTime then, OffsetDateTime now) {
    return then == null || then.isAfter(now) ? Duration.ZERO : Duration.between(then, now);
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
