package dev.converge.commitment;

/** The coordinator has as many transactions in progress as it may have. Nothing was sent. */
public final class TooManyTransactionsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TooManyTransactionsException(int limit) {
    super("transactions in progress: " + limit, null, false, false);
  }
}
