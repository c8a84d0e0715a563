package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.bench.BenchReport.Idle;
import dev.converge.lab.bench.BenchReport.Start;
import dev.converge.lab.bench.StepReport.BacklogPoint;
import dev.converge.lab.load.LoadGenerator;
import dev.converge.lab.load.LoadPlan;
import dev.converge.lab.load.LoadResult;
import dev.converge.lab.load.OrderBodies;
import dev.converge.lab.load.OrderCounts;
import dev.converge.platform.Http;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The platform under measurement and the generator that loads it. Closing it ends every process.
 */
final class BenchPlatform implements AutoCloseable {
  private static final Duration SAMPLE_EVERY = Duration.ofMillis(500);
  private static final Duration SNAPSHOT_EVERY = Duration.ofSeconds(5);
  private static final Duration DRAINED_WITHIN = Duration.ofMinutes(5);
  private static final Duration FIRST_ORDER_WITHIN = Duration.ofMinutes(3);
  private static final Duration FIRST_ORDER_EVERY = Duration.ofMillis(100);
  private static final Duration SETTLE = Duration.ofSeconds(10);
  // The reconcilers read what was written once it is ten seconds old, and every 15 seconds.
  private static final Duration AUDITED = Duration.ofSeconds(40);

  /** After load the compilers have work left for longer than the audits. */
  private static final Duration RESTED = Duration.ofSeconds(90);

  private static final long STOCK = 1_000_000_000L;

  private final Layout layout;
  private final Ports ports;
  private final RawLog raw;
  private final Http http = new Http();
  private final Thread closer = new Thread(this::end, "bench-platform");
  private Platform platform;
  private @Nullable LoadGenerator generator;
  private long accepted;
  private double endedBefore;
  private final Totals totals = new Totals();

  BenchPlatform(Layout layout, Ports ports, double traces, @Nullable Path raw) {
    this.layout = layout;
    this.ports = ports;
    this.raw = new RawLog(raw);
    this.platform = Bench.platform(layout, ports, traces);
    Runtime.getRuntime().addShutdownHook(closer);
  }

  /** Orders accepted since the platform is up. */
  long accepted() {
    return accepted;
  }

  /** Starts everything on an empty state folder and places the first order. */
  Start startFresh() {
    FirstOrder first = new FirstOrder(http, ports);
    platform.forget();
    long begin = System.nanoTime();
    CompletableFuture<Double> ready =
        CompletableFuture.supplyAsync(
            () -> {
              platform.up((part, sinceBegin) -> {});
              return (System.nanoTime() - begin) / 1e9;
            });
    while (!first.completes()) {
      if (ready.isCompletedExceptionally()) {
        ready.join();
      }
      if (System.nanoTime() - begin > FIRST_ORDER_WITHIN.toNanos()) {
        throw new BenchException("the first order was not completed in " + FIRST_ORDER_WITHIN);
      }
      pause(FIRST_ORDER_EVERY);
    }
    double firstCompleted = (System.nanoTime() - begin) / 1e9;
    Start start = new Start(ready.join(), firstCompleted);
    raw.keep("start", start);
    return start;
  }

  private Http.Answer send(String method, String url, String body, String... headers) {
    try {
      return http.send(method, url, body, headers);
    } catch (IOException e) {
      throw new BenchException(method + " " + url, e);
    }
  }

  /** Measures what the machine can do at all; then everything runs again. */
  Baseline baseline(Duration each) {
    Baseline baseline =
        new BaselineMeasurement(platform, () -> Bench.platform(baselineLayout(), ports, 0), each)
            .measure(() -> Wording.sum(residentMiB()));
    raw.keep("baseline", baseline);
    prepareLoad();
    return baseline;
  }

  private Layout baselineLayout() {
    return new Layout(layout.root(), layout.state().resolve("baseline"));
  }

  /** Stocks the shelves and starts the load generator. */
  void prepareLoad() {
    for (String sku : OrderBodies.skus()) {
      Http.Answer answer =
          send(
              "PUT",
              ports.url(Part.INVENTORY_SERVICE) + "/stock/" + sku,
              "{\"available\":" + STOCK + "}");
      if (answer.status() >= 300) {
        throw new BenchException("stock of " + sku + ": " + answer.status());
      }
    }
    generator =
        new LoadGenerator(
            ports.url(Part.ORDER_SERVICE),
            System.nanoTime(),
            layout.state().resolve("load-generator.log"));
    endedBefore = ended();
  }

  /** What the platform takes while there is nothing to do. */
  Idle idle(Duration during) {
    pause(RESTED);
    Map<String, Double> before = Snapshot.cpuMillis(platform);
    pause(during);
    Map<String, Double> after = Snapshot.cpuMillis(platform);
    Map<String, Double> percent = new LinkedHashMap<>();
    after.forEach(
        (part, millis) ->
            percent.put(
                part, 100 * (millis - before.getOrDefault(part, millis)) / during.toMillis()));
    Idle idle = new Idle(percent, residentMiB());
    raw.keep("idle", idle);
    return idle;
  }

  /** Waits until the audits have seen what was written before. */
  void settle() {
    pause(AUDITED);
  }

  /** A step of load; returns once all its orders have ended. */
  StepReport run(LoadPlan plan) {
    StepReport step = measured(plan);
    drain();
    return step;
  }

