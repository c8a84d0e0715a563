package dev.converge.commitment.protocol;

/** The events that a coordinator reacts to. */
public enum CoordinatorEvent {
  /** A client requests the transaction. */
  BEGIN,
  /** Every participant voted yes. */
  ALL_VOTED_YES,
  /** One participant voted no. */
  VOTED_NO,
  /** A vote is missing at the end of the timeout. */
  VOTES_OVERDUE,
  /** Every participant is precommitted. */
  ALL_PRECOMMITTED,
  /** An acknowledgement of the precommit is missing at the end of the timeout. */
  PRECOMMITS_OVERDUE,
  /** A participant has aborted before the precommit arrived. */
  PRECOMMIT_REFUSED,
  /** The register holds commit. */
  COMMIT_REGISTERED,
  /** The register holds abort. */
  ABORT_REGISTERED,
  /** It is not known whether the register took the proposal. */
  DECISION_UNCONFIRMED,
  /** Every participant has applied the decision. */
  ALL_APPLIED,
  /** A participant has not acknowledged the decision at the end of the timeout. */
  DECISION_OVERDUE
}
