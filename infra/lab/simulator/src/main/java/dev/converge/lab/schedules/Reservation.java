package dev.converge.lab.schedules;

import dev.converge.commitment.protocol.BranchAction;
import java.util.List;

/**
 * The effect of one order at a participant of try, confirm, cancel: one unit, of stock or money.
 * Each step is a local transaction, together with the row of the branch.
 *
 * @param tried units that a try has reserved
 * @param spent units that a confirm has used
 * @param returned units that a cancel has made available again
 */
record Reservation(int tried, int spent, int returned) {
  static final Reservation NONE = new Reservation(0, 0, 0);

  /** The effect after the actions of a rule. */
  Reservation after(List<BranchAction> actions) {
    Reservation next = this;
    for (BranchAction action : actions) {
      next = next.after(action);
    }
    return next;
  }

  private Reservation after(BranchAction action) {
    return switch (action) {
      case PREPARE_WORK -> new Reservation(tried + 1, spent, returned);
      case COMMIT_WORK -> new Reservation(tried - 1, spent + 1, returned);
      case ROLL_BACK -> new Reservation(tried - 1, spent, returned + 1);
      // An empty cancel has nothing to return.
      case RECORD_ABORT, RECORD_PRECOMMIT, PROPOSE_ABORT, ASK_PEERS, REPORT_DIVERGENCE -> this;
    };
  }

  /** Whether no unit is spent or returned that was not tried, or twice. */
  boolean isExact() {
    return tried >= 0 && spent + returned <= 1;
  }

  boolean isTried() {
    return tried > 0;
  }

  boolean isSpent() {
    return spent > 0;
  }

  boolean isReturned() {
    return returned > 0;
  }
}
