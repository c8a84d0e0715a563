package dev.converge.platform;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Moves the primary of a database to a standby, as planned. */
@Command(
    name = "failover",
    description =
        "Makes a standby the primary of a database; the former primary becomes a standby.")
final class FailoverCommand implements Callable<Integer> {
  private final Supplier<Platform> platform;

  @Parameters(paramLabel = "DATABASE", description = "Such as order-db.")
  private String database = "";

  FailoverCommand(Supplier<Platform> platform) {
    this.platform = platform;
  }

  @Override
  public Integer call() {
    Platform running = platform.get();
    Role role = Part.of(database).role();
    StateLock.take(running.layout(), "failover").during(() -> running.failover(role));
    System.out.println(running.primary(role).id() + " is the primary of " + role.id() + ".");
    return 0;
  }
}
