package dev.converge.outbox;

/**
 * What the database has counted since its counting began, which tells a slot from the one that had
 * its name before. A slot has no identity that could be asked for, but its statistics begin with
 * it; they also begin anew after a crash of the database, and then all others do, too.
 *
 * @param slotBytes decoded for the slot
 * @param databaseCommits in the database
 */
record SlotCounts(long slotBytes, long databaseCommits) {
  /** Whether the slot was made since these were counted. One that has caught up is not told. */
  boolean areOfAnother(SlotCounts later) {
    return later.slotBytes < slotBytes && later.databaseCommits >= databaseCommits;
  }
}
