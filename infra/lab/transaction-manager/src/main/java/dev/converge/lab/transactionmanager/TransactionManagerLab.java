package dev.converge.lab.transactionmanager;

import dev.converge.lab.Lab;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.RateOption;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.SeedOption;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import dev.converge.lab.report.Usage;
import dev.converge.lab.schedule.FaultPlan;
import dev.converge.lab.transactionmanager.LoadResult.Settings;
import dev.converge.platform.Layout;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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

/** {@code converge lab transaction-manager}: an existing transaction manager under faults. */
@Command(
    name = "transaction-manager",
    description = {
      "Runs the transaction manager Narayana with two XA data sources of PostgreSQL under faults,",
      "and prints its answers and the branches that stay prepared: one transaction for each fault,",
      "or with --load, many at a fixed rate under the faults of a schedule."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class TransactionManagerLab implements Callable<Integer>, Subcommand {
  private static final Duration RECOVERED_WITHIN = Duration.ofSeconds(30);
  private static final String NAME = "transaction-manager";
  private static final int MAX_RATE = 100;
  private static final int MAX_RESTART_SECONDS = 60;

  /** As {@code lab protocols}. */
  private static final double HOT_SHARE = 0.2;

  @ParentCommand private @Nullable Lab lab;

  @Spec private @Nullable CommandSpec command;

  @Option(
      names = "--load",
      description =
          "Run purchases at a fixed rate under the schedule of faults; about three minutes.")
  private boolean underLoad;

  @Option(
      names = "--restart",
      paramLabel = "SECONDS",
      description = {
        "With --load: the time that a killed service needs, as lab protocols prints it on a slow",
        "machine (default: ${DEFAULT-VALUE}). The faults of both then come at the same times."
      })
  private double restartSeconds = FaultPlan.USUAL_RESTART.toSeconds();

  @Mixin private RateOption rate = new RateOption();

  @Mixin private SeedOption seed = new SeedOption();

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException, SQLException, InterruptedException {
    Lab known = Objects.requireNonNull(lab);
    Path folder = output.folder(known.reportFolder("lab-" + NAME));
    Layout layout = known.layout("lab-" + NAME);
    if (underLoad) {
      Usage.require(
          command,
          restartSeconds >= 0 && restartSeconds <= MAX_RESTART_SECONDS,
          "--restart: at least 0, at most " + MAX_RESTART_SECONDS);
      Settings settings =
          new Settings(seed.orNew(), rate.atMost(MAX_RATE), HOT_SHARE, restartSeconds);
      System.err.println("Seed " + settings.seed());
      output.write(LoadPage.of(runLoad(layout, settings, RECOVERED_WITHIN)), folder);
    } else {
      output.write(report(run(layout, RECOVERED_WITHIN)), folder);
    }
    return 0;
  }

  /** Runs the load and its faults on two databases of their own. */
  static LoadResult runLoad(Layout layout, Settings settings, Duration quiescentWithin)
      throws IOException, SQLException, InterruptedException {
    Platform platform = new Platform(layout, Ports.free(), Map.of());
    platform.forget();
    Files.createDirectories(layout.state());
    Path folder = Files.createTempDirectory(layout.state(), "run-");
    try (TwoDatabases databases = new TwoDatabases(platform)) {
      databases.start();
      Consumer<String> progress = System.err::println;
      try (LoadRun run = new LoadRun(databases, folder, settings, quiescentWithin, progress)) {
        return run.run();
      }
    }
  }

  /** Runs every scenario on two databases of their own. */
  static List<Observation> run(Layout layout, Duration recoveredWithin)
      throws IOException, SQLException, InterruptedException {
    Platform platform = new Platform(layout, Ports.free(), Map.of());
    platform.forget();
    Files.createDirectories(layout.state());
    Path logs = Files.createTempDirectory(layout.state(), "run-");
    List<Observation> all = new ArrayList<>();
    try (TwoDatabases databases = new TwoDatabases(platform)) {
      databases.start();
      Scenarios scenarios = new Scenarios(databases, logs, recoveredWithin);
      for (Scenario scenario : Scenario.values()) {
        System.err.println(scenario.words() + " …");
        all.add(scenarios.run(scenario));
      }
    }
    return all;
  }

  static Report report(List<Observation> observations) throws IOException {
    return Report.of(NAME, observations, page(observations), text(observations));
  }

  private static String page(List<Observation> observations) {
    Table table =
        new Table(
            "", "Fault", "commit() answers", "The driver", "In doubt", "Taken", "Left prepared");
    for (Observation seen : observations) {
      table.row(
          Cell.head(seen.scenario()),
          Cell.of(seen.answer()),
          Cell.of(seen.driver()),
          Cell.of(seconds(seen)),
          Cell.of(effects(seen)),
          Cell.of(left(seen)));
    }
    Page page =
        new Page(
            "A transaction manager under faults",
            List.of(
                "Narayana over two XA data sources of PostgreSQL: one unit of stock and its price,"
                    + " in one transaction. Its recovery runs every second; by default it runs"
                    + " every two minutes."));
    page.table(table);
    return page.html();
  }

  private static String text(List<Observation> observations) {
    StringBuilder text = new StringBuilder();
    for (Observation seen : observations) {
      text.append(seen.scenario())
          .append(System.lineSeparator())
          .append("  commit() answers ")
          .append(seen.answer())
          .append(seen.driver().isEmpty() ? "" : " (the driver: " + seen.driver() + ")")
          .append("; in doubt ")
          .append(seconds(seen))
          .append("; taken: ")
          .append(effects(seen))
          .append("; left prepared: ")
          .append(left(seen))
          .append(System.lineSeparator());
    }
    return text.toString();
  }

  private static String seconds(Observation seen) {
    return seen.secondsInDoubt() < 0
        ? "without end"
        : String.format(Locale.ROOT, "%.1f s", seen.secondsInDoubt());
  }

  private static String effects(Observation seen) {
    return "stock " + seen.taken().stock() + ", money " + seen.taken().wallet();
  }

  private static String left(Observation seen) {
    return seen.prepared().stock() + seen.prepared().wallet() == 0
        ? "none"
        : "stock " + seen.prepared().stock() + ", wallet " + seen.prepared().wallet();
  }
}
