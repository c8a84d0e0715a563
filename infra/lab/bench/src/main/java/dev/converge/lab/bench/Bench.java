package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Machine;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.ReportOptions;
import dev.converge.lab.report.Usage;
import dev.converge.platform.Converge;
import dev.converge.platform.Layout;
import dev.converge.platform.Ports;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/**
 * {@code converge bench}: measures a fresh platform under load, step by step, and its baselines.
 */
@Command(
    name = "bench",
    description =
        "Measures a fresh platform under load and compares it with the limits of the machine.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class Bench implements Callable<Integer>, Subcommand {
  @ParentCommand private @Nullable Converge converge;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Length of a step (default: ${DEFAULT-VALUE}).")
  private int seconds = 20;

  @Option(
      names = "--sustain",
      paramLabel = "N",
      description =
          "Seconds for which the backlog must not grow at the sustained rate"
              + " (default: ${DEFAULT-VALUE}).")
  private int sustainSeconds = 60;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "Take this for the sustained rate; do not search for it.")
  private @Nullable Integer rate;

  @Option(
      names = "--traces",
      paramLabel = "SHARE",
      description = "Share of traces that are sampled (default: ${DEFAULT-VALUE}).")
  private double traces = 0.01;

  @Option(
      names = "--fill",
      paramLabel = "N",
      description = "Fill the tables up to N orders, then measure once more.")
  private long fill;

  @Option(names = "--quick", description = "The sustained rate and its costs, and nothing else.")
  private boolean quick;

  @Mixin private ReportOptions output = new ReportOptions();

  @Option(
      names = "--raw",
      paramLabel = "FILE",
      description = "Keep every step as two lines of JSON: its figures, its histograms.")
  private @Nullable Path raw;

  @Override
  public Integer call() throws IOException {
    requireUsable();
    Layout user = Objects.requireNonNull(converge).layout();
    Path folder = output.folder(user.state().resolve("bench-report"));
    BenchReport report = new BenchReport(machine(), traces);
    RuntimeException failure = null;
    try {
      measure(user, report);
    } catch (RuntimeException e) {
      // The earlier measurements are reported first; then the failure is thrown again.
      failure = e;
      report.brokenOff = String.valueOf(e.getMessage());
    }
    output.write(Report.of("report", report, HtmlReport.of(report), TextReport.of(report)), folder);
    if (failure != null) {
      throw failure;
    }
    return 0;
  }

  private void measure(Layout user, BenchReport report) {
    Layout layout = new Layout(user.root(), user.state().resolve("bench"));
    BenchRun.Settings settings =
        new BenchRun.Settings(seconds, sustainSeconds, rate, traces, fill, quick);
    try (BenchPlatform platform =
        new BenchPlatform(layout, Ports.load(user.state(), 0), traces, raw)) {
      new BenchRun(settings, platform, report).run();
    }
  }

  private void requireUsable() {
    Usage.require(spec, seconds >= 5, "--seconds: " + seconds + " (expected: 5 or more)");
    Usage.require(
        spec, sustainSeconds >= 5, "--sustain: " + sustainSeconds + " (expected: 5 or more)");
    Usage.require(spec, rate == null || rate > 0, "--rate: " + rate + " (expected: more than 0)");
    Usage.require(spec, traces >= 0 && traces <= 1, "--traces: " + traces + " (expected: 0 to 1)");
    Usage.require(spec, fill >= 0, "--fill: " + fill + " (expected: 0 or more)");
    Usage.require(spec, !quick || fill == 0, "--quick measures no filled tables: leave out --fill");
    Usage.require(
        spec,
        raw == null || isInFolder(raw.toAbsolutePath()),
        "--raw: " + raw + " (expected: a file in a folder that exists)");
  }

  private static boolean isInFolder(Path file) {
    Path folder = file.getParent();
    return folder != null && Files.isDirectory(folder);
  }

  private static Machine machine() {
    com.sun.management.OperatingSystemMXBean os =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        os.getTotalMemorySize() >> 20,
        os.getName() + " " + os.getArch(),
        Runtime.version().toString());
  }
}
