package dev.converge.console.view;

import java.util.OptionalDouble;

/** How much was bad of how much: requests, messages, or seconds. */
public record Tally(double bad, double all) {
  /** Nothing has happened. */
  public static final Tally NONE = new Tally(0, 0);

  /** The part that was bad; empty if nothing has happened. */
  public OptionalDouble errors() {
    return all > 0 ? OptionalDouble.of(bad / all) : OptionalDouble.empty();
  }

  /**
   * How fast a budget burns: 1 uses it up exactly in its time.
   *
   * @param budget the part that may be bad
   */
  public OptionalDouble burn(double budget) {
    return all > 0 ? OptionalDouble.of(bad / all / budget) : OptionalDouble.empty();
  }
}
