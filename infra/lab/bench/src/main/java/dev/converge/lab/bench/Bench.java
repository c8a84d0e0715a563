package dev.converge.lab.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.bench.BenchReport.Flood;
import dev.converge.lab.bench.BenchReport.Machine;
import dev.converge.lab.bench.BenchReport.Start;
import dev.converge.lab.load.LoadPlan;
import dev.converge.lab.report.Figures;
import dev.converge.platform.Converge;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Subcommand;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code converge bench}: a fresh platform under load, step by step, beside its baselines. */
@Command(
    name = "bench",
    description = "Measures a fresh platform under load, beside what the machine can do at all.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class Bench implements Callable<Integer>, Subcommand {
  static final String ALL_TRACED = "all traced";
  private static final int LOW_RATE = 250;
  private static final int FLOOD_CLIENTS = 64;
  private static final int BURST_ORDERS = 20_000;
  private static final long BURST_MILLIS = 10_000;

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

  @Option(names = "--json", description = "Print the report as JSON; progress goes to stderr.")
  private boolean json;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where report.html and report.json go (default: STATE/bench-report).")
  private @Nullable Path out;

  @Option(
      names = "--raw",
      paramLabel = "FILE",
      description = "Keep every step as two lines of JSON: its figures, its histograms.")
  private @Nullable Path raw;

  @Override
  public Integer call() throws IOException {
    Layout user = java.util.Objects.requireNonNull(converge).layout();
    Layout layout = new Layout(user.root(), user.state().resolve("bench"));
    requireUsable();
    Path folder = out == null ? user.state().resolve("bench-report") : out;
    Files.createDirectories(folder);
    Machine machine = machine();
    BenchReport report = new BenchReport(machine, traces);
    RuntimeException brokenOff = null;
    try (BenchPlatform platform =
        new BenchPlatform(layout, Ports.load(user.state(), 0), traces, raw)) {
      try {
        measure(platform, report);
      } finally {
        report.total = platform.total();
      }
    } catch (RuntimeException e) {
      // What was measured before is worth having; it is thrown again below.
      brokenOff = e;
      report.brokenOff = String.valueOf(e.getMessage());
    }
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    String asJson = mapper.writeValueAsString(report);
    Files.writeString(folder.resolve("report.json"), asJson);
    Files.writeString(folder.resolve("report.html"), HtmlReport.of(report));
    System.out.print(json ? asJson + System.lineSeparator() : TextReport.of(report));
    System.err.println("report: " + folder.resolve("report.html").toAbsolutePath().normalize());
    if (brokenOff != null) {
      throw brokenOff;
    }
    return 0;
  }

  private void requireUsable() {
    requireOption(seconds >= 5, "--seconds: " + seconds + " (expected: 5 or more)");
    requireOption(sustainSeconds >= 5, "--sustain: " + sustainSeconds + " (expected: 5 or more)");
    requireOption(rate == null || rate > 0, "--rate: " + rate + " (expected: more than 0)");
    requireOption(traces >= 0 && traces <= 1, "--traces: " + traces + " (expected: 0 to 1)");
    requireOption(fill >= 0, "--fill: " + fill + " (expected: 0 or more)");
    requireOption(!quick || fill == 0, "--quick measures no filled tables: leave out --fill");
    requireOption(
        raw == null || isInFolder(raw.toAbsolutePath()),
        "--raw: " + raw + " (expected: a file in a folder that exists)");
  }

  private static boolean isInFolder(Path file) {
    Path folder = file.getParent();
    return folder != null && Files.isDirectory(folder);
  }

  private void requireOption(boolean holds, String otherwise) {
    if (!holds) {
      CommandSpec known = java.util.Objects.requireNonNull(spec);
      throw new ParameterException(known.commandLine(), otherwise);
    }
  }

  private void measure(BenchPlatform platform, BenchReport report) {
    progress("Starting a fresh platform …");
    Start start = platform.startFresh();
    report.start = start;
    progress("up to the first COMPLETED order: %.1f s", start.firstCompletedSeconds());
    progress("Measuring the baseline: PostgreSQL alone, then one hop alone …");
    Baseline baseline = platform.baseline(Duration.ofSeconds(quick ? 6 : 12));
    report.baseline = baseline;
    progress(
        "two-insert transactions/s: %.0f; one hop: p50 %s ms, %.0f rows/s",
        baseline.postgres().twoInsertsPerSecond(),
        Figures.of(baseline.hop().latencies().p50(), 1),
        baseline.hop().rowsPerSecond());
    warmUp(platform);
    if (!quick) {
      progress("Idle …");
      report.idle = platform.idle(Duration.ofSeconds(30));
    }
    double sustained = search(platform, report);
    if (sustained == 0) {
      progress("No rate was kept up with; there is nothing more to measure.");
    } else if (!quick) {
      for (int percent : List.of(10, 50, 80, 90)) {
        step(platform, report.steps, percent + " %", sustained * percent / 100, seconds);
      }
      step(platform, report.steps, "20 a second", 20, Math.max(60, seconds));
      flood(platform, report, sustained);
      overload(platform, report, sustained);
      burst(platform, report);
      allTraced(platform, report, sustained);
      if (fill > 0) {
        platform.restartServices(traces);
        warmUp(platform);
        fill(platform, report, sustained);
      }
    }
  }

  // The just-in-time compilers need some hundred thousand orders before costs stand still, and some
  // of them in batches as large as those at the highest rates.
  private void warmUp(BenchPlatform platform) {
    for (int orders : List.of(100, 300, 600, 900, 1_200, 1_200, 1_200, 1_200)) {
      progress("Warming up at %d orders/s …", orders);
      platform.prepare(LoadPlan.open("warm-up", orders, quick ? 8_000 : 15_000));
    }
  }

  private double search(BenchPlatform platform, BenchReport report) {
    if (rate != null) {
      report.sustained = sustained(platform, report, rate);
      return rate;
    }
    RateSearch search = new RateSearch(800);
    while (!search.isDone()) {
      StepReport step =
          step(platform, report.search, "search", search.next(), Math.min(seconds, 12));
      search.tried(step.course().steady());
    }
    return search.best() == 0 ? 0 : sustain(platform, report, search.best());
  }

  // From the rate that was found down to one that holds, or up as long as a higher one does: the
  // search's short steps may err either way.
  private double sustain(BenchPlatform platform, BenchReport report, double found) {
    double sustained = 0;
    double failed = Double.POSITIVE_INFINITY;
    double tried = found;
    for (int attempt = 0; attempt < 8 && tried < failed * 0.97; attempt++) {
      StepReport step = sustained(platform, report, tried);
      if (step.course().steady()) {
        report.sustained = step;
        sustained = tried;
        tried *= 1.05;
      } else {
        failed = tried;
        tried *= sustained > 0 ? 1 : 0.94;
      }
    }
    return sustained;
  }

  private StepReport sustained(BenchPlatform platform, BenchReport report, double rate) {
    return step(platform, report.search, "sustained", rate, Math.max(sustainSeconds, 5));
  }

  private void flood(BenchPlatform platform, BenchReport report, double sustained) {
    StepReport step =
        platform.run(LoadPlan.closed("flood", FLOOD_CLIENTS, Math.max(20, seconds) * 1_000L));
    report.flood =
        new Flood(step, step.rates().completedPerSecond() / completedPerSecond(report, sustained));
    print(step);
  }

  // Sixty-four clients that wait for their answers can offer no more than is accepted. These do not
  // wait, and so the edge has to send some of them away.
  private void overload(BenchPlatform platform, BenchReport report, double sustained) {
    StepReport step =
        platform.run(LoadPlan.open("overload", 2 * sustained, Math.max(20, seconds) * 1_000L));
    report.overload =
        new Flood(step, step.rates().completedPerSecond() / completedPerSecond(report, sustained));
    print(step);
    progress(
        "overload: %d accepted, %d shed, %d failed",
        step.orders().accepted(), step.orders().shed(), step.orders().failed());
  }

  private static double completedPerSecond(BenchReport report, double offered) {
    return report.sustained == null ? offered : report.sustained.rates().completedPerSecond();
  }

  private void burst(BenchPlatform platform, BenchReport report) {
    Burst burst =
        platform.burst(
            LoadPlan.open("burst", BURST_ORDERS / (BURST_MILLIS / 1_000.0), BURST_MILLIS));
    report.burst = burst;
    print(burst.step());
    progress(
        "burst: %d accepted, %d ended, %d shed, %d failed; drained after %.1f s",
        burst.step().orders().accepted(),
        burst.ended(),
        burst.step().orders().shed(),
        burst.step().orders().failed(),
        burst.drainedAfterSeconds());
  }

  private void fill(BenchPlatform platform, BenchReport report, double sustained) {
    while (platform.accepted() < fill) {
      long missing = fill - platform.accepted();
      long millis = Math.min(60_000, (long) (missing / (sustained * 0.85) * 1_000) + 1_000);
      progress("%d orders in the tables …", platform.accepted());
      platform.prepare(LoadPlan.open("fill", sustained * 0.85, millis));
    }
    report.ordersInTables = platform.accepted();
    report.afterFill = step(platform, report.steps, "50 %, filled", sustained * 0.5, seconds);
  }

  private void allTraced(BenchPlatform platform, BenchReport report, double sustained) {
    progress("Every trace sampled …");
    platform.restartServices(1.0);
    warmUp(platform);
    double tried = sustained;
    for (int attempt = 0; attempt < 12; attempt++) {
      StepReport step =
          step(platform, report.search, ALL_TRACED, tried, Math.max(sustainSeconds, 5));
      if (step.course().steady()) {
        report.sustainedAllTraced = step;
        return;
      }
      tried *= 0.88;
    }
  }

  private StepReport step(
      BenchPlatform platform, List<StepReport> reports, String name, double rate, int seconds) {
    // What a high rate has left to the audits would be half of the work of a low one.
    if (rate < LOW_RATE) {
      platform.settle();
    }
    progress("%-12s offering %.0f/s for %d s …", name, rate, seconds);
    StepReport step = platform.run(LoadPlan.open(name, rate, seconds * 1_000L));
    reports.add(step);
    print(step);
    return step;
  }

  private static void print(StepReport step) {
    System.err.println(TextReport.line(step));
  }

  private static void progress(String format, Object... arguments) {
    System.err.println(String.format(Locale.ROOT, format, arguments));
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

  /** The parts that the baseline of PostgreSQL runs without. */
  static List<Part> allButOrderDb() {
    return List.of(Part.values()).stream().filter(part -> part != Part.ORDER_DB).toList();
  }

  /** A platform like the user's, whose services sample this share of traces. */
  static Platform platform(Layout layout, Ports ports, double traces) {
    return new Platform(
        layout,
        ports,
        Map.of(
            "OTEL_TRACES_SAMPLER",
            "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG",
            Double.toString(traces)));
  }
}
