package dev.converge.outbox;

import dev.converge.faults.TransientFaults;

/** What is at fault when a message fails, as far as the exception alone says. */
enum Fault {
  /** The database, the network or the schema: the same work succeeds once it is repaired. */
  ENVIRONMENT,
  /** The message itself: no retry can help. */
  MESSAGE,
  /** Either: a constraint or a trigger may refuse one row or all, a handler may fail for both. */
  UNCERTAIN;

  static Fault of(Throwable cause) {
    if (cause instanceof UnprocessableMessageException) {
      return MESSAGE;
    }
    return TransientFaults.isTransient(cause) ? ENVIRONMENT : UNCERTAIN;
  }
}
