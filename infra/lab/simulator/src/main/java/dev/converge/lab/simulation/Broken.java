package dev.converge.lab.simulation;

/**
 * A deliberate mistake, in the simulator's models and never in the services. A simulator that does
 * not find each of them proves nothing.
 */
enum Broken {
  /** The inbox is written but not read. */
  NO_INBOX,
  /** The inbox is committed before the transaction of the effect. */
  INBOX_IN_OTHER_TRANSACTION,
  /** Offsets are committed before the transaction of their records. */
  OFFSET_BEFORE_TRANSACTION,
  /** Messages are written after the commit of their effect. */
  OUTBOX_AFTER_COMMIT,
  /** The outbox is read by ascending numbers, not in the order of commits. */
  OUTBOX_POLLED_BY_NUMBER,
  /** Records go to any partition. */
  RANDOM_PARTITION,
  /** An undo that arrives before its command leaves no tombstone. */
  NO_TOMBSTONE,
  /** Every release adds stock, also a repeated one. */
  COMPENSATION_NOT_IDEMPOTENT,
  /** Each call to the provider has a key of its own. */
  PAYMENT_WITHOUT_KEY,
  /** A charge without an answer counts as declined. */
  LOST_ANSWER_IS_A_DECLINE,
  /** An undo at the provider does not prevent a later charge. */
  UNDO_LEAVES_NO_BARRIER,
  /** Stock is read without a lock and written as a sum. */
  STOCK_READ_MODIFY_WRITE,
  /** Replies are decided on a saga that is not locked. */
  SAGA_WITHOUT_LOCK,
  /** The idempotency key is committed after its order. */
  KEY_IN_OTHER_TRANSACTION,
  /** A used key is replayed without a comparison of the requests. */
  KEY_WITHOUT_FINGERPRINT,
  /** Deadlines are timers of the process that set them. */
  DEADLINES_IN_MEMORY
}
