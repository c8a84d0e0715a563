package dev.converge.outbox;

import io.vertx.pgclient.PgException;

/**
 * Why a message could not be handled, in words that can be shown and kept: no class names, no
 * addresses, no SQL. Only the text of an {@link UnprocessableMessageException} is shown, which was
 * written to be; of any other exception its kind is. The log has the exception itself.
 */
public final class FailureReason {
  private static final String SEE_LOG = "see the log";

  private FailureReason() {}

  /** The reason; never empty. */
  public static String of(Throwable cause) {
    if (cause instanceof UnprocessableMessageException unprocessable) {
      return unprocessable.reason();
    }
    return cause instanceof PgException refused
        ? "refused by the database (" + refused.getSqlState() + "); " + SEE_LOG
        : "failed unexpectedly; " + SEE_LOG;
  }
}
