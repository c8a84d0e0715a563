package dev.converge.outbox.housekeeping;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Why an outbox cannot be checked: its database does not answer, or refuses what the check reads.
 *
 * @param sinceNanos when it was last checked
 * @param connector the connector's problem meanwhile; null if none is known
 */
record Unchecked(long sinceNanos, String why, @Nullable Diagnosis connector) {
  /** As a metric's tag, beside the causes of {@link DrainCause}. */
  static final String TAG = "not-checked";

  private static final Duration REPORTED_AFTER = Duration.ofSeconds(30);

  /** For how long it has not been checked; zero until this is reported. */
  Duration age(long nowNanos) {
    Duration age = Duration.ofNanos(nowNanos - sinceNanos);
    return age.compareTo(REPORTED_AFTER) < 0 ? Duration.ZERO : age;
  }

  String text(String database, long nowNanos) {
    String text =
        "%s: the outbox could not be checked for %d s: %s"
            .formatted(database, age(nowNanos).toSeconds(), why);
    return connector == null ? text : text + "; " + connector.text();
  }
}
