package dev.converge.service.http.connection;

/** The head of a request took too long to arrive. */
public final class HeadTooSlowException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  HeadTooSlowException() {
    super("head not complete in time", null, false, false);
  }
}
