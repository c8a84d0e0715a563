package dev.converge.lab.reads;

import dev.converge.lab.Lab;
import dev.converge.lab.reads.ReadsFigures.Settings;
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

/** {@code converge lab reads}: what each level of reads promises, under faults. */
@Command(
    name = "reads",
    description = {
      "Reads orders at each level from the primary of order-db and two replicas, under faults, and",
      "checks what each level promises: about five minutes, two and a half with --quick.",
      "Exit code 1 if the figures do not show a claim of the page."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class ReadsLab implements Callable<Integer>, Subcommand {
  private static final String NAME = "reads";
  private static final int CLIENTS = 4;
  private static final long REGISTER_MILLIS = 6_000;
  private static final int QUICK_SECONDS = 5;
  private static final int MOST_SECONDS = 600;
  private static final long QUICK_REGISTER_MILLIS = 3_000;

  @Spec private @Nullable CommandSpec spec;

  @ParentCommand private @Nullable Lab lab;

  @Option(names = "--quick", description = "Faults of 5 s, and shorter histories.")
  private boolean quick;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long each fault lasts, 5 to 600 (default: ${DEFAULT-VALUE}).")
  private int seconds = 40;

  @Mixin private SeedOption seed = new SeedOption();

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException, SQLException, InterruptedException, TimeoutException {
    Lab known = Objects.requireNonNull(lab);
    Usage.require(spec, seconds >= QUICK_SECONDS && seconds <= MOST_SECONDS, "--seconds: 5 to 600");
    Settings settings =
        quick
            ? quick(seed.orNew())
            : new Settings(seed.orNew(), CLIENTS, seconds * 1_000L, REGISTER_MILLIS);
    System.err.println("Seed " + settings.seed());
    ReadsFigures figures = run(known.layout("lab-" + NAME), settings, System.err::println);
    output.write(ReadsPage.of(figures), output.folder(known.reportFolder("lab-" + NAME)));
    return Claim.exitCode(figures.claims());
  }

  static Settings quick(long seed) {
    return new Settings(seed, CLIENTS, QUICK_SECONDS * 1_000L, QUICK_REGISTER_MILLIS);
  }

  /** Runs everything on a platform of its own. */
  static ReadsFigures run(Layout layout, Settings settings, Consumer<String> progress)
      throws IOException, SQLException, InterruptedException, TimeoutException {
    progress.accept("starting order-db with two standbys, and the order service");
    try (ReadsPlatform platform = new ReadsPlatform(layout)) {
      platform.start();
      return ReadsRun.of(platform, settings, progress);
    }
  }
}
