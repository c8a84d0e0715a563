package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.bench.BenchReport.Flood;
import dev.converge.lab.bench.BenchReport.Idle;
import dev.converge.lab.bench.BenchReport.Machine;
import dev.converge.lab.bench.BenchReport.Start;
import dev.converge.lab.bench.Snapshot.ConsumerCounters;
import dev.converge.lab.bench.Snapshot.DatabaseCounters;
import dev.converge.lab.bench.StepReport.BacklogPoint;
import dev.converge.lab.bench.StepReport.Course;
import dev.converge.lab.load.Histograms;
import dev.converge.lab.load.Latencies;
import dev.converge.lab.load.LoadPlan;
import dev.converge.lab.load.LoadResult;
import dev.converge.lab.load.OrderCounts;
import dev.converge.lab.load.Timings;
import dev.converge.platform.Part;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.platform.Topology;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs that were never measured. */
final class Samples {
  /** The parts of a platform without protocols. */
  private static final List<Part> PARTS =
      Scale.SMALLEST.nodes().stream()
          .filter(part -> part.kind() != Role.Kind.ZOOKEEPER)
          .filter(part -> part.kind() != Role.Kind.SUPERVISOR)
          .toList();

  static final Latencies NONE = new Latencies(0, null, null, null, null, null);
  static final Machine MACHINE = new Machine(2, 24_105, "Linux <amd64> & \"more\"", "17.0.15");
  private static final long SECOND = 1_000_000_000L;

  private Samples() {}

  /** The counters of a platform on which this number of orders has ended. */
  static Snapshot snapshot(long seconds, double ended) {
    Map<String, Double> cpu = new LinkedHashMap<>();
    for (Part part : PARTS) {
      cpu.put(part.id(), 1_000 + 0.5 * ended);
    }
    Map<String, DatabaseCounters> databases = new LinkedHashMap<>();
    Map<String, ConsumerCounters> consumers = new LinkedHashMap<>();
    for (String domain : Topology.domains()) {
      databases.put(
          domain,
          new DatabaseCounters(
              50 + (long) (ended / 4), 9_999 + (long) (2_000 * ended), (long) (2 * ended), 300));
      consumers.put(domain + "-service", new ConsumerCounters(3 * ended, ended / 10));
    }
    return new Snapshot(
        seconds * SECOND, cpu, databases, ended + 100, (ended + 100) / 20, ended, consumers);
  }

  static StepReport step(String name, double rate, boolean steady) {
    return step(LoadPlan.open(name, rate, 10_000), rate, steady);
  }

  static StepReport step(LoadPlan plan, double rate, boolean steady) {
    long orders = (long) (10 * rate);
    return StepReport.of(
        plan,
        new LoadResult(
            plan.name(),
            10,
            new LoadResult.Answers(
                new OrderCounts(orders, orders - 3, 2, 1, 7),
                orders - 3,
                Map.of(202, orders - 3, 429, 2L, 0, 1L)),
            new Timings(latencies(rate / 100), latencies(rate / 10), latencies(rate / 1_000)),
            0.2 * orders,
            new Histograms("", "", "")),
        snapshot(0, 0),
        snapshot(10, (double) orders),
        new Course(steady, backlog(rate), 5_000_000, resident(200)));
  }

  /** A step without an answer: its costs belong to no order. */
  static StepReport stepOfNothing(String name) {
    Snapshot still = snapshot(0, 0);
    return StepReport.of(
        LoadPlan.open(name, 10, 1_000),
        new LoadResult(
            name,
            0,
            new LoadResult.Answers(new OrderCounts(10, 0, 0, 10, 0), 0, Map.of(0, 10L)),
            new Timings(NONE, NONE, NONE),
            12.5,
            new Histograms("", "", "")),
        still,
        still,
        new Course(false, List.of(), 0, resident(100)));
  }

  private static Latencies latencies(double millis) {
    return new Latencies(900, millis, 2 * millis, 4 * millis, 8 * millis, 9 * millis);
  }

  private static List<BacklogPoint> backlog(double rate) {
    List<BacklogPoint> points = new ArrayList<>();
    for (int at = 1; at <= 20; at++) {
      points.add(new BacklogPoint(at / 2.0, rate * (at % 3) / 4));
    }
    return points;
  }

  private static Map<String, Long> resident(long mebibytes) {
    Map<String, Long> resident = new LinkedHashMap<>();
    for (Part part : PARTS) {
      resident.put(part.id(), mebibytes);
    }
    return resident;
  }

  private static BenchReport begun() {
    BenchReport report = new BenchReport(MACHINE, 0.01);
    report.start = new Start(17.7, 19.4);
    report.baseline =
        new Baseline(
            0.5,
            new Baseline.Postgres(8_701.5, 2_731, 3_858.5, 13_792, 5_400),
            new Baseline.Hop(latencies(12), 11_922.1, 137),
            900);
    return report;
  }

  /** The measurements of {@code --quick}. */
  static BenchReport quick() {
    BenchReport report = begun();
    for (int rate : List.of(500, 750, 1_125, 937, 843)) {
      report.search.add(step("search", rate, rate < 900));
    }
    report.sustained = step("sustained", 843, true);
    report.search.add(report.sustained);
    return report;
  }

  static BenchReport full() {
    BenchReport report = quick();
    report.idle = new Idle(new TreeMap<>(Map.of("kafka", 2.2, "connect", 1.0)), resident(100));
    for (int percent : List.of(10, 50, 80, 90)) {
      report.steps.add(step(percent + " %", 8.43 * percent, true));
    }
    report.steps.add(step("20 a second", 20, true));
    StepReport flood = step(LoadPlan.closed("flood", 64, 20_000), 2_500, false);
    report.flood = new Flood(flood, flood.rates().completedPerSecond() / 843);
    StepReport overload = step(LoadPlan.open("overload", 1_686, 20_000), 1_686, false);
    report.overload = new Flood(overload, overload.rates().completedPerSecond() / 843);
    report.burst =
        new Burst(
            step(LoadPlan.open("burst", 2_000, 10_000), 2_000, false),
            19_997,
            14.2,
            24.2,
            resident(200),
            resident(240));
    report.afterFill = step("50 %, filled", 421, true);
    report.ordersInTables = 1_000_000;
    report.steps.add(report.afterFill);
    report.search.add(step(SustainedRate.ALL_TRACED, 843, false));
    report.sustainedAllTraced = step(SustainedRate.ALL_TRACED, 742, true);
    report.search.add(report.sustainedAllTraced);
    report.total = step("in total", 700, true);
    return report;
  }

  /** A platform that keeps up with nothing. */
  static BenchReport hopeless() {
    BenchReport report = begun();
    report.search.add(stepOfNothing("search"));
    return report;
  }
}
