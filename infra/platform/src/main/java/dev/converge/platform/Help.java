package dev.converge.platform;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge help sagas retry}: the usage of a command at any depth. */
@Command(name = "help", description = "Shows how a command is used.")
final class Help implements Callable<Integer> {
  @Parameters(
      paramLabel = "COMMAND",
      arity = "0..*",
      description = "The command and its subcommands; without it, all commands.")
  private List<String> path = new ArrayList<>();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine own = Objects.requireNonNull(spec).commandLine();
    CommandLine asked = own.getParent();
    for (String name : path) {
      CommandLine next = asked.getSubcommands().get(name);
      if (next == null) {
        throw new ParameterException(
            asked,
            asked.getCommandSpec().qualifiedName() + " has no command " + Visible.line(name));
      }
      asked = next;
    }
    asked.usage(own.getOut());
    return 0;
  }

  /**
   * Gives every command and subcommand {@code --help} and {@code --version}, and every one that has
   * subcommands its {@code help}.
   */
  static void giveTo(CommandLine commandLine) {
    CommandSpec command = commandLine.getCommandSpec();
    // A command that is a method gets them from its annotation: they are not among its parameters.
    if (!command.mixinStandardHelpOptions()) {
      command.mixinStandardHelpOptions(true);
    }
    command.versionProvider(new Converge.Version());
    commandLine.getSubcommands().values().forEach(Help::giveTo);
    if (!commandLine.getSubcommands().isEmpty()) {
      CommandLine help = new CommandLine(new Help());
      help.getCommandSpec().mixinStandardHelpOptions(true);
      help.getCommandSpec().versionProvider(new Converge.Version());
      commandLine.addSubcommand(help);
    }
  }
}
