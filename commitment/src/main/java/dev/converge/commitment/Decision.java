package dev.converge.commitment;

/** How a transaction ends, in every branch. */
public enum Decision {
  COMMIT,
  ABORT
}
