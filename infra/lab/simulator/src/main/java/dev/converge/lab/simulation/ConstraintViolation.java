package dev.converge.lab.simulation;

/** A database refuses a transaction because of a constraint. */
final class ConstraintViolation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConstraintViolation(String what) {
    super(what);
  }
}
