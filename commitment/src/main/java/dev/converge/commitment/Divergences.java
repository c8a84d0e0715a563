package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** The branches that have ended differently from their decision, as operators see them. */
public interface Divergences {
  /**
   * A branch that has ended differently from its decision.
   *
   * @param state of the branch when the decision arrived
   * @param message the decision that arrived
   * @param age since then
   */
  record Entry(String gid, BranchState state, BranchEvent message, Duration age) {}

  /** The oldest that no operator has acknowledged. */
  Future<List<Entry>> open(int limit);

  /** Whether one is recorded and not acknowledged. */
  Future<Boolean> isOpen(GlobalId id);

  /**
   * Records that an operator has acknowledged one: it is not reported any more.
   *
   * @return whether it was open
   */
  Future<Boolean> acknowledge(GlobalId id);
}
