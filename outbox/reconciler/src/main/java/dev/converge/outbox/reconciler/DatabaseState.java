package dev.converge.outbox.reconciler;

import java.time.OffsetDateTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The database at the beginning of a round.
 *
 * @param completeTo no more rows will be added that were created up to then
 * @param written where the write-ahead log ends
 * @param published whether a publication contains the outbox's rows
 */
record DatabaseState(
    OffsetDateTime now,
    OffsetDateTime completeTo,
    long written,
    Slot slot,
    Saved saved,
    boolean published) {

  /**
   * The replication slot of the outbox's connector.
   *
   * @param walStatus its {@code wal_status}; null if there is no slot
   * @param confirmed the position in the log that the connector has confirmed; 0 for none
   * @param counts statistics of the slot; null if there are none
   * @param canBeRecreated whether there is a function that recreates it
   */
  record Slot(
      @Nullable String walStatus,
      long confirmed,
      @Nullable SlotCounts counts,
      boolean canBeRecreated) {
    boolean isLost() {
      return walStatus == null || walStatus.equals("lost");
    }
  }

  /**
   * The position that was last saved, by any reconciler of this outbox.
   *
   * @param comparedTo up to when rows have been compared; null before the first comparison
   * @param repeatFrom since when rows are to be compared again; null if none are
   * @param repeatTo up to when; identifies the request, since no two have the same
   * @param topics the topics as they were last seen, by name
   */
  record Saved(
      @Nullable OffsetDateTime comparedTo,
      @Nullable OffsetDateTime repeatFrom,
      @Nullable OffsetDateTime repeatTo,
      Map<String, SeenTopic> topics) {}
}
