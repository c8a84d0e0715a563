package dev.converge.faults;

/**
 * Thrown when a statement wrote more or fewer rows than it was given: a trigger or a rule of the
 * schema dropped some, or the rows are in a state that the code does not expect.
 */
public final class RowCountException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  public RowCountException(String table, int actual, int expected) {
    super(table + " rows written: " + actual + " (expected: " + expected + ")");
  }
}
