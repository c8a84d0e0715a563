package dev.converge.outbox;

import org.jspecify.annotations.Nullable;

/**
 * Refuses a message that no retry can save: an unknown type, a malformed payload, a violation of
 * the protocol. The reason is kept with the dead letter and shown to operators: it describes the
 * fault of the message and no internals of the service.
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
