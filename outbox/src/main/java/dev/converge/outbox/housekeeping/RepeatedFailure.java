package dev.converge.outbox.housekeeping;

import dev.converge.outbox.housekeeping.Connector.Part;
import dev.converge.outbox.housekeeping.Connector.Registered;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Recognizes a task that fails again and again at one position of the log, for a reason that lies
 * in what it reads there. A restart does not help it, nor does the repair of what was wrong when
 * the row was written: the log keeps the row as it was.
 */
final class RepeatedFailure {
  static final int FAILURES = 3;
  static final Duration FIRST_AFTER = Duration.ofSeconds(20);
  static final Duration RUNS_AGAIN_AFTER = Duration.ofMinutes(3);

  // Ten minutes: what lies ahead of the new slot is published again each time.
  private static final int MOST_DOUBLINGS = 5;

  private static final Pattern EXCEPTION =
      Pattern.compile("^(?:Caused by: )?([\\w.$]+(?:Exception|Error))(?::|$)", Pattern.MULTILINE);
  // Of Kafka's own errors these alone are caused by a record; all others by the broker.
  private static final List<String> RECORDS_OWN =
      List.of(
          "org.apache.kafka.common.errors.RecordTooLargeException",
          "org.apache.kafka.common.errors.SerializationException");
  // Frames of a task that fails before it reads anything: another slot does not help it.
  private static final List<String> STARTING = List.of(".startTask(", ".initializeAndStart(");
  private static final List<String> SURROUNDINGS =
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
   * Takes what was observed.
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
    if (connector.isRunning() || !failsAtWhatItReads(connector)) {
      return;
    }
    lastNanos = nowNanos;
    if (failures == 0) {
      sinceNanos = nowNanos;
    }
    failures++;
  }

  /** Whether only another slot can help. */
  boolean isPermanent(long nowNanos) {
    return failures >= FAILURES && nowNanos - sinceNanos >= patience().toNanos();
  }

  /** The slot was replaced: where that does not help, the next time comes later. */
  void replaced() {
    failures = 0;
    doublings = Math.min(doublings + 1, MOST_DOUBLINGS);
  }

  private Duration patience() {
    return FIRST_AFTER.multipliedBy(1L << doublings);
  }

  private static boolean failsAtWhatItReads(Registered connector) {
    List<Part> failed =
        Stream.concat(Stream.of(connector.connector()), connector.tasks().stream())
            .filter(part -> part.is("FAILED"))
            .toList();
    return !failed.isEmpty() && failed.stream().allMatch(part -> isOfARecord(part.error()));
  }

  static boolean isOfARecord(String error) {
    List<String> exceptions =
        EXCEPTION.matcher(error).results().map(found -> found.group(1)).toList();
    return !exceptions.isEmpty()
        && STARTING.stream().noneMatch(error::contains)
        && exceptions.stream()
            .allMatch(
                name ->
                    RECORDS_OWN.contains(name)
                        || SURROUNDINGS.stream().noneMatch(name::startsWith));
  }
}
