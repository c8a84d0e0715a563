package dev.converge.outbox;

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
 */
final class UnseenRows {
  /** A row of the outbox. */
  record Row(UUID id, OffsetDateTime createdAt) {}

  private record Awaited(Row row, long writtenUpTo) {}

  private static final int MOST_EARLY = 100_000;

  private final Map<UUID, Awaited> awaited = new LinkedHashMap<>();

  // Messages whose rows have not been read yet, with the times of their records: so no record has
  // to be read twice.
  private final Map<UUID, Long> early = new HashMap<>();
  private boolean tooManyEarly;

  /**
   * Awaits rows.
   *
   * @param writtenUpTo where the write-ahead log ended when they could be read
   */
  void await(Collection<Row> rows, long writtenUpTo) {
    for (Row row : rows) {
      // A copy of a row that is still awaited takes its place, at the end.
      awaited.remove(row.id());
      if (early.remove(row.id()) == null) {
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
    if (awaited.remove(id) != null) {
      return;
    }
    if (early.size() < MOST_EARLY) {
      early.put(id, recordMillis);
    } else {
      tooManyEarly = true;
    }
  }

  /**
   * Forgets messages that came before their rows, and whose rows must have been read by now.
   *
   * @param beforeMillis the time of the first record whose row may still have to be read
   * @return false where there were too many to remember: the records since then are to be read once
   *     more
   */
  boolean forgetEarly(long beforeMillis) {
    boolean remembered = !tooManyEarly;
    if (remembered) {
      early.values().removeIf(recordMillis -> recordMillis < beforeMillis);
    } else {
      early.clear();
    }
    tooManyEarly = false;
    return remembered;
  }

  /** Whether it knows of messages whose rows have not been read yet. */
  boolean hasEarly() {
    return !early.isEmpty();
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

  /** Rows were published again: their copies are to come. */
  void republished(Collection<Row> rows) {
    rows.forEach(row -> awaited.remove(row.id()));
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
    early.clear();
    tooManyEarly = false;
  }
}
