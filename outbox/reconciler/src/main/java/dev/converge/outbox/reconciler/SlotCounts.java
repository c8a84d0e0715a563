package dev.converge.outbox.reconciler;

import java.time.OffsetDateTime;

/**
 * Statistics that distinguish a slot from an earlier one of the same name. A slot has no identity
 * to query, but its statistics begin with it. After a crash of the server, all statistics begin
 * again.
 *
 * @param serverStart when the server was started
 * @param slotBytes the bytes decoded for the slot
 * @param databaseCommits the commits in the database
 */
record SlotCounts(OffsetDateTime serverStart, long slotBytes, long databaseCommits) {
  /**
   * Whether the slot was created since these were counted. One that has decoded more by now is not
   * recognized.
   */
  boolean areOfAnother(SlotCounts later) {
    return later.serverStart.equals(serverStart)
        && later.slotBytes < slotBytes
        && later.databaseCommits >= databaseCommits;
  }
}
