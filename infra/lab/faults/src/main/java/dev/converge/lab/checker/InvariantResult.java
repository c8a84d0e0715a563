package dev.converge.lab.checker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of checking one invariant.
 *
 * @param says the invariant
 * @param checked the number of checks
 * @param violations all of them
 * @param tried whether there was anything to check; if not, the invariant has neither held nor been
 *     violated
 * @param note on the extent of the check; empty if there is nothing to report
 */
public record InvariantResult(
    String invariant,
    String says,
    long checked,
    List<Violation> violations,
    boolean tried,
    String note) {
  /**
   * One violation of the invariant.
   *
   * @param orderId of the order it is about
   */
  public record Violation(String what, @Nullable String orderId) {}

  public boolean passes() {
    return violations.isEmpty();
  }
}
