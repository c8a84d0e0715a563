package dev.converge.outbox;

import io.vertx.pgclient.PgException;
import java.util.regex.Pattern;

/**
 * Why a message could not be handled, in words that can be shown and kept: no class names, no
 * addresses, no SQL. The log has the exception itself.
 */
public final class FailureReason {
  private static final String SEE_LOG = "see the log";
  // In order: a class, but no type of a message, which has a version; an exception; what Jackson
  // says of our records; an address; a host and its port.
  private static final Pattern INSIDES =
      Pattern.compile(
          "\\b[a-z]\\w*(?:\\.[a-z]\\w*)+\\.[A-Z]\\w*\\b(?!\\.v\\d)"
              + "|\\b[A-Z]\\w*(?:Exception|Error)\\b"
              + "|`"
              + "|\\b\\d{1,3}(?:\\.\\d{1,3}){3}\\b"
              + "|\\b[A-Za-z][\\w.-]*:\\d{2,5}\\b");

  private FailureReason() {}

  /** The reason; never empty. */
  public static String of(Throwable cause) {
    if (cause instanceof PgException refused) {
      return "refused by the database (" + refused.getSqlState() + "); " + SEE_LOG;
    }
    boolean isOurs =
        cause instanceof UnprocessableMessageException || cause instanceof IllegalStateException;
    return isOurs && cause.getMessage() != null
        ? shown(cause.getMessage())
        : "failed unexpectedly; " + SEE_LOG;
  }

  /** A message as it is, or its beginning where the rest tells of our insides. */
  private static String shown(String message) {
    if (!INSIDES.matcher(message).find()) {
      return message;
    }
    int end = message.indexOf(": ");
    String subject = end < 0 ? "" : message.substring(0, end);
    return subject.isEmpty() || INSIDES.matcher(subject).find()
        ? "cannot be handled; " + SEE_LOG
        : subject + ": cannot be handled; " + SEE_LOG;
  }
}
