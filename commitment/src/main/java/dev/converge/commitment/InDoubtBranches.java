package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** The branches in doubt, as operators see them. */
public interface InDoubtBranches {
  /**
   * One branch in doubt.
   *
   * @param waiters sessions that wait for its locks, directly or behind one another
   * @param logBytesHeld bytes of the write-ahead log that a logical slot of the database retains
   *     while the branch is prepared
   */
  record Entry(String gid, BranchState state, Duration age, int waiters, long logBytesHeld) {}

  /** The oldest branches in doubt. */
  Future<List<Entry>> oldest(int limit);
}
