package dev.converge.commitment;

/** Only a divergence that is open can be acknowledged by an operator. */
public final class NotDivergentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NotDivergentException(GlobalId id) {
    super(id + " has no divergence that is open", null, false, false);
  }
}
