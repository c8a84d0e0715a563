package dev.converge.lab.simulation;

import dev.converge.lab.report.SeedOption;
import dev.converge.lab.simulation.Simulation.Run;
import dev.converge.platform.Subcommand;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code converge lab simulate}: the core's decisions under faults, in virtual time. */
@Command(
    name = "simulate",
    description =
        "Runs the services' decisions under a seeded schedule of faults, in virtual time, and"
            + " checks that every order converges.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class Simulate implements Callable<Integer>, Subcommand {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "How many seeds to run, from --seed on (default: ${DEFAULT-VALUE}; with --seed, 1).")
  private int seeds = 20_000;

  @Mixin private SeedOption seed = new SeedOption();

  @Option(names = "--trace", description = "Print all that happens in the first seed, and stop.")
  private boolean trace;

  @Option(
      names = "--broken",
      paramLabel = "NAME",
      description = "Make a mistake on purpose, which must be found: ${COMPLETION-CANDIDATES}.")
  private @Nullable Broken broken;

  @Override
  public String parent() {
    return "lab";
  }

  @Override
  public Integer call() {
    CommandSpec known = Objects.requireNonNull(spec);
    PrintWriter out = known.commandLine().getOut();
    long first = seed.orNew();
    boolean alone =
        seed.isGiven() && !known.commandLine().getParseResult().hasMatchedOption("--seeds");
    return trace ? show(first, out) : runAll(first, alone ? 1 : seeds, out);
  }

  private int show(long first, PrintWriter out) {
    Run run = Simulation.run(first, broken);
    run.trace().lines().forEach(out::println);
    out.println("SHA-256 of the trace: " + run.trace().digest());
    return judge(run, out);
  }

  private int runAll(long first, int runs, PrintWriter out) {
    long last = first + runs - 1;
    out.println("Seeds " + first + " to " + last + (broken == null ? "" : ", with " + broken));
    Coverage coverage = new Coverage();
    long begin = System.nanoTime();
    for (long next = first; next <= last; next++) {
      Run run = Simulation.run(next, broken);
      coverage.add(run.coverage());
      if (judge(run, out) != 0) {
        out.println("found after " + (next - first + 1) + " seeds");
        return 1;
      }
    }
    report(coverage, runs, Duration.ofNanos(System.nanoTime() - begin), out);
    return 0;
  }

  private static int judge(Run run, PrintWriter out) {
    run.violation().ifPresent(out::println);
    return run.violation().isPresent() ? 1 : 0;
  }

  private static void report(Coverage coverage, int runs, Duration took, PrintWriter out) {
    for (CoveragePoint point : CoveragePoint.values()) {
      out.println(String.format(Locale.ROOT, "%,14d  %s", coverage.of(point), point));
    }
    double days = coverage.virtualMillis() / 86_400_000.0;
    out.println(
        String.format(
            Locale.ROOT,
            "%,d seeds, %,d events, %.1f virtual days, in %.1f s: every invariant holds",
            runs,
            coverage.steps(),
            days,
            took.toMillis() / 1_000.0));
  }
}
