package dev.converge.lab.checker;

import dev.converge.lab.checker.InvariantResult.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Counts the checks, and keeps the violations. */
final class Check {
  private final List<Violation> violations = new ArrayList<>();
  private long checked;

  /** Something that was checked. */
  void that(boolean holds, @Nullable String orderId, String format, @Nullable Object... arguments) {
    checked++;
    if (!holds) {
      violations.add(new Violation(String.format(Locale.ROOT, format, arguments), orderId));
    }
  }

  InvariantResult result(String invariant, String says) {
    return result(invariant, says, checked > 0, "");
  }

  /**
   * The result, with a note on the extent of the check.
   *
   * @param tried whether anything could have violated the invariant
   */
  InvariantResult result(String invariant, String says, boolean tried, String note) {
    return new InvariantResult(invariant, says, checked, List.copyOf(violations), tried, note);
  }
}
