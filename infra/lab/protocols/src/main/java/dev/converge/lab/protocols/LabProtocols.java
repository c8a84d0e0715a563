package dev.converge.lab.protocols;

import dev.converge.lab.Lab;
import dev.converge.lab.protocols.ProtocolReport.Settings;
import dev.converge.lab.report.RateOption;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.SeedOption;
import dev.converge.lab.report.Stylesheet;
import dev.converge.lab.report.Usage;
import dev.converge.lab.schedule.FaultKind;
import dev.converge.lab.schedule.FaultPlan;
import dev.converge.platform.Layout;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code converge lab protocols}: the commit protocols under the same faults. */
@Command(
    name = "protocols",
    description = {
      "Places orders by each commit protocol under the same faults, and compares their costs.",
      "Exit code 1 if a protocol breaks its promise, or the control does not fail."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class LabProtocols implements Callable<Integer>, Subcommand {
  private static final String NAME = "lab-protocols";
  private static final double QUICK_MINUTES = 0.52;
  private static final double MAX_MINUTES = 60;

  /** They show what atomicity costs. The others do not fit in a few minutes. */
  private static final List<FaultKind> QUICK_FAULTS =
      List.of(
          FaultKind.COORDINATOR_KILLED,
          FaultKind.PARTICIPANT_KILLED,
          FaultKind.PARTITION,
          FaultKind.ZOMBIE);

  private static final int MAX_RATE = 500;

  @Spec private @Nullable CommandSpec spec;

  @ParentCommand private @Nullable Lab lab;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(
      names = "--protocols",
      split = ",",
      paramLabel = "NAME",
      description = {
        "Only these: saga, tcc, 2pc, 2pc-quorum, 3pc, 3pc-termination, dual-write,",
        "dual-write-call-first. Default: all but the last."
      })
  private List<String> protocols = new ArrayList<>();

  @Option(
      names = "--faults",
      split = ",",
      paramLabel = "NAME",
      description = {
        "Only these, in this order: coordinator-killed, participant-killed, partition,",
        "answers-lost, slow, broker-down, zombie",
        "(default: all; with --quick, all but answers-lost, slow and broker-down)."
      })
  private List<String> faults = new ArrayList<>();

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "Length of the load for each protocol (default: 2.2; with --quick, 0.52).")
  private @Nullable Double minutes;

  @Mixin private RateOption rate = new RateOption();

  @Option(
      names = "--hot",
      paramLabel = "SHARE",
      description = "Share of the orders that are for one item (default: ${DEFAULT-VALUE}).")
  private double hotShare = 0.2;

  @Option(
      names = "--quick",
      description = "Fewer and shorter faults, and two steps of each throughput.")
  private boolean quick;

  @Mixin private ReportOptions output = new ReportOptions();

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireUsable();
    FaultPlan plan = plan(seed.orNew());
    Settings settings =
        new Settings(
            plan.seed(),
            chosen(),
            rate.between(ProtocolsRun.LEAST_RATE, MAX_RATE),
            hotShare,
            quick);
    Lab known = Objects.requireNonNull(lab);
    Layout layout = known.layout(NAME);
    Path folder = output.folder(known.reportFolder(NAME));
    System.err.println("Seed " + plan.seed());
    ProtocolReport report =
        new ProtocolsRun(settings, rate.isChosen(), plan, layout, System.err::println).run();
    output.write(
        Report.of("protocols", report, ProtocolPage.of(report), ProtocolText.of(report)), folder);
    Files.writeString(
        folder.resolve("protocols-triangle.svg"),
        Stylesheet.embeddedIn(TrianglePlot.of(report.protocols())));
    return report.exitCode();
  }

  // In the order of the protocols: those that promise nothing come last.
  private List<String> chosen() {
    return Stream.of(CommitProtocol.values())
        .filter(
            protocol ->
                protocols.isEmpty() ? protocol.isCompared() : protocols.contains(protocol.id()))
        .map(CommitProtocol::id)
        .toList();
  }

  private FaultPlan plan(long chosenSeed) {
    List<FaultKind> kinds =
        faults.isEmpty()
            ? quick ? QUICK_FAULTS : List.of(FaultKind.values())
            : faults.stream().map(FaultKind::of).toList();
    try {
      return FaultPlan.of(chosenSeed, length(kinds), kinds);
    } catch (IllegalArgumentException e) {
      Usage.require(spec, false, "--minutes: " + e.getMessage());
      throw e;
    }
  }

  private Duration length(List<FaultKind> kinds) {
    if (minutes != null) {
      return ofMinutes(minutes);
    }
    Duration usual = quick ? ofMinutes(QUICK_MINUTES) : FaultPlan.USUAL;
    Duration shortest = FaultPlan.shortest(kinds);
    return usual.compareTo(shortest) < 0 ? shortest : usual;
  }

  private static Duration ofMinutes(double number) {
    return Duration.ofMillis((long) (number * 60_000));
  }

  private void requireUsable() {
    Usage.require(
        spec,
        CommitProtocol.ids().containsAll(protocols),
        "--protocols: expected some of " + String.join(", ", CommitProtocol.ids()));
    Usage.require(
        spec,
        FaultKind.ids().containsAll(faults) && faults.stream().distinct().count() == faults.size(),
        "--faults: expected some of " + String.join(", ", FaultKind.ids()) + ", each once");
    Usage.require(
        spec,
        minutes == null || (minutes > 0 && minutes <= MAX_MINUTES),
        "--minutes: above 0, at most " + (int) MAX_MINUTES);
    Usage.require(spec, hotShare >= 0 && hotShare <= 1, "--hot: 0 to 1");
  }
}
