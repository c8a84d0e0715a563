package dev.converge.lab.protocols;

import dev.converge.lab.Lab;
import dev.converge.lab.protocols.SyncAsyncFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.SeedOption;
import dev.converge.lab.report.Usage;
import dev.converge.platform.Layout;
import dev.converge.platform.Ports;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code converge lab sync-async}: what it costs to wait for others. */
@Command(
    name = "sync-async",
    description = {
      "Places the same orders by messages, answered immediately, by messages with a client that waits",
      "for the end, and by a chain of calls, while payment is healthy, slow and down: about three",
      "minutes. Exit code 1 if the figures do not show a claim of the page."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class SyncAsyncLab implements Callable<Integer>, Subcommand {
  private static final String NAME = "sync-async";
  private static final double ORDERS_PER_SECOND = 5;
  private static final double LEAST_SECONDS = 4;
  private static final double MOST_SECONDS = 120;

  // There and back less than the timeout of a call, 500 ms: the chain must be able to wait for it.
  private static final long DELAY_MILLIS = 150;
  private static final int WAIT_SECONDS = 5;

  @Spec private @Nullable CommandSpec spec;

  @ParentCommand private @Nullable Lab lab;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Length of each state of payment, 4 to 120 (default: ${DEFAULT-VALUE}).")
  private double seconds = 15;

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    Usage.require(spec, seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS, "--seconds: 4 to 120");
    Lab known = Objects.requireNonNull(lab);
    Settings settings = settings(seed.orNew(), seconds);
    System.err.println("Seed " + settings.seed());
    SyncAsyncFigures figures = run(known.layout("lab-" + NAME), settings, System.err::println);
    output.write(SyncAsyncPage.of(figures), output.folder(known.reportFolder("lab-" + NAME)));
    return Claim.exitCode(figures.claims());
  }

  static Settings settings(long seed, double seconds) {
    return new Settings(seed, ORDERS_PER_SECOND, seconds, DELAY_MILLIS, WAIT_SECONDS);
  }

  /** Runs on a platform of its own. */
  static SyncAsyncFigures run(Layout layout, Settings settings, Consumer<String> progress)
      throws InterruptedException, SQLException {
    progress.accept("starting a fresh platform");
    try (ProtocolPlatform platform = new ProtocolPlatform(layout, Ports.free())) {
      platform.startFresh();
      try (OrderClient client = new OrderClient(platform.orderApi())) {
        return new SyncAsyncRun(platform, client, settings, progress).run();
      }
    }
  }
}
