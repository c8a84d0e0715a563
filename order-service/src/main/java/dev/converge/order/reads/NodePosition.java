package dev.converge.order.reads;

/**
 * The position of a node of the database, as it says itself.
 *
 * @param isReplica whether it follows a primary
 * @param system identifies the database that its log belongs to
 * @param timeline of the log; a promotion begins a new one
 * @param position in the log: up to here a replica has replayed it, or a primary has it on its disk
 * @param xmin every transaction below has ended, as far as this node shows
 * @param xmax no transaction from here on has ended, as far as this node shows
 * @param staleMillis at most this long ago, the primary showed no more than this node does
 */
public record NodePosition(
    boolean isReplica,
    long system,
    long timeline,
    long position,
    long xmin,
    long xmax,
    long staleMillis) {
  /** Beyond this, a replica is not about to show what was written a moment ago. */
  private static final long FAR_BEHIND_MILLIS = 150;

  /** Whether a moment may be enough for it to show more. */
  public boolean isWorthWaitingFor() {
    return !isReplica || staleMillis <= FAR_BEHIND_MILLIS;
  }
}
