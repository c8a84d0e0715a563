package dev.converge.lab.report;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Refuses options that a command cannot use. */
public final class Usage {
  private Usage() {}

  /** Prints the rule with the command's usage, unless it holds. */
  public static void require(@Nullable CommandSpec command, boolean holds, String rule) {
    if (!holds) {
      throw new ParameterException(Objects.requireNonNull(command).commandLine(), rule);
    }
  }
}
