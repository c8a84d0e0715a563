package dev.converge.outbox.reconciler;

import java.time.OffsetDateTime;

/**
 * What the database has counted since its counting began, which tells a slot from the one that had
 * its name before. A slot has no identity that could be asked for, but its statistics begin with
 * it; they also begin anew where the server has crashed, and then all others do, too.
 *
 * @param serverStart when the server was started
 * @param slotBytes decoded for the slot
 * @param databaseCommits in the database
 */
record SlotCounts(OffsetDateTime serverStart, long slotBytes, long databaseCommits) {
  /** Whether the slot was made since these were counted. One that has caught up is not told. */
  boolean areOfAnother(SlotCounts later) {
    return later.serverStart.equals(serverStart)
        && later.slotBytes < slotBytes
        && later.databaseCommits >= databaseCommits;
  }
}
