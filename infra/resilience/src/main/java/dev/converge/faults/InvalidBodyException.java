package dev.converge.faults;

import java.util.List;

/** The body of a request is not acceptable. Lists the fields at fault. */
public final class InvalidBodyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A field at fault.
   *
   * @param pointer JSON Pointer (RFC 6901) to the field
   */
  public record Fault(String pointer, String detail) {}

  private final boolean isStructural;
  private final transient List<Fault> faults;

  /**
   * @param isStructural whether a field is unknown, missing or of another type; else values only
   *     break rules
   * @param faults at least one
   */
  public InvalidBodyException(boolean isStructural, List<Fault> faults) {
    super(faults.toString(), null, false, false);
    this.isStructural = isStructural;
    this.faults = List.copyOf(faults);
  }

  /** Whether a field is unknown, missing or of another type; else values only break rules. */
  public boolean isStructural() {
    return isStructural;
  }

  public List<Fault> faults() {
    return faults;
  }
}
