package dev.converge.inventory.postgres;

import io.vertx.core.Future;

/** A statement that touches other rows than it was given has met a state nobody thought of. */
final class RowCounts {
  private RowCounts() {}

  static Future<Void> expect(String table, int actual, int expected) {
    return actual == expected
        ? Future.succeededFuture()
        : Future.failedFuture(
            new IllegalStateException(
                table + " rows written: " + actual + " (expected: " + expected + ")"));
  }
}
