package dev.converge.lab.failover;

import dev.converge.lab.Lab;
import dev.converge.lab.failover.FailoverFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.SeedOption;
import dev.converge.lab.report.Usage;
import dev.converge.platform.Layout;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code converge lab failover}: a database that is lost with its disk. */
@Command(
    name = "failover",
    description = {
      "Moves the primary of order-db as planned, then kills it and deletes its disk, under load,",
      "with a synchronous and with an asynchronous standby; counts lost and doubled orders, and",
      "messages that no database knows. Exit code 1 if the figures do not show a claim of the page."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class FailoverLab implements Callable<Integer>, Subcommand {
  private static final String NAME = "failover";
  private static final int LOSSES = 5;
  private static final int MOST_LOSSES = 100;
  private static final int MOST_LAG_MILLIS = 500;

  @Spec private @Nullable CommandSpec spec;

  @ParentCommand private @Nullable Lab lab;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--losses",
      paramLabel = "N",
      description = {
        "Losses with a synchronous standby, 1 to 100; the seed of each is one greater than that",
        "before (default: 5, with --quick 1)."
      })
  private @Nullable Integer losses;

  @Option(
      names = "--lag",
      paramLabel = "MILLIS",
      description = {
        "How late the log reaches the standby, and its answers the primary, 1 to 500",
        "(default: ${DEFAULT-VALUE})."
      })
  private long lagMillis = 100;

  @Option(names = "--quick", description = "One change of each kind, unless --losses is given.")
  private boolean quick;

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException, SQLException, InterruptedException, TimeoutException {
    int chosen = losses == null ? (quick ? 1 : LOSSES) : losses;
    int others = quick ? 1 : 2;
    Usage.require(spec, chosen >= 1 && chosen <= MOST_LOSSES, "--losses: 1 to 100");
    Usage.require(spec, lagMillis >= 1 && lagMillis <= MOST_LAG_MILLIS, "--lag: 1 to 500");
    Lab known = Objects.requireNonNull(lab);
    Settings settings = new Settings(seed.orNew(), others, chosen, others, lagMillis);
    System.err.println("Seed " + settings.seed());
    FailoverFigures figures = run(known.layout("lab-" + NAME), settings, System.err::println);
    output.write(FailoverPage.of(figures), output.folder(known.reportFolder("lab-" + NAME)));
    return Claim.exitCode(figures.claims());
  }

  /** Runs on a platform of its own. */
  static FailoverFigures run(Layout layout, Settings settings, Consumer<String> progress)
      throws IOException, SQLException, InterruptedException, TimeoutException {
    try (FailoverRun run = new FailoverRun(layout, settings, progress)) {
      return run.run();
    }
  }
}
