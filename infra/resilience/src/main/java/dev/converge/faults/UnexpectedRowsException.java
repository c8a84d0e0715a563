package dev.converge.faults;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the rows that a statement returned are not what the code can have written: a column
 * has another type, which pads or changes its values, or someone else wrote the rows. A fault of
 * the environment: nothing is decided on such rows. The message names the table and the column.
 */
public final class UnexpectedRowsException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  public UnexpectedRowsException(String message) {
    this(message, null);
  }

  public UnexpectedRowsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
