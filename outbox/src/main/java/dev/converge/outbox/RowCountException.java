package dev.converge.outbox;

/**
 * A statement has written more or fewer rows than it was given: a trigger or a rule of the schema
 * swallowed some, or they are in a state that no code expects.
 */
public final class RowCountException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  public RowCountException(String table, int actual, int expected) {
    super(table + " rows written: " + actual + " (expected: " + expected + ")");
  }
}
