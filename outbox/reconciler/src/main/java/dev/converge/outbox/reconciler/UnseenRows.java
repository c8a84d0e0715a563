package dev.converge.outbox.reconciler;

import static java.util.Collections.unmodifiableMap;

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
 * The rows of the outbox that have not been seen in a topic yet. Immutable, and pure: it is given
 * what was read, and returns which rows are missing.
 *
 * <p>A row that is not in its topic waits until the connector has confirmed a position in the
 * write-ahead log at or past the end that the log had when the row was read. By then the broker has
 * acknowledged everything that was committed, or it will never be sent.
 *
 * <p>A message can have several rows: its own, and one for each time it was published again. One
 * record, or one copy that was just written, accounts for all of them that were written before it.
 */
final class UnseenRows {
  /** A row of the outbox. */
  record Row(UUID id, OffsetDateTime createdAt) {}

  /**
   * A row that has not been seen.
   *
   * @param notBefore a missing row is not published again before
   */
  private record Awaited(Row row, long writtenUpTo, OffsetDateTime notBefore) {}

  /** The most by which the clocks of the database and of the connector may differ. */
  static final Duration SKEW = Duration.ofSeconds(5);

  static final UnseenRows NONE = new UnseenRows(Map.of(), Map.of(), false);

  private static final int MOST_ACCOUNTED_FOR = 100_000;

  // In the order in which they were read.
  private final Map<UUID, Awaited> awaited;

  // Messages whose rows may not have been read yet, with the time up to which these need not be
  // awaited. So no record is read twice.
  private final Map<UUID, Long> accountedFor;
  private final boolean overflowed;

  private UnseenRows(Map<UUID, Awaited> awaited, Map<UUID, Long> accountedFor, boolean overflowed) {
    this.awaited = awaited;
    this.accountedFor = accountedFor;
    this.overflowed = overflowed;
  }

  /**
   * Awaits rows that were read.
   *
   * @param writtenUpTo where the write-ahead log ended when they could be read
   */
  UnseenRows await(Collection<Row> rows, long writtenUpTo) {
    Map<UUID, Awaited> all = new LinkedHashMap<>(awaited);
    for (Row row : rows) {
      Long upToMillis = accountedFor.get(row.id());
      if (upToMillis == null || millis(row.createdAt()) > upToMillis) {
        // A copy of a row that is still awaited replaces it, at the end.
        all.remove(row.id());
        all.put(row.id(), new Awaited(row, writtenUpTo, row.createdAt()));
      }
    }
    return new UnseenRows(unmodifiableMap(all), accountedFor, overflowed);
  }

  /** Begins to read the topics. */
  Search search() {
    return new Search();
  }

  /** Collects what one read of the topics finds; confined to the thread that reads. */
  final class Search {
    private final Map<UUID, Awaited> missing = new LinkedHashMap<>(awaited);
    private final Map<UUID, Long> known = new HashMap<>(accountedFor);
    private boolean tooMany = overflowed;

    /**
     * A message was seen in a topic.
     *
     * @param recordMillis the time of its record
     */
    void seen(UUID id, long recordMillis) {
      Awaited was = missing.remove(id);
      // A record as young as its row is the first, and its message has no copies.
      boolean isFirst =
          was != null && recordMillis - millis(was.row().createdAt()) < SKEW.toMillis();
      if (!isFirst) {
        tooMany |= known.size() >= MOST_ACCOUNTED_FOR;
        account(known, id, recordMillis + SKEW.toMillis());
      }
    }

    /** Whether every awaited row was seen. */
    boolean isOver() {
      return missing.isEmpty();
    }

    /** The rows that were not found. Ends the search. */
    UnseenRows result() {
      return new UnseenRows(unmodifiableMap(missing), unmodifiableMap(known), tooMany);
    }
  }

  private static void account(Map<UUID, Long> accountedFor, UUID id, long upToMillis) {
    if (accountedFor.size() < MOST_ACCOUNTED_FOR) {
      accountedFor.merge(id, upToMillis, Math::max);
    }
  }

  private static long millis(OffsetDateTime at) {
    return at.toInstant().toEpochMilli();
  }

  /**
   * Whether more messages were seen than are remembered. If so, the topics must be read again from
   * the first record that may belong to a row that has not been read.
   */
  boolean overflowed() {
    return overflowed;
  }

  /**
   * Forgets messages whose rows have been read by now, and all of them after an overflow.
   *
   * @param readTo the moment up to which rows have been read
   */
  UnseenRows forget(OffsetDateTime readTo) {
    Map<UUID, Long> kept = new HashMap<>();
    if (!overflowed) {
      long readToMillis = millis(readTo);
      accountedFor.forEach(
          (id, upToMillis) -> {
            if (upToMillis >= readToMillis) {
              kept.put(id, upToMillis);
            }
          });
    }
    return new UnseenRows(awaited, unmodifiableMap(kept), false);
  }

  /** Whether it knows of messages whose rows may not have been read yet. */
  boolean remembers() {
    return !accountedFor.isEmpty();
  }

  /**
   * The missing rows that are not postponed, oldest first. Valid only once the topics have been
   * read up to the ends that they had after the position was confirmed.
   *
   * @param confirmedUpTo the position that the connector has confirmed
   */
  List<Row> missing(long confirmedUpTo, OffsetDateTime now, int most) {
    List<Row> missing = new ArrayList<>();
    for (Awaited one : awaited.values()) {
      if (missing.size() == most || one.writtenUpTo() > confirmedUpTo) {
        break;
      }
      if (!one.notBefore().isAfter(now)) {
        missing.add(one.row());
      }
    }
    return missing;
  }

  /** Postpones missing rows: they are awaited, but are not missing before the given moments. */
  UnseenRows postpone(Map<UUID, OffsetDateTime> notBefore) {
    Map<UUID, Awaited> all = new LinkedHashMap<>(awaited);
    notBefore.forEach(
        (id, moment) ->
            all.computeIfPresent(
                id, (same, one) -> new Awaited(one.row(), one.writtenUpTo(), moment)));
    return new UnseenRows(unmodifiableMap(all), accountedFor, overflowed);
  }

  /** The ids of rows that are postponed. */
  List<UUID> postponed(OffsetDateTime now) {
    return awaited.values().stream()
        .filter(one -> one.notBefore().isAfter(now))
        .map(one -> one.row().id())
        .toList();
  }

  /**
   * Stops awaiting missing rows. The copies of those that were published again account for the
   * other rows of their messages. The others had been copied before: their copies are rows that
   * have not been read yet, and are compared like any row.
   *
   * @param copied the ids of those that were published again now
   * @param completeTo a moment before the copies were written
   */
  UnseenRows republished(
      Collection<Row> missing, Collection<UUID> copied, OffsetDateTime completeTo) {
    Map<UUID, Awaited> left = new LinkedHashMap<>(awaited);
    missing.forEach(row -> left.remove(row.id()));
    Map<UUID, Long> known = new HashMap<>(accountedFor);
    // One that is not remembered is published once more than necessary.
    copied.forEach(id -> account(known, id, millis(completeTo)));
    return new UnseenRows(unmodifiableMap(left), unmodifiableMap(known), overflowed);
  }

  /** When the oldest awaited row was written; null if none is awaited. */
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
}
