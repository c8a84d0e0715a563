package dev.converge.platform;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code converge watch}: the picture of the console in the terminal. */
@Command(
    name = "watch",
    description = "Shows parts, rates and backlogs each second, until Ctrl-C; needs the console.")
final class WatchCommand implements Callable<Integer> {
  /** The console observes only while it has a reader: until then it shows what it saw last. */
  private static final Duration OBSERVED_WITHIN = Duration.ofMillis(2_500);

  private static final Duration LONGEST = Duration.ofDays(1);
  private static final long EVERY_NANOS = 1_000_000_000;

  private final ConsoleApi console;

  @Option(names = "--once", description = "Print one picture, and end.")
  private boolean once;

  @Mixin private JsonOption json = new JsonOption();

  @Spec private CommandSpec spec;

  private Screen screen = new Screen(null);
  private WatchFrame frame = WatchFrame.EMPTY;
  private long shownAt = System.nanoTime() - EVERY_NANOS;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  WatchCommand(Supplier<Platform> platform) {
    this.console = new ConsoleApi(platform);
  }

  @Override
  public Integer call() {
    if (once) {
      boolean unused = console.follow(OBSERVED_WITHIN, event -> isLast(event, false));
      show();
    } else {
      watched();
    }
    return 0;
  }

  private void watched() {
    screen = json.isGiven() ? screen : Screen.of(System.getenv());
    LastAct end = LastAct.of("screen", screen::end);
    screen.begin();
    try {
      boolean unused = console.follow(LONGEST, event -> isLast(event, true));
    } finally {
      screen.end();
      end.cancel();
    }
  }

  private boolean isLast(ServerEvents.Event event, boolean shows) {
    frame = frame.after(event);
    if (shows && System.nanoTime() - shownAt >= EVERY_NANOS) {
      shownAt = System.nanoTime();
      show();
    }
    return false;
  }

  private void show() {
    PrintWriter out = spec.commandLine().getOut();
    json.print(
        out,
        frame.json(),
        () -> {
          screen.clear();
          frame.lines().forEach(out::println);
          out.println();
        });
    out.flush();
  }
}
