package dev.converge.lab.simulation;

/** A connection to a database is lost, or the answer to a commit is. */
final class DatabaseUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DatabaseUnavailable(String what) {
    super(what, null, false, false);
  }
}
