package dev.converge.lab.scale;

import dev.converge.lab.load.LoadGenerator;
import dev.converge.lab.load.LoadPlan;
import dev.converge.lab.load.LoadResult;
import dev.converge.lab.load.OrderBodies;
import dev.converge.lab.scale.ScaleFigures.Instances;
import dev.converge.lab.scale.ScaleFigures.Pair;
import dev.converge.lab.scale.ScaleFigures.Rebalance;
import dev.converge.lab.scale.ScaleFigures.Sums;
import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Measures a platform with some instances of each service, and changes of a consumer group. */
final class InstanceMeasurement implements AutoCloseable {
  private static final List<Role> SERVICES =
      Topology.serviceParts().stream().map(Part::role).toList();
  private static final long STOCK = 1_000_000_000L;
  static final int CLIENTS = 48;
  static final int CLIENTS_OF_A_REBALANCE = 6;

  private static final int LONG_ENOUGH = 20;

  /** Few, so that no processor is busy: a wait shows how the end is heard of, not a queue. */
  static final int WAITS_PER_SECOND = 5;

  private static final Duration QUIESCENT_WITHIN = Duration.ofMinutes(3);
  private static final Duration EVERY = Duration.ofMillis(200);

  // A thread for each: a start waits for a process.
  private static final Executor THREADS = task -> new Thread(task, "instance").start();

  private final Platform platform;
  private final Http http = new Http();
  private final int most;
  private final List<LoadGenerator> generators = new ArrayList<>();
  private long seed;

  /**
   * @param most instances of each service that are measured
   * @param seed of the orders of the first load; each further load has the next one
   */
  InstanceMeasurement(Platform platform, int most, long seed) {
    Scale scale = Scale.SMALLEST;
    for (Role service : SERVICES) {
      scale = scale.with(service, most);
    }
    this.platform = platform.scaledTo(scale);
    this.most = most;
    this.seed = seed;
  }

  /** Starts everything, on an empty state folder, with one instance of each service. */
  void start() {
    platform.forget();
    platform.up((part, sinceBegin) -> {});
    // No order is in progress, so a kill does no harm, and it is soon done.
    further(most).forEach(platform::kill);
    OrderBodies.skus().forEach(this::stock);
  }

  private void stock(String sku) {
    String url = platform.ports().url(Part.INVENTORY_SERVICE) + "/stock/" + sku;
    try {
      int status = http.send("PUT", url, "{\"available\":" + STOCK + "}").status();
      if (status >= 300) {
        throw new ScaleException("stock of " + sku + ": " + status);
      }
    } catch (IOException e) {
      throw new ScaleException("PUT " + url, e);
    }
  }

  /** Closed loops of clients at this many instances. */
  Instances measure(int instances, Duration load) {
    startTogether(further(instances));
    List<String> urls = orderServices();
    // The first seconds compile and fill caches.
    run(urls, closed(urls, load.dividedBy(3)));
    Cores cores = Cores.from(platform);
    long from = now();
    List<LoadResult> results = run(urls, closed(urls, load));
    long to = now();
    Map<String, Double> used = cores.used();
    long ended =
        Numbers.of(platform, "order", "SELECT count(*) FROM saga WHERE " + endedBetween(from, to))
            .get(0);
    return new Instances(
        instances,
        results.stream().mapToDouble(LoadResult::acceptedPerSecond).sum(),
        1_000.0 * ended / (to - from),
        results.stream().mapToLong(result -> result.answers().orders().accepted()).sum(),
        sums(),
        used,
        waitMillis(urls, load));
  }

  /** Another instance of order-service joins under load, leaves in order, and is killed. */
  List<Rebalance> rebalances(Duration each) {
    List<Rebalance> rebalances = new ArrayList<>();
    LoadGenerator load = generator(platform.ports().url(Part.ORDER_SERVICE));
    CompletableFuture<LoadResult> running =
        load.begin(
            LoadPlan.closed("rebalances", CLIENTS_OF_A_REBALANCE, LONG_ENOUGH * each.toMillis()));
    Part second = Part.of(Role.ORDER_SERVICE, 2);
    rebalances.add(during("a second instance joins", each, () -> platform.start(second)));
    rebalances.add(during("it leaves in order", each, () -> platform.stop(second)));
    platform.start(second);
    rebalances.add(during("it is killed", each, () -> platform.kill(second)));
    load.close();
    generators.remove(load);
    // It was ended before its plan: its figures do not count.
    return running.handle((result, ended) -> rebalances).join();
  }

