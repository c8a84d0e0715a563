package dev.converge.faults;

import io.vertx.pgclient.PgException;

/**
 * The part that two failures of one cause have in common. It contains no data and no address.
 *
 * @param name for the log
 * @param shown for operators, over HTTP: without class names
 */
public record Symptom(String name, String shown) {
  static final String UNEXPECTED = "an unexpected failure, see the log";

  /** The symptom of a failure: its SQLSTATE, table and constraint, or the exception's class. */
  public static Symptom of(Throwable cause) {
    return cause instanceof PgException refused
        ? new Symptom(text(refused), text(refused))
        : new Symptom(cause.getClass().getSimpleName(), UNEXPECTED);
  }

  static String text(PgException refused) {
    String symptom = "SQLSTATE " + refused.getSqlState();
    if (refused.getTable() != null) {
      symptom += ", table " + refused.getTable();
    }
    return refused.getConstraint() == null
        ? symptom
        : symptom + ", constraint " + refused.getConstraint();
  }
}
