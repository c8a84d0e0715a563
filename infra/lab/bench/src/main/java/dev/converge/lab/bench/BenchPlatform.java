package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Idle;
import dev.converge.lab.bench.BenchReport.Start;
import dev.converge.lab.load.OrderBodies;
import dev.converge.platform.Http;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The platform under measurement. Closing it ends every process, the load generator's too. */
final class BenchPlatform implements AutoCloseable {
  private static final Duration FIRST_ORDER_WITHIN = Duration.ofMinutes(3);
  private static final Duration FIRST_ORDER_EVERY = Duration.ofMillis(100);
  // The reconcilers read rows that are ten seconds old, every 15 seconds.
  private static final Duration RECONCILED = Duration.ofSeconds(40);

  /** After load, the compilers are busy for longer than the reconcilers. */
  private static final Duration RESTED = Duration.ofSeconds(90);

  private static final long STOCK = 1_000_000_000L;

  private final Layout layout;
  private final Ports ports;
  private final RawLog raw;
  private final Http http = new Http();
  private final Thread closer = new Thread(this::end, "bench-platform");
  private Platform platform;
  private @Nullable LoadSteps load;

  BenchPlatform(Layout layout, Ports ports, double traces, @Nullable Path raw) {
    this.layout = layout;
    this.ports = ports;
    this.raw = new RawLog(raw);
    this.platform = platform(layout, ports, traces);
    Runtime.getRuntime().addShutdownHook(closer);
  }

  /** A platform like the user's, whose services sample this share of traces. */
  private static Platform platform(Layout layout, Ports ports, double traces) {
    return new Platform(
        layout,
        ports,
        Map.of(
            "OTEL_TRACES_SAMPLER",
            "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG",
            Double.toString(traces)));
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
      Pause.of(FIRST_ORDER_EVERY);
    }
    double firstCompleted = (System.nanoTime() - begin) / 1e9;
    Start start = new Start(ready.join(), firstCompleted);
    raw.keep("start", start);
    return start;
  }

  /** Measures the limits of the machine; then everything runs again. */
  Baseline baseline(Duration each) {
    Baseline baseline =
        new BaselineMeasurement(platform, () -> platform(baselineLayout(), ports, 0), each)
            .measure(() -> Wording.sum(Snapshot.residentMiB(platform)));
    raw.keep("baseline", baseline);
    return baseline;
  }

  private Layout baselineLayout() {
    return new Layout(layout.root(), layout.state().resolve("baseline"));
  }

  /** Fills the stock and starts the load generator. */
  LoadSteps startLoad() {
    OrderBodies.skus().forEach(this::stock);
    LoadSteps started =
        new LoadSteps(() -> platform, ports, raw, layout.state().resolve("load-generator.log"));
    load = started;
    return started;
  }

  private void stock(String sku) {
    String url = ports.url(Part.INVENTORY_SERVICE) + "/stock/" + sku;
    try {
      Http.Answer answer = http.send("PUT", url, "{\"available\":" + STOCK + "}");
      if (answer.status() >= 300) {
        throw new BenchException("stock of " + sku + ": " + answer.status());
      }
    } catch (IOException e) {
      throw new BenchException("PUT " + url, e);
    }
  }

  /** Measures the costs of the platform without orders. */
  Idle idle(Duration during) {
    Pause.of(RESTED);
    Map<String, Double> before = Snapshot.cpuMillis(platform);
    Pause.of(during);
    Map<String, Double> after = Snapshot.cpuMillis(platform);
    Map<String, Double> percent = new LinkedHashMap<>();
    after.forEach(
        (part, millis) ->
            percent.put(
                part, 100 * (millis - before.getOrDefault(part, millis)) / during.toMillis()));
    Idle idle = new Idle(percent, Snapshot.residentMiB(platform));
    raw.keep("idle", idle);
    return idle;
  }

  /** Waits until the reconcilers have read all earlier rows. */
  void settle() {
    Pause.of(RECONCILED);
  }

  /** The platform that runs now. */
  Platform platform() {
    return platform;
  }

  /** Restarts the services with another share of traces sampled. */
  void restartServices(double traces) {
    List<Part> services = Topology.serviceParts();
    services.forEach(platform::stop);
    platform = platform(layout, ports, traces);
    services.forEach(platform::start);
    Objects.requireNonNull(load).countersReset();
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    end();
  }

  private void end() {
    if (load != null) {
      load.close();
    }
    platform.downForGood();
    // The run may have been ended while the baseline of the start was measured.
    platform(baselineLayout(), ports, 0).down();
  }
}