  private Rebalance during(String change, Duration each, Runnable action) {
    long before = now();
    pause(each);
    long from = now();
    action.run();
    pause(each);
    long to = now();
    return new Rebalance(change, gap(from, to), gap(before, from), slowest(from, to));
  }

  private long gap(long from, long to) {
    return Numbers.of(
            platform,
            "order",
            """
            SELECT max(extract(epoch FROM gap) * 1000)::bigint
              FROM (SELECT ended_at - lag(ended_at) OVER (ORDER BY ended_at) AS gap
                      FROM saga WHERE %s) AS gaps
            """
                .formatted(endedBetween(from, to)))
        .get(0);
  }

  private long slowest(long from, long to) {
    return Numbers.of(
            platform,
            "order",
            """
            SELECT max(extract(epoch FROM ended_at - placed_at) * 1000)::bigint
              FROM saga JOIN placed_order USING (order_id) WHERE %s
            """
                .formatted(endedBetween(from, to)))
        .get(0);
  }

  private static String endedBetween(long from, long to) {
    return "ended_at >= to_timestamp(%d / 1000.0) AND ended_at < to_timestamp(%d / 1000.0)"
        .formatted(from, to);
  }

  // The service's clock sets ended_at; on one machine it is this one.
  private static long now() {
    return System.currentTimeMillis();
  }

  private Sums sums() {
    long end = System.nanoTime() + QUIESCENT_WITHIN.toNanos();
    long pending = pending();
    while (pending > 0 && System.nanoTime() < end) {
      pause(EVERY);
      pending = pending();
    }
    List<Long> orders =
        Numbers.of(
            platform,
            "order",
            """
            SELECT count(*),
                   sum(total_minor) FILTER (WHERE status = 'COMPLETED'),
                   sum((SELECT sum((line ->> 'quantity')::bigint)
                          FROM jsonb_array_elements(lines) AS line))
                       FILTER (WHERE status = 'COMPLETED')
              FROM orders
            """);
    long charged =
        Numbers.of(
                platform,
                "payment",
                "SELECT sum(amount_minor) FROM payment WHERE status = 'CHARGED'")
            .get(0);
    long shipped = Numbers.of(platform, "inventory", "SELECT sum(shipped) FROM stock").get(0);
    return new Sums(
        orders.get(0), pending, new Pair(orders.get(1), charged), new Pair(orders.get(2), shipped));
  }

  private long pending() {
    return Numbers.of(platform, "order", "SELECT count(*) FROM saga WHERE ended_at IS NULL").get(0);
  }

  private static LoadPlan closed(List<String> urls, Duration load) {
    return LoadPlan.closed("scale", CLIENTS / urls.size(), load.toMillis());
  }

  /** The median of clients that wait for the end of their order, once quiescent. */
  private @Nullable Double waitMillis(List<String> urls, Duration load) {
    LoadPlan plan =
        new LoadPlan("waits", (double) WAITS_PER_SECOND / urls.size(), 0, load.toMillis(), 1);
    return run(urls, plan).stream()
        .reduce(LoadResult::plus)
        .flatMap(all -> Optional.ofNullable(all.times().completed().p50()))
        .orElse(null);
  }

  /** Runs a plan against each instance at the same time. */
  private List<LoadResult> run(List<String> urls, LoadPlan plan) {
    List<LoadGenerator> started = urls.stream().map(this::generator).toList();
    List<CompletableFuture<LoadResult>> running =
        started.stream().map(each -> each.begin(plan)).toList();
    List<LoadResult> results = running.stream().map(CompletableFuture::join).toList();
    started.forEach(LoadGenerator::close);
    generators.removeAll(started);
    return results;
  }

  private LoadGenerator generator(String url) {
    LoadGenerator generator =
        new LoadGenerator(url, seed++, platform.layout().state().resolve("load-generator.log"));
    generators.add(generator);
    return generator;
  }

  private List<String> orderServices() {
    return platform.scale().nodes(Role.ORDER_SERVICE).stream()
        .filter(platform::isRunning)
        .map(platform.ports()::url)
        .toList();
  }

  /** The instances beyond the first of each service, if each has this many. */
  private static List<Part> further(int instances) {
    return SERVICES.stream()
        .flatMap(
            service ->
                IntStream.rangeClosed(2, instances).mapToObj(ordinal -> Part.of(service, ordinal)))
        .toList();
  }

  private void startTogether(List<Part> parts) {
    CompletableFuture.allOf(
            parts.stream()
                .map(part -> CompletableFuture.runAsync(() -> platform.start(part), THREADS))
                .toArray(CompletableFuture[]::new))
        .join();
  }

  private static void pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  @Override
  public void close() {
    generators.forEach(LoadGenerator::close);
    platform.downForGood();
  }
}
