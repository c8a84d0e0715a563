package dev.converge.lab.checker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found of one invariant.
 *
 * @param says what must hold
 * @param checked how many things were checked
 * @param violations all of them
 * @param tried whether there was anything to check: where not, it has neither held nor been
 *     violated
 * @param note what there was to check; empty where there is nothing to report
 */
public record Finding(
    String invariant,
    String says,
    long checked,
    List<Violation> violations,
    boolean tried,
    String note) {
  /**
   * One thing that must not be.
   *
   * @param orderId of the order it is about
   */
  public record Violation(String what, @Nullable String orderId) {}

  public boolean passes() {
    return violations.isEmpty();
  }
}
