package dev.converge.lab;

import dev.converge.platform.Converge;
import dev.converge.platform.Layout;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /** The folders of a platform that one of these commands has alone; they exist afterwards. */
  public Layout layout(String name) throws IOException {
    Layout user = user();
    Layout own = new Layout(user.root(), user.state().resolve(name));
    Files.createDirectories(own.state());
    return own;
  }

  /** The default folder for the report on that platform. */
  public Path reportFolder(String name) {
    return user().state().resolve(name + "-report");
  }

  private Layout user() {
    return Objects.requireNonNull(converge).layout();
  }

  @Override
  public void run() {
    CommandSpec known = Objects.requireNonNull(spec);
    throw new ParameterException(known.commandLine(), "lab: a command is missing");
  }
}
