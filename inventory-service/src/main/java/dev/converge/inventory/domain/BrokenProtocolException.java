package dev.converge.inventory.domain;

/** A command that cannot follow on what its order's reservation has become. */
public final class BrokenProtocolException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  BrokenProtocolException(String reason) {
    super(reason);
  }
}
