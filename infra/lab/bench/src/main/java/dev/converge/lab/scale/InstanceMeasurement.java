package dev.converge.lab.scale;

import dev.converge.lab.load.LoadGenerator;
import dev.converge.lab.load.LoadPlan;
import dev.converge.lab.load.LoadResult;
import dev.converge.lab.load.OrderBodies;
import dev.converge.lab.scale.ScaleResult.Instances;
import dev.converge.lab.scale.ScaleResult.Pair;
import dev.converge.lab.scale.ScaleResult.Rebalance;
import dev.converge.lab.scale.ScaleResult.Sums;
import dev.converge.platform.Http;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** Measures a platform with some instances of each service, and changes of a consumer group. */
final class InstanceMeasurement implements AutoCloseable {
  private static final long STOCK = 1_000_000_000L;
  private static final int CLIENTS = 48;
  private static final int CLIENTS_OF_A_REBALANCE = 6;
  private static final int LONG_ENOUGH = 20;
  private static final Duration QUIESCENT_WITHIN = Duration.ofMinutes(3);
  private static final Duration EVERY = Duration.ofMillis(200);

  private final Platform platform;
  private final Http http = new Http();
  private final List<Platform> further = new ArrayList<>();
  private final List<LoadGenerator> generators = new ArrayList<>();
  private long seed = 1;

  InstanceMeasurement(Platform platform) {
    this.platform = platform;
  }

  /** Starts everything, on an empty state folder. */
  void start() {
    platform.forget();
    platform.up((part, sinceBegin) -> {});
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
    while (1 + further.size() / Topology.SERVICES.size() < instances) {
      for (Part service : Topology.serviceParts()) {
        further.add(another(service, Integer.toString(further.size())));
      }
    }
    List<String> urls = orderServices();
    // The first seconds compile and fill caches.
    run(urls, CLIENTS, load.dividedBy(3));
    Cores cores = Cores.from(platform, furtherProcesses());
    long from = now();
    List<LoadResult> results = run(urls, CLIENTS, load);
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
        used);
  }

  /** Another instance of order-service joins under load, leaves in order, and is killed. */
  List<Rebalance> rebalances(Duration each) {
    List<Rebalance> rebalances = new ArrayList<>();
    LoadGenerator load = generator(platform.ports().url(Part.ORDER_SERVICE));
    CompletableFuture<LoadResult> running =
        load.begin(
            LoadPlan.closed("rebalances", CLIENTS_OF_A_REBALANCE, LONG_ENOUGH * each.toMillis()));
    Platform second = view(Part.ORDER_SERVICE, "joins");
    further.add(second);
    rebalances.add(during("a second instance joins", each, () -> second.start(Part.ORDER_SERVICE)));
    rebalances.add(during("it leaves in order", each, () -> second.stop(Part.ORDER_SERVICE)));
    second.start(Part.ORDER_SERVICE);
    rebalances.add(during("it is killed", each, () -> second.kill(Part.ORDER_SERVICE)));
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

  private List<LoadResult> run(List<String> urls, int clients, Duration load) {
    List<LoadGenerator> started = urls.stream().map(this::generator).toList();
    List<CompletableFuture<LoadResult>> running =
        started.stream()
            .map(
                each ->
                    each.begin(LoadPlan.closed("scale", clients / urls.size(), load.toMillis())))
            .toList();
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
    List<String> urls = new ArrayList<>(List.of(platform.ports().url(Part.ORDER_SERVICE)));
    further.stream()
        .filter(each -> each.isRunning(Part.ORDER_SERVICE))
        .map(each -> each.ports().url(Part.ORDER_SERVICE))
        .forEach(urls::add);
    return urls;
  }

  private Platform another(Part service, String number) {
    Platform view = view(service, number);
    view.start(service);
    return view;
  }

  // A view of the platform in which this instance is the service.
  private Platform view(Part service, String number) {
    String id = service.id() + "-" + number;
    Layout layout = platform.layout();
    return new Platform(
        new Layout(layout.root(), layout.state().resolve(id)),
        platform.ports().withFree(service),
        Map.of("INSTANCE_ID", id));
  }

  private Map<String, ProcessHandle> furtherProcesses() {
    Map<String, ProcessHandle> processes = new TreeMap<>();
    for (Platform view : further) {
      for (Part service : Topology.serviceParts()) {
        view.process(service)
            .ifPresent(
                process ->
                    processes.put(String.valueOf(view.layout().state().getFileName()), process));
      }
    }
    return processes;
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
    for (Platform view : further) {
      Topology.serviceParts().forEach(view::kill);
    }
    platform.downForGood();
  }
}
