package dev.converge.lab;

import dev.converge.platform.Converge;
import dev.converge.platform.Subcommand;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ./converge lab}: the platform under faults. */
@Command(name = "lab", description = "Tests the promises of the platform under faults.")
public final class Lab implements Runnable, Subcommand {
  @Spec private @Nullable CommandSpec spec;

  @ParentCommand private @Nullable Converge converge;

  /** The command this one belongs to: it knows where the checkout and the state are. */
  public Converge converge() {
    return Objects.requireNonNull(converge);
  }

  @Override
  public void run() {
    CommandSpec known = Objects.requireNonNull(spec);
    throw new ParameterException(known.commandLine(), "lab: a command is missing");
  }
}
