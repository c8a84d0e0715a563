package dev.converge.lab.reads;

/** The lab cannot go on. */
final class ReadsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ReadsException(String message) {
    super(message);
  }

  ReadsException(String message, Throwable cause) {
    super(message, cause);
  }
}
