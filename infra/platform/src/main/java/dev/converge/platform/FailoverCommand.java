package dev.converge.platform;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Moves the primary of a database to a standby, as planned. */
@Command(
    name = "failover",
    description =
        "Makes a standby the primary of a database; the former primary becomes a standby.")
final class FailoverCommand implements Callable<Integer> {
  private final Supplier<Platform> platform;

  @Parameters(paramLabel = "DATABASE", description = "Such as order-db.")
  private String database = "";

  @Mixin private JsonOption json = new JsonOption();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  FailoverCommand(Supplier<Platform> platform) {
    this.platform = platform;
  }

  @Override
  public Integer call() {
    Platform running = platform.get();
    Role role = Part.of(database).role();
    StateLock.take(running.layout(), "failover").during(() -> running.failover(role));
    String primary = running.primary(role).id();
    PrintWriter out = spec.commandLine().getOut();
    json.print(
        out,
        JsonOption.object().put("database", role.id()).put("primary", primary),
        () -> out.println(primary + " is the primary of " + role.id() + "."));
    return 0;
  }
}
