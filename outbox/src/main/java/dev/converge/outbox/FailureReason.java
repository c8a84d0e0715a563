package dev.converge.outbox;

import io.vertx.pgclient.PgException;

/**
 * Why a message could not be handled, in words that can be shown and stored: no class names, no
 * addresses, no SQL. The text of an {@link UnprocessableMessageException} is shown as it is; of any
 * other exception, only its kind. The log contains the exception.
 */
final class FailureReason {
  private static final String SEE_LOG = "see the log";

  private FailureReason() {}

  /** The reason; never empty. */
  static String of(Throwable cause) {
    if (cause instanceof UnprocessableMessageException unprocessable) {
      return unprocessable.reason();
    }
    return cause instanceof PgException refused
        ? "refused by the database (" + refused.getSqlState() + "); " + SEE_LOG
        : "failed unexpectedly; " + SEE_LOG;
  }
}
