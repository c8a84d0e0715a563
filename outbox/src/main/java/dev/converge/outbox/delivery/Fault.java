package dev.converge.outbox.delivery;

/** The cause of a message's failure. */
public enum Fault {
  /** The database, the network or the schema: the same work succeeds once it is repaired. */
  ENVIRONMENT,
  /** The message itself: no retry can help. */
  MESSAGE,
  /** Either: a constraint or a trigger may refuse one row or all, a handler may fail for both. */
  UNCERTAIN
}
