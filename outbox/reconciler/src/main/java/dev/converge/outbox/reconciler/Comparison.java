package dev.converge.outbox.reconciler;

import static dev.converge.outbox.reconciler.Moments.earliest;

import dev.converge.outbox.reconciler.UnseenRows.Row;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How far the rows have been compared with the topics.
 *
 * @param readTo the moment up to which rows have been read
 * @param step how much time the next read of rows covers at most
 * @param position where reading the topics continues
 * @param unseen the rows that were read and not found
 * @param topics the topics as they were last seen
 * @param repeatTo the end of the repeated comparison that it has joined; null if none
 * @param saved up to when rows were compared when this was last saved; null if it was not
 */
record Comparison(
    OffsetDateTime readTo,
    Duration step,
    TopicPosition position,
    UnseenRows unseen,
    KnownTopics topics,
    @Nullable OffsetDateTime repeatTo,
    @Nullable OffsetDateTime saved) {

  // Time in which few rows were written is covered in longer and longer steps.
  private static final Duration FIRST_STEP = Duration.ofSeconds(30);
  private static final Duration LONGEST_STEP = Duration.ofMinutes(10);

  /** Begins with the rows created after a moment. */
  static Comparison from(
      OffsetDateTime moment, KnownTopics topics, @Nullable OffsetDateTime repeatTo) {
    return new Comparison(
        moment,
        FIRST_STEP,
        new TopicPosition.Since(moment),
        UnseenRows.NONE,
        topics,
        repeatTo,
        null);
  }

  Comparison withTopics(KnownTopics now) {
    return new Comparison(readTo, step, position, unseen, now, repeatTo, saved);
  }

  /**
   * Rows were read.
   *
   * @param upTo the moment up to which all rows were read
   * @param written where the write-ahead log ended before
   */
  Comparison rowsRead(List<Row> rows, OffsetDateTime upTo, boolean many, long written) {
    return new Comparison(
        upTo,
        many ? FIRST_STEP : longer(step),
        position,
        unseen.await(rows, written),
        topics,
        repeatTo,
        saved);
  }

  private static Duration longer(Duration step) {
    Duration twice = step.multipliedBy(2);
    return twice.compareTo(LONGEST_STEP) < 0 ? twice : LONGEST_STEP;
  }

  /** The topics need not be read: every row has been seen. */
  Comparison nothingToSearch() {
    return unseen.remembers() ? this : at(new TopicPosition.Since(readTo), unseen, topics);
  }

  /** The topics were read. */
  Comparison recordsRead(RecordsRead records) {
    KnownTopics seen = topics.read(records.last());
    if (!records.complete()) {
      // Nothing is forgotten yet: an awaited row may be further on than what can be remembered.
      return at(new TopicPosition.At(records.next(), true), records.unseen(), seen);
    }
    return at(
        records.unseen().overflowed()
            ? new TopicPosition.Since(readTo)
            : new TopicPosition.At(records.next(), false),
        records.unseen().forget(readTo),
        seen);
  }

  /** Missing rows were published again, if they had not been before. */
  Comparison republished(List<Row> missing, List<UUID> copied, OffsetDateTime completeTo) {
    return at(position, unseen.republished(missing, copied, completeTo), topics);
  }

  /** Missing rows are not published again before the given moments. */
  Comparison postpone(Map<UUID, OffsetDateTime> notBefore) {
    return at(position, unseen.postpone(notBefore), topics);
  }

  private Comparison at(TopicPosition next, UnseenRows left, KnownTopics seen) {
    return new Comparison(readTo, step, next, left, seen, repeatTo, saved);
  }

  /** Everything up to {@link #comparedTo} is about to be saved. */
  Comparison saving() {
    return new Comparison(
        readTo, step, position, unseen, topics.compared(comparedTo()), repeatTo, comparedTo());
  }

  /** Up to when rows have been compared. Rows that are still awaited are compared again later. */
  OffsetDateTime comparedTo() {
    return earliest(readTo, beforeOldest());
  }

  /** A moment after which all awaited rows were written; null if none is awaited. */
  @Nullable OffsetDateTime beforeOldest() {
    OffsetDateTime oldest = unseen.oldest();
    return oldest == null ? null : oldest.minusNanos(1_000);
  }
}
