package dev.converge.outbox.housekeeping;

import dev.converge.outbox.housekeeping.SourceDatabase.Seen;
import java.time.Duration;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * How long the oldest message of an outbox has waited.
 *
 * @param age of the oldest message that is not in its topic; zero if there is no stall
 * @param standing for how much of that time the connector has confirmed nothing
 * @param progress the connector's confirmations in that time
 */
record Stall(Duration age, Duration standing, Progress progress) {
  /** The confirmations of a connector while messages wait. */
  enum Progress {
    /** Nothing, or not enough time has passed. */
    NONE,
    /** Positions before the messages. */
    LAGGING,
    /** Positions past the messages, which are still not in their topics. */
    PAST_THEM
  }

  // A working connector confirms a position within ten seconds, when its heartbeat is written; the
  // next check sees it up to five seconds later.
  private static final Duration STANDING = Duration.ofSeconds(20);

  /**
   * Evaluates an observation.
   *
   * @param oldest the oldest row that is not known to be in its topic; null if there is none
   * @param connector the position that the connector has confirmed
   */
  static Stall of(Seen seen, @Nullable OffsetDateTime oldest, DrainProgress connector) {
    OffsetDateTime now = seen.sample().takenAt();
    Duration withoutEffect = since(seen.copiedWithoutEffect(), now);
    Duration age = since(oldest, now);
    // Rows from before this process started may all be in their topics. This is known once the
    // connector has confirmed a position, or has had the time to.
    boolean unpublished = !seen.source().publication().publishesOutbox();
    Duration behind = unpublished ? age : min(age, connector.behindFor(now));
    Duration standing = unpublished ? age : min(age, connector.standingFor(now));
    Duration known = behind.compareTo(STANDING) < 0 ? behind : age;
    if (withoutEffect.compareTo(known) > 0) {
      return new Stall(withoutEffect, Duration.ZERO, Progress.PAST_THEM);
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
