package dev.converge.platform;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code converge pause}: the part goes on by itself, also after Ctrl-C. */
@Command(
    name = "pause",
    description = "Pauses a part (SIGSTOP) for some seconds, as a pause of its machine would.")
final class PauseCommand implements Callable<Integer> {
  private static final int MOST_SECONDS = 120;

  private final Supplier<Platform> platform;

  @Parameters(
      paramLabel = "PART",
      completionCandidates = Completions.Parts.class,
      description = "Such as payment-service or kafka.")
  private String part = "";

  @Option(
      names = "--for",
      paramLabel = "SECONDS",
      defaultValue = "20",
      converter = Seconds.class,
      description = "How long, 1 to " + MOST_SECONDS + "; ${DEFAULT-VALUE} without it.")
  private int seconds;

  @Mixin private JsonOption json = new JsonOption();

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  PauseCommand(Supplier<Platform> platform) {
    this.platform = platform;
  }

  @Override
  public Integer call() {
    Part paused = Part.of(part);
    if (seconds < 1 || seconds > MOST_SECONDS) {
      throw new PlatformException(seconds + " seconds (expected: 1 to " + MOST_SECONDS + ")");
    }
    Platform running = platform.get();
    if (!running.isRunning(paused)) {
      throw new PlatformException(part + " does not run");
    }
    LastAct resume = LastAct.of("resume", () -> running.resume(paused));
    running.pause(paused);
    say("paused", part + " is paused for " + seconds + " s. Ctrl-C resumes it.");
    Waits.until(Duration.ofSeconds(seconds), () -> false);
    running.resume(paused);
    resume.cancel();
    say("resumed", part + " runs again.");
    return 0;
  }

  private void say(String state, String forPeople) {
    PrintWriter out = spec.commandLine().getOut();
    json.print(
        out,
        JsonOption.object().put("part", part).put("state", state),
        () -> out.println(forPeople));
  }
}
