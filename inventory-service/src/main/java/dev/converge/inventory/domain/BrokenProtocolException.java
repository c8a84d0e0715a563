package dev.converge.inventory.domain;

/** A command is illegal in the current status of its order's reservation. */
public final class BrokenProtocolException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  BrokenProtocolException(String reason) {
    super(reason);
  }
}
