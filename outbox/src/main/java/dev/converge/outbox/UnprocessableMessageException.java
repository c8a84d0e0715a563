package dev.converge.outbox;

/**
 * A message that no retry can save: unknown type, broken payload, a broken rule of the protocol.
 */
public final class UnprocessableMessageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UnprocessableMessageException(String reason) {
    super(reason);
  }

  public UnprocessableMessageException(String reason, Throwable cause) {
    super(reason, cause);
  }
}
