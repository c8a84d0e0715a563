package dev.converge.platform;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge resume}: ends a pause before its time. */
@Command(name = "resume", description = "Resumes a part that is paused (SIGCONT).")
final class ResumeCommand implements Callable<Integer> {
  private final Supplier<Platform> platform;

  @Parameters(
      paramLabel = "PART",
      completionCandidates = Completions.Parts.class,
      description = "Such as payment-service or kafka.")
  private String part = "";

  @Mixin private JsonOption json = new JsonOption();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  ResumeCommand(Supplier<Platform> platform) {
    this.platform = platform;
  }

  @Override
  public Integer call() {
    Part resumed = Part.of(part);
    Platform running = platform.get();
    if (!running.isRunning(resumed)) {
      throw new PlatformException(part + " does not run: ./converge start " + part);
    }
    running.resume(resumed);
    PrintWriter out = spec.commandLine().getOut();
    json.print(
        out,
        JsonOption.object().put("part", resumed.id()).put("state", "resumed"),
        () -> out.println(resumed.id() + " runs again."));
    return 0;
  }
}
