package dev.converge.lab.checker;

import java.util.function.Consumer;
import org.junit.jupiter.params.provider.Arguments;

/**
 * One way to break a run that is faultless.
 *
 * @param invariant that it violates
 */
record BrokenRun(String invariant, String how, Consumer<ConstructedRun> breaking)
    implements Arguments {
  static BrokenRun broken(String invariant, String how, Consumer<ConstructedRun> breaking) {
    return new BrokenRun(invariant, how, breaking);
  }

  @Override
  public Object[] get() {
    return new Object[] {invariant, how, breaking};
  }
}
