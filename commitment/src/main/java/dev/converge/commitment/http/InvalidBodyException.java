package dev.converge.commitment.http;

import java.util.List;

/**
 * A request with a body that these routes do not accept. The request fails with it and with the
 * status 400 or 422; the failure handler of the router can show the fields at fault.
 */
public final class InvalidBodyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A field at fault.
   *
   * @param pointer JSON Pointer to the field
   */
  public record Fault(String pointer, String detail) {}

  private final boolean isStructural;
  private final transient List<Fault> faults;

  InvalidBodyException(boolean isStructural, List<Fault> faults) {
    super(faults.toString(), null, false, false);
    this.isStructural = isStructural;
    this.faults = List.copyOf(faults);
  }

  /** Whether a field is unknown, missing or of another type; else a value breaks a rule. */
  public boolean isStructural() {
    return isStructural;
  }

  public List<Fault> faults() {
    return faults;
  }
}
