package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.bench.StepReport.BacklogPoint;
import dev.converge.lab.load.LoadGenerator;
import dev.converge.lab.load.LoadPlan;
import dev.converge.lab.load.LoadResult;
import dev.converge.lab.load.OrderCounts;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Topology;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Offers orders to the platform step by step, and measures each step. */
final class LoadSteps implements AutoCloseable {
  private static final Duration SAMPLE_EVERY = Duration.ofMillis(500);
  private static final Duration SNAPSHOT_EVERY = Duration.ofSeconds(5);
  private static final Duration DRAINED_WITHIN = Duration.ofMinutes(5);
  private static final Duration SETTLE = Duration.ofSeconds(10);

  private final Supplier<Platform> platform;
  private final Ports ports;
  private final RawLog raw;
  private final LoadGenerator generator;
  private final Totals totals = new Totals();
  private long accepted;
  private double endedBefore;

  /**
   * Starts the load generator.
   *
   * @param platform the current one: a restart of the services replaces it
   * @param log of the load generator
   */
  LoadSteps(Supplier<Platform> platform, Ports ports, RawLog raw, Path log) {
    this.platform = platform;
    this.ports = ports;
    this.raw = raw;
    this.generator = new LoadGenerator(ports.url(Part.ORDER_SERVICE), System.nanoTime(), log);
    this.endedBefore = ended();
  }

  /** Orders accepted since the generator was started. */
  long accepted() {
    return accepted;
  }

  /** The services were restarted, so their counters begin at zero again. */
  void countersReset() {
    endedBefore = -accepted;
  }

  /** Runs a step of load; returns once all its orders have ended. */
  StepReport run(LoadPlan plan) {
    StepReport step = measured(plan);
    drain();
    return step;
  }

  /** Runs load that prepares for a measurement; it is not part of the total. */
  void prepare(LoadPlan plan) {
    load(plan);
    drain();
  }

  /** All steps taken together; null before the first. */
  @Nullable StepReport total() {
    return totals.step();
  }

  /** A burst, with the memory before and after it. */
  Burst burst(LoadPlan plan) {
    Map<String, Long> before = Snapshot.residentMiB(platform.get());
    long begin = System.nanoTime();
    StepReport step = measured(plan);
    drain();
    double ended = (System.nanoTime() - begin) / 1e9;
    double drained = Math.max(0, ended - plan.millis() / 1e3);
    Pause.of(SETTLE);
    long notEnded = accepted - Math.round(ended() - endedBefore);
    Burst burst =
        new Burst(
            step,
            step.orders().accepted() - notEnded,
            drained,
            ended,
            before,
            Snapshot.residentMiB(platform.get()));
    raw.keep("burst", burst);
    return burst;
  }

  private StepReport measured(LoadPlan plan) {
    Measured measured = load(plan);
    totals.add(measured.load(), measured.before(), measured.after(), measured.step());
    return measured.step();
  }

  private record Measured(LoadResult load, Snapshot before, Snapshot after, StepReport step) {}

  /** Samples taken during a step: the backlog, and the most log that was not yet published. */
  private record Sampled(List<BacklogPoint> backlog, long outboxLagBytes) {}

  private Measured load(LoadPlan plan) {
    Snapshot before = Snapshot.take(platform.get());
    CompletableFuture<LoadResult> result = generator.begin(plan);
    Sampled sampled = sample(plan, before, result);
    Snapshot after = Snapshot.take(platform.get());
    LoadResult done = result.join();
    accepted += done.answers().orders().accepted();
    StepReport step =
        StepReport.of(
            plan,
            done,
            before,
            after,
            new StepReport.Course(
                isSteady(plan, sampled, done),
                sampled.backlog(),
                Math.max(sampled.outboxLagBytes(), after.outboxLagBytes()),
                Snapshot.residentMiB(platform.get())));
    raw.keep("step", step);
    // With its histograms, so that the totals of all steps can be computed again.
    raw.keep("load", done);
    return new Measured(done, before, after, step);
  }

  private Sampled sample(LoadPlan plan, Snapshot before, CompletableFuture<LoadResult> result) {
    List<BacklogPoint> backlog = new ArrayList<>();
    long lag = 0;
    long begin = System.nanoTime();
    long end = begin + Duration.ofMillis(plan.millis()).toNanos();
    long nextSnapshot = begin + SNAPSHOT_EVERY.toNanos();
    while (!result.isDone() && System.nanoTime() < end) {
      Pause.of(SAMPLE_EVERY);
      backlog.add(backlog(plan, before, begin));
      if (System.nanoTime() >= nextSnapshot) {
        nextSnapshot += SNAPSHOT_EVERY.toNanos();
        lag = Math.max(lag, Snapshot.take(platform.get()).outboxLagBytes());
      }
    }
    return new Sampled(backlog, lag);
  }

  private BacklogPoint backlog(LoadPlan plan, Snapshot before, long begin) {
    // One page of one service: a frequent sample must be cheap.
    Prometheus order = Prometheus.scrape(ports.url(Part.ORDER_SERVICE));
    double seconds = (System.nanoTime() - begin) / 1e9;
    double ended = Snapshot.ended(order) - before.ended();
    // An order that is offered and waits to be accepted is part of the backlog, too. A closed loop
    // offers only what is accepted.
    double begun =
        plan.ordersPerSecond() > 0
            ? plan.ordersPerSecond() * seconds
            : Snapshot.accepted(order) - before.accepted();
    return new BacklogPoint(seconds, begun - ended);
  }

  private static boolean isSteady(LoadPlan plan, Sampled sampled, LoadResult done) {
    OrderCounts orders = done.answers().orders();
    return Backlog.isSteady(sampled.backlog(), plan.ordersPerSecond())
        && orders.shed() + orders.failed() == 0
        && done.acceptedPerSecond() >= 0.98 * plan.ordersPerSecond();
  }

  /** Waits until every order that was accepted has ended. */
  private void drain() {
    long end = System.nanoTime() + DRAINED_WITHIN.toNanos();
    while (ended() - endedBefore < accepted) {
      if (System.nanoTime() > end) {
        throw new BenchException(
            "orders ended: " + (ended() - endedBefore) + " of " + accepted + " accepted");
      }
      Pause.of(SAMPLE_EVERY);
    }
  }

  private double ended() {
    return Snapshot.ended(Prometheus.scrape(ports.url(Part.ORDER_SERVICE)));
  }

  /**
   * The counters once every order has ended and PostgreSQL's statistics, which its sessions report
   * now and then, count every message.
   */
  Snapshot whenQuiescent() {
    drain();
    long end = System.nanoTime() + DRAINED_WITHIN.toNanos();
    Snapshot last = Snapshot.take(platform.get());
    for (int same = 0; same < 4; ) {
      if (System.nanoTime() > end) {
        throw new BenchException("the platform does not become quiescent");
      }
      Pause.of(SAMPLE_EVERY);
      Snapshot next = Snapshot.take(platform.get());
      same = sameRows(last, next) ? same + 1 : 0;
      last = next;
    }
    return last;
  }

  private static boolean sameRows(Snapshot one, Snapshot other) {
    return Topology.domains().stream()
        .allMatch(
            domain -> one.database(domain).outboxRows() == other.database(domain).outboxRows());
  }

  @Override
  public void close() {
    generator.close();
  }
}
