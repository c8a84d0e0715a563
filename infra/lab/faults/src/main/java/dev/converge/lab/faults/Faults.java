package dev.converge.lab.faults;

import dev.converge.lab.Lab;
import dev.converge.lab.history.ConcurrentBurst;
import dev.converge.lab.report.RateOption;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.SeedOption;
import dev.converge.lab.report.Usage;
import dev.converge.platform.Layout;
import dev.converge.platform.Scale;
import dev.converge.platform.ScaleOptions;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code converge lab faults}: a fresh platform under load and faults, and the verdict. */
@Command(
    name = "faults",
    description = {
      "Injects faults into a fresh platform under load, then checks every invariant.",
      "Exit code 1 if one is violated, or if a planned fault could not be injected."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class Faults implements Callable<Integer>, Subcommand {
  private static final String NAME = "lab";
  private static final double FAULTS_A_MINUTE = 5.5;
  private static final int MAX_MINUTES = 24 * 60;
  private static final int MAX_RATE = 1_000;

  @Spec private @Nullable CommandSpec spec;

  @ParentCommand private @Nullable Lab lab;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "Length of the load (default: ${DEFAULT-VALUE}).")
  private double minutes = 5;

  @Option(
      names = "--faults",
      paramLabel = "N",
      description = "How many, one after the other (default: 5.5 a minute).")
  private @Nullable Integer faults;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "FAULT",
      description =
          "Choose from these: names (kill), components (kafka) or both (kill:kafka); default: all.")
  private List<String> only = new ArrayList<>();

  @Mixin private RateOption rate = new RateOption();

  @Mixin private ScaleOptions scale = new ScaleOptions();

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Campaign.Settings settings = settings();
    Lab known = Objects.requireNonNull(lab);
    Layout layout = known.layout(NAME);
    Path folder = output.folder(known.reportFolder(NAME));
    CampaignReport report = new Campaign(settings, layout, System.err::println).run();
    output.write(verdict(report), folder);
    return report.exitCode();
  }

  /** The verdict as text, as a page and as JSON. */
  static Report verdict(CampaignReport report) throws IOException {
    return Report.of("verdict", report, CampaignPage.of(report), CampaignText.of(report));
  }

  private Campaign.Settings settings() {
    Usage.require(
        spec, minutes > 0 && minutes <= MAX_MINUTES, "--minutes: above 0, at most " + MAX_MINUTES);
    double ordersASecond = rate.atMost(MAX_RATE);
    int planned = faults == null ? planned(minutes) : faults;
    Usage.require(spec, planned >= 0 && planned <= 100_000, "--faults: 0 to 100000");
    return new Campaign.Settings(
            seed.orNew(),
            Duration.ofMillis((long) (minutes * 60_000)),
            planned,
            List.copyOf(only),
            ordersASecond,
            ConcurrentBurst.LARGE)
        .withScale(scale.applyTo(Scale.SMALLEST));
  }

  /** How many faults a load of that length has by default. */
  static int planned(double minutes) {
    return (int) Math.ceil(minutes * FAULTS_A_MINUTE);
  }
}
