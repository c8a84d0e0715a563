package dev.converge.outbox.housekeeping;

import dev.converge.outbox.housekeeping.Connector.Part;
import dev.converge.outbox.housekeeping.Connector.Registered;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Detects a task that fails repeatedly at one position of the log because of the record it reads
 * there. Neither a restart nor a repair of the schema helps: the log keeps the row as it was
 * written.
 */
final class RepeatedFailure {
  static final int FAILURES = 3;
  static final Duration FIRST_AFTER = Duration.ofSeconds(20);
  static final Duration RUNS_AGAIN_AFTER = Duration.ofMinutes(3);

  // No message within the outbox's bounds takes as much as a record.
  static final int LARGEST_RECORD = 1_010_000;

  // Ten minutes: rows beyond the new slot are republished each time.
  private static final int MOST_DOUBLINGS = 5;

  private static final Pattern EXCEPTION =
      Pattern.compile("^(?:Caused by: )?([\\w.$]+(?:Exception|Error))(?::|$)", Pattern.MULTILINE);
  // The errors of Kafka that a record may cause; the broker causes all others.
  private static final String TOO_LARGE = "org.apache.kafka.common.errors.RecordTooLargeException";
  private static final List<String> CAUSED_BY_RECORD =
      List.of(TOO_LARGE, "org.apache.kafka.common.errors.SerializationException");
  // The client's message for a record that exceeds its limit. A broker does not report the size.
  private static final Pattern SIZE =
      Pattern.compile("RecordTooLargeException: The message is (\\d{1,18}) bytes when serialized");
  // Frames of a task that fails before it reads: another slot does not help.
  private static final List<String> STARTING = List.of(".startTask(", ".initializeAndStart(");
  private static final List<String> CAUSED_BY_ENVIRONMENT =
      List.of(
          "org.apache.kafka.common.",
          "org.postgresql.",
          "java.sql.",
          "java.net.",
          "java.io.",
          "java.lang.OutOfMemoryError");

  private long position = -1;
  private int failures;
  private long sinceNanos;
  private long lastNanos;
  private int doublings;

  /**
   * Takes an observation.
   *
   * @param confirmed the position that the connector has confirmed
   */
  void seen(Registered connector, long confirmed, long nowNanos) {
    if (confirmed != position) {
      position = confirmed;
      failures = 0;
    }
    if (connector.isRunning() && nowNanos - lastNanos >= RUNS_AGAIN_AFTER.toNanos()) {
      doublings = 0;
    }
    if (connector.isRunning() || !failsAtARecord(connector)) {
      return;
    }
    lastNanos = nowNanos;
    if (failures == 0) {
      sinceNanos = nowNanos;
    }
    failures++;
  }

  /** Whether only a new slot can help. */
  boolean isPermanent(long nowNanos) {
    return failures >= FAILURES && nowNanos - sinceNanos >= threshold().toNanos();
  }

  /**
   * Records that the slot was replaced. If that does not help, the next replacement waits longer.
   */
  void replaced() {
    failures = 0;
    doublings = Math.min(doublings + 1, MOST_DOUBLINGS);
  }

  private Duration threshold() {
    return FIRST_AFTER.multipliedBy(1L << doublings);
  }

  private static boolean failsAtARecord(Registered connector) {
    List<Part> failed =
        Stream.concat(Stream.of(connector.connector()), connector.tasks().stream())
            .filter(part -> part.is("FAILED"))
            .toList();
    return !failed.isEmpty() && failed.stream().allMatch(part -> isOfARecord(part.error()));
  }

  // Then a limit is too low: that of the topic, of the broker or of the connector. A new slot does
  // not help, since every message may exceed it.
  private static boolean isWithinBounds(String error) {
    return SIZE.matcher(error)
        .results()
        .noneMatch(found -> Long.parseLong(found.group(1)) > LARGEST_RECORD);
  }

  static boolean isOfARecord(String error) {
    List<String> exceptions =
        EXCEPTION.matcher(error).results().map(found -> found.group(1)).toList();
    return !exceptions.isEmpty()
        && STARTING.stream().noneMatch(error::contains)
        && !(exceptions.contains(TOO_LARGE) && isWithinBounds(error))
        && exceptions.stream()
            .allMatch(
                name ->
                    CAUSED_BY_RECORD.contains(name)
                        || CAUSED_BY_ENVIRONMENT.stream().noneMatch(name::startsWith));
  }
}
