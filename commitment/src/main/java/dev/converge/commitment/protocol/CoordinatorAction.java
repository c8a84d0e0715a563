package dev.converge.commitment.protocol;

/** The actions of a coordinator, in this order where a rule has several. */
public enum CoordinatorAction {
  SEND_PREPARE,
  SEND_PRECOMMIT,
  /** Propose commit to the register of decisions. The first proposal is the decision. */
  PROPOSE_COMMIT,
  /** Propose abort to the register, to learn the registered decision. */
  PROPOSE_ABORT,
  ANSWER_COMMITTED,
  ANSWER_ABORTED,
  SEND_COMMIT,
  SEND_ABORT,
  /** Record that no participant needs the decision any more. */
  RECORD_DONE
}
