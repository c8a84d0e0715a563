package dev.converge.outbox;

import org.jspecify.annotations.Nullable;

/**
 * A message that no retry can save: unknown type, broken payload, a broken rule of the protocol.
 * The reason is kept with the dead letter and shown to operators: it says what is wrong with the
 * message, and nothing of the service's insides.
 */
public final class UnprocessableMessageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnprocessableMessageException(String reason) {
    this(reason, null);
  }

  public UnprocessableMessageException(String reason, @Nullable Throwable cause) {
    super(reason, cause);
  }

  /** Never empty. */
  String reason() {
    String reason = getMessage();
    return reason == null || reason.isBlank() ? "cannot be handled; see the log" : reason;
  }
}
