package dev.converge.lab.transactionmanager;

/** A moment within a commit at which {@link Checkout} stops and waits. */
enum Moment {
  NONE,
  /** Both branches are prepared; the manager has not recorded its decision yet. */
  ALL_PREPARED,
  /** The decision is recorded; no branch has committed. */
  BEFORE_FIRST_COMMIT,
  /** One branch has committed. */
  BEFORE_SECOND_COMMIT
}
