package dev.converge.lab.simulation;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An invariant that does not hold. */
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable UUID order;

  Violation(String invariant, @Nullable UUID order, String what) {
    super(invariant + ": " + (order == null ? "" : Trace.name(order) + ": ") + what);
    this.order = order;
  }

  static void unless(boolean holds, String invariant, @Nullable UUID order, String what) {
    if (!holds) {
      throw new Violation(invariant, order, what);
    }
  }

  /** The order that it concerns; null if it concerns none. */
  @Nullable UUID order() {
    return order;
  }
}
