package dev.converge.outbox.reconciler;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the outbox that an audit has not seen in a topic yet. Knows neither the database nor
 * the broker: it is told what was read, and says what is missing.
 *
 * <p>A row that is not in its topic only waits, until the connector has confirmed a position in the
 * write-ahead log at or past the one where the log stood when the row was read. All that was
 * committed by then has been acknowledged by the broker, or will never be sent.
 *
 * <p>A message can have several rows: its own, and one more for each time it was published again.
 * One record, or one copy that is to come, stands for all of them that were written before it.
 */
final class UnseenRows {
  /** A row of the outbox. */
  record Row(UUID id, OffsetDateTime createdAt) {}

  private record Awaited(Row row, long writtenUpTo) {}

  /** The clocks of the database and of the connector may differ by so much. */
  static final Duration SKEW = Duration.ofSeconds(5);

  private static final int MOST_ACCOUNTED_FOR = 100_000;

  private final Map<UUID, Awaited> awaited = new LinkedHashMap<>();

  // Messages that may have rows that have not been read yet, with the time up to which these need
  // not be looked for: so no record has to be read twice.
  private final Map<UUID, Long> accountedFor = new HashMap<>();
  private boolean tooMany;

  /**
   * Awaits rows.
   *
   * @param writtenUpTo where the write-ahead log ended when they could be read
   */
  void await(Collection<Row> rows, long writtenUpTo) {
    for (Row row : rows) {
      Long upToMillis = accountedFor.get(row.id());
      if (upToMillis == null || millis(row.createdAt()) > upToMillis) {
        // A copy of a row that is still awaited takes its place, at the end.
        awaited.remove(row.id());
        awaited.put(row.id(), new Awaited(row, writtenUpTo));
      }
    }
  }

  /**
   * A message was seen in a topic.
   *
   * @param recordMillis the time of its record
   */
  void seen(UUID id, long recordMillis) {
    Awaited was = awaited.remove(id);
    // A record that came with its row is the first, and its message has no copies.
    boolean inTime = was != null && recordMillis - millis(was.row().createdAt()) < SKEW.toMillis();
    if (!inTime) {
      tooMany |= isFull();
      accountFor(id, recordMillis + SKEW.toMillis());
    }
  }

  private void accountFor(UUID id, long upToMillis) {
    if (!isFull()) {
      accountedFor.merge(id, upToMillis, Math::max);
    }
  }

  private boolean isFull() {
    return accountedFor.size() >= MOST_ACCOUNTED_FOR;
  }

  private static long millis(OffsetDateTime at) {
    return at.toInstant().toEpochMilli();
  }

  /**
   * Forgets messages whose rows must have been read by now.
   *
   * @param readTo the moment up to which rows have been read
   * @return false where there were too many to remember: the records since then, and some before,
   *     are to be read once more
   */
  boolean forget(OffsetDateTime readTo) {
    boolean remembered = !tooMany;
    if (remembered) {
      accountedFor.values().removeIf(upToMillis -> upToMillis < millis(readTo));
    } else {
      accountedFor.clear();
    }
    tooMany = false;
    return remembered;
  }

  /** Whether it knows of messages that may have rows that have not been read yet. */
  boolean remembers() {
    return !accountedFor.isEmpty();
  }

  /**
   * Rows that will not come by themselves, the oldest first. To be asked only once the topics have
   * been read up to where they ended after the position was confirmed.
   *
   * @param confirmedUpTo the position that the connector has confirmed
   */
  List<Row> missing(long confirmedUpTo, int most) {
    List<Row> missing = new ArrayList<>();
    for (Awaited one : awaited.values()) {
      if (missing.size() == most || one.writtenUpTo() > confirmedUpTo) {
        break;
      }
      missing.add(one.row());
    }
    return missing;
  }

  /**
   * Missing rows were seen to. The copies of those that were published again are to come, and stand
   * for other rows of their messages. The others had been copied before: those copies are rows that
   * have not been read yet, and will be looked for like any.
   *
   * @param copied the ids of those that were published again now
   * @param completeTo a moment before the copies were written
   */
  void republished(Collection<Row> missing, Collection<UUID> copied, OffsetDateTime completeTo) {
    missing.forEach(row -> awaited.remove(row.id()));
    // One that is not remembered is published once more than need be.
    copied.forEach(id -> accountFor(id, millis(completeTo)));
  }

  /** When the first of them was written; null where none is awaited. */
  @Nullable OffsetDateTime oldest() {
    OffsetDateTime oldest = null;
    for (Awaited one : awaited.values()) {
      OffsetDateTime created = one.row().createdAt();
      oldest = oldest == null || created.isBefore(oldest) ? created : oldest;
    }
    return oldest;
  }

  int size() {
    return awaited.size();
  }

  void clear() {
    awaited.clear();
    accountedFor.clear();
    tooMany = false;
  }
}
