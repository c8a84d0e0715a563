package dev.converge.faults;

import io.vertx.core.Future;

/** Checks the number of rows that a statement wrote. Another number is an unexpected state. */
public final class RowCounts {
  private RowCounts() {}

  /**
   * Fails with {@link RowCountException}, and so fails the transaction, if a statement wrote more
   * or fewer rows than expected.
   */
  public static Future<Void> expect(String table, int actual, int expected) {
    return actual == expected
        ? Future.succeededFuture()
        : Future.failedFuture(new RowCountException(table, actual, expected));
  }
}
