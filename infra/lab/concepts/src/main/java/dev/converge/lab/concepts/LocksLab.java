package dev.converge.lab.concepts;

import dev.converge.lab.Lab;
import dev.converge.lab.concepts.LocksFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.SeedOption;
import dev.converge.lab.report.Usage;
import dev.converge.platform.Layout;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
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

/** {@code converge lab locks}: a holder that is late. */
@Command(
    name = "locks",
    description = {
      "Kills, pauses and cuts off the holder of each of seven locks, and checks whether",
      "its late write is applied, with and without a fencing token: about three minutes.",
      "Exit code 1 if the figures do not show a claim of the page."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class LocksLab implements Callable<Integer>, Subcommand {
  private static final String NAME = "locks";
  private static final int MOST_ROUNDS = 20;

  /** ZooKeeper's shortest session is two of its ticks. */
  private static final long LEAST_LEASE_MILLIS = 2_000;

  private static final long MOST_LEASE_MILLIS = 20_000;

  @Spec private @Nullable CommandSpec spec;

  @ParentCommand private @Nullable Lab lab;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "Rounds with each lock and fault, 1 to 20 (default: ${DEFAULT-VALUE}).")
  private int rounds = 2;

  @Option(
      names = "--lease",
      paramLabel = "MILLIS",
      description = "How long a lock is held at most, 2000 to 20000 (default: ${DEFAULT-VALUE}).")
  private long leaseMillis = LEAST_LEASE_MILLIS;

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException, SQLException, InterruptedException, TimeoutException {
    Usage.require(spec, rounds >= 1 && rounds <= MOST_ROUNDS, "--rounds: 1 to 20");
    Usage.require(
        spec,
        leaseMillis >= LEAST_LEASE_MILLIS && leaseMillis <= MOST_LEASE_MILLIS,
        "--lease: 2000 to 20000");
    Lab known = Objects.requireNonNull(lab);
    Settings settings = new Settings(seed.orNew(), leaseMillis, rounds, List.of(LockKind.values()));
    System.err.println("Seed " + settings.seed());
    LocksFigures figures = run(known.layout("lab-" + NAME), settings, System.err::println);
    output.write(LocksPage.of(figures), output.folder(known.reportFolder("lab-" + NAME)));
    return Claim.exitCode(figures.claims());
  }

  /** Runs every lock on servers of its own. */
  static LocksFigures run(Layout layout, Settings settings, Consumer<String> progress)
      throws IOException, SQLException, InterruptedException, TimeoutException {
    progress.accept("starting the servers");
    try (LockServers servers = LockServers.start(layout, EnumSet.copyOf(settings.kinds()))) {
      return new LocksRun(servers, settings, progress).run();
    }
  }
}
