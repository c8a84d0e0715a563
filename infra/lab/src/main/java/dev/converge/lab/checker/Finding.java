package dev.converge.lab.checker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found of one invariant.
 *
 * @param says what must hold
 * @param checked how many things were looked at; 0 means that it says nothing
 * @param violations all of them
 */
public record Finding(String invariant, String says, long checked, List<Violation> violations) {
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
