package dev.converge.service;

import dev.converge.faults.RowCountException;
import io.vertx.core.Future;

/** A statement that touches other rows than it was given has met a state nobody thought of. */
public final class RowCounts {
  private RowCounts() {}

  /**
   * Fails with {@link RowCountException}, and so the transaction that it is made in, where a
   * statement has written more or fewer rows than it should.
   */
  public static Future<Void> expect(String table, int actual, int expected) {
    return actual == expected
        ? Future.succeededFuture()
        : Future.failedFuture(new RowCountException(table, actual, expected));
  }
}