  /** Load that prepares for what is measured, and is no part of the total. */
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
    Map<String, Long> before = residentMiB();
    long begin = System.nanoTime();
    StepReport step = measured(plan);
    drain();
    double ended = (System.nanoTime() - begin) / 1e9;
    double drained = Math.max(0, ended - plan.millis() / 1e3);
    pause(SETTLE);
    long notEnded = accepted - Math.round(ended() - endedBefore);
    Burst burst =
        new Burst(step, step.orders().accepted() - notEnded, drained, ended, before, residentMiB());
    raw.keep("burst", burst);
    return burst;
  }

  private StepReport measured(LoadPlan plan) {
    Measured measured = load(plan);
    totals.add(measured.load(), measured.before(), measured.after(), measured.step());
    return measured.step();
  }

  private record Measured(LoadResult load, Snapshot before, Snapshot after, StepReport step) {}

  private Measured load(LoadPlan plan) {
    LoadGenerator load = java.util.Objects.requireNonNull(generator);
    List<BacklogPoint> backlog = new ArrayList<>();
    long lag = 0;
    Snapshot before = Snapshot.take(platform);
    CompletableFuture<LoadResult> result = load.begin(plan);
    long begin = System.nanoTime();
    long end = begin + Duration.ofMillis(plan.millis()).toNanos();
    long nextSnapshot = begin + SNAPSHOT_EVERY.toNanos();
    while (!result.isDone() && System.nanoTime() < end) {
      pause(SAMPLE_EVERY);
      // One page of one service: what is sampled often must cost little of what is measured.
      Prometheus order = Prometheus.scrape(ports.url(Part.ORDER_SERVICE));
      double seconds = (System.nanoTime() - begin) / 1e9;
      double ended = Snapshot.ended(order) - before.ended();
      // What is offered and waits to be accepted is a backlog, too; a closed loop offers what is
      // accepted.
      double begun =
          plan.ordersPerSecond() > 0
              ? plan.ordersPerSecond() * seconds
              : Snapshot.accepted(order) - before.accepted();
      backlog.add(new BacklogPoint(seconds, begun - ended));
      if (System.nanoTime() >= nextSnapshot) {
        nextSnapshot += SNAPSHOT_EVERY.toNanos();
        lag = Math.max(lag, Snapshot.take(platform).outboxLagBytes());
      }
    }
    Snapshot after = Snapshot.take(platform);
    lag = Math.max(lag, after.outboxLagBytes());
    LoadResult done = result.join();
    OrderCounts orders = done.answers().orders();
    accepted += orders.accepted();
    boolean steady =
        Backlog.isSteady(backlog, plan.ordersPerSecond())
            && orders.shed() + orders.failed() == 0
            && done.acceptedPerSecond() >= 0.98 * plan.ordersPerSecond();
    StepReport step =
        StepReport.of(
            plan, done, before, after, new StepReport.Course(steady, backlog, lag, residentMiB()));
    raw.keep("step", step);
    // With its histograms: what all steps show together can be worked out from them again.
    raw.keep("load", done);
    return new Measured(done, before, after, step);
  }

  /** Waits until every order that was accepted has ended. */
  private void drain() {
    long end = System.nanoTime() + DRAINED_WITHIN.toNanos();
    while (ended() - endedBefore < accepted) {
      if (System.nanoTime() > end) {
        throw new BenchException(
            "orders ended: " + (ended() - endedBefore) + " of " + accepted + " accepted");
      }
      pause(SAMPLE_EVERY);
    }
  }

  /** The rows of all outboxes, counted one by one: the statistics lag behind. */
  long outboxRows() {
    long rows = 0;
    for (String domain : Topology.domains()) {
      try (Connection connection = platform.connect(domain);
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT count(*) FROM outbox")) {
        row.next();
        rows += row.getLong(1);
      } catch (SQLException e) {
        throw new BenchException("outbox of " + domain, e);
      }
    }
    return rows;
  }

  /**
   * The counters once every order has ended and PostgreSQL's statistics, which its sessions hand in
   * now and then, count every message.
   */
  Snapshot whenQuiescent() {
    drain();
    long end = System.nanoTime() + DRAINED_WITHIN.toNanos();
    Snapshot last = Snapshot.take(platform);
    for (int same = 0; same < 4; ) {
      if (System.nanoTime() > end) {
        throw new BenchException("the platform does not come to rest");
      }
      pause(SAMPLE_EVERY);
      Snapshot next = Snapshot.take(platform);
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

  private double ended() {
    return Snapshot.ended(Prometheus.scrape(ports.url(Part.ORDER_SERVICE)));
  }

  /** Restarts the services with another share of traces sampled. */
  void restartServices(double traces) {
    List<Part> services = Topology.serviceParts();
    services.forEach(platform::stop);
    platform = Bench.platform(layout, ports, traces);
    services.forEach(platform::start);
    endedBefore = -accepted;
  }

  private Map<String, Long> residentMiB() {
    Map<String, Long> resident = new LinkedHashMap<>();
    for (Part part : Part.values()) {
      resident.put(part.id(), platform.residentKib(part) >> 10);
    }
    return resident;
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    end();
  }

  private void end() {
    if (generator != null) {
      generator.close();
    }
    platform.downForGood();
    // Where the run was ended while the baseline of the start was measured.
    Bench.platform(baselineLayout(), ports, 0).down();
  }
}
