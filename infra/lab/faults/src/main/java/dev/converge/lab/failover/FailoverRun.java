package dev.converge.lab.failover;

import dev.converge.lab.checker.DatabaseInvariants;
import dev.converge.lab.checker.EvidenceReader;
import dev.converge.lab.checker.KnownMessages;
import dev.converge.lab.checker.Quiescence;
import dev.converge.lab.failover.FailoverFigures.Failover;
import dev.converge.lab.failover.FailoverFigures.Mode;
import dev.converge.lab.failover.FailoverFigures.Outcome;
import dev.converge.lab.failover.FailoverFigures.Settings;
import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * The whole platform with a standby of order-db, under load, of which the primary is moved or lost
 * again and again. Closing it ends every process.
 */
final class FailoverRun implements AutoCloseable {
  private static final Scale SCALE = Scale.SMALLEST.with(Role.ORDER_DB, 2);
  private static final Duration PROTECTED_WITHIN = Duration.ofMinutes(2);
  private static final Duration ORDER_WITHIN = Duration.ofSeconds(60);
  private static final Duration QUIET_WITHIN = Duration.ofSeconds(150);

  /** After a loss that breaks promises some work never ends. */
  private static final Duration SETTLED_WITHIN = Duration.ofSeconds(30);

  /** Of load before a fault, for the latency. */
  private static final Duration BASELINE = Duration.ofSeconds(3);

  private static final int MOMENT_MILLIS = 2_000;

  private final Platform platform;
  private final OrderDatabase database;
  private final EvidenceReader reader;
  private final Settings settings;
  private final Consumer<String> progress;
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Thread closer = new Thread(this::endAll, "failover-run");
  private final List<Failover> failovers = new ArrayList<>();
  private final List<Outcome> outcomes = new ArrayList<>();

  /** Orders of the loads before. */
  private final Set<String> earlier = new HashSet<>();

  FailoverRun(Layout layout, Settings settings, Consumer<String> progress) {
    this.platform = new Platform(layout, Ports.free(), Map.of()).scaledTo(SCALE);
    this.database = new OrderDatabase(platform);
    this.reader = new EvidenceReader(platform);
    this.settings = settings;
    this.progress = progress;
    Runtime.getRuntime().addShutdownHook(closer);
  }

  FailoverFigures run() throws IOException, SQLException, InterruptedException, TimeoutException {
    progress.accept("starting the platform with a standby of order-db");
    platform.forget();
    platform.up((part, sinceBegin) -> {});
    LinkProxy toPrimary = LinkProxy.to(vertx, platform.ports().of(Part.ORDER_DB));
    toPrimary.delay(settings.lagMillis(), settings.lagMillis());
    awaitLink();
    String orderService = platform.ports().url(Part.ORDER_SERVICE);
    try (ContinuousOrders orders = new ContinuousOrders(orderService, settings.seed())) {
      for (int at = 0; at < settings.planned(); at++) {
        change(Mode.PLANNED, settings.seed() + at, orders, toPrimary);
      }
      for (int at = 0; at < settings.losses(); at++) {
        change(Mode.SYNCHRONOUS, settings.seed() + at, orders, toPrimary);
      }
      database.awaitProtected(PROTECTED_WITHIN);
      outcome(List.of(Mode.PLANNED, Mode.SYNCHRONOUS), orders, QUIET_WITHIN);
    }
    if (settings.asynchronousLosses() > 0) {
      try (ContinuousOrders orders = new ContinuousOrders(orderService, ~settings.seed())) {
        for (int at = 0; at < settings.asynchronousLosses(); at++) {
          change(Mode.ASYNCHRONOUS, settings.seed() + at, orders, toPrimary);
        }
        outcome(List.of(Mode.ASYNCHRONOUS), orders, SETTLED_WITHIN);
      }
    }
    return new FailoverFigures(settings, Machine.here(), failovers, outcomes);
  }

  // Links change on their event loop.
  private void awaitLink() throws TimeoutException {
    Promise<Void> changed = Promise.promise();
    vertx.runOnContext(after -> changed.complete());
    changed.future().await(ORDER_WITHIN.toSeconds(), TimeUnit.SECONDS);
  }

  private void change(Mode mode, long seed, ContinuousOrders orders, LinkProxy toPrimary)
      throws IOException, SQLException, InterruptedException, TimeoutException {
    database.awaitProtected(PROTECTED_WITHIN);
    database.replicateOver(toPrimary);
    Thread.sleep(BASELINE.toMillis());
    database.awaitProtected(PROTECTED_WITHIN);
    if (mode == Mode.ASYNCHRONOUS) {
      platform.kill(Part.SUPERVISOR);
      database.replicateAsynchronously();
    }
    long from = System.nanoTime();
    // At a moment that no one chose.
    Thread.sleep(BASELINE.toMillis() + new Random(seed).nextInt(MOMENT_MILLIS));
    Double latency =
        Figures.quantile(orders.latencies(from, System.nanoTime()).stream().sorted().toList(), 0.5);
    double millis = fail(mode, orders);
    Failover done = new Failover(mode, seed, millis, latency, database.primary().id());
    failovers.add(done);
    progress.accept(
        mode.says()
            + ", seed "
            + seed
            + ": no order for "
            + FailoverFigures.says(millis)
            + "; "
            + done.promoted()
            + " is the primary; "
            + orders.accepted().size()
            + " orders until now");
  }

  private double fail(Mode mode, ContinuousOrders orders) throws IOException {
    long begin = System.nanoTime();
    if (mode == Mode.PLANNED) {
      platform.failover(Role.ORDER_DB);
      long moved = System.nanoTime();
      // Some orders are accepted between its begin and the stop of the former primary.
      Duration unused = orders.awaitOrderAfter(begin, moved, ORDER_WITHIN);
      return millis(orders.longestGap(begin, moved));
    }
    Part lost = database.losePrimaryWithItsDisk();
    long done = System.nanoTime();
    if (mode == Mode.ASYNCHRONOUS) {
      platform.start(Part.SUPERVISOR);
    }
    double until = millis(orders.awaitOrderAfter(begin, done, ORDER_WITHIN));
    if (database.primary() == lost) {
      throw new IllegalStateException("no standby was promoted");
    }
    platform.start(lost);
    return until;
  }

  private static double millis(Duration time) {
    return time.toNanos() / 1e6;
  }

  private void outcome(List<Mode> modes, ContinuousOrders orders, Duration within)
      throws SQLException, InterruptedException {
    orders.end();
    boolean quiescent = new Quiescence(reader).await(within);
    Set<String> known = new HashSet<>(reader.strings("order", "SELECT order_id::text FROM orders"));
    Set<String> answered = new HashSet<>(orders.accepted().values());
    Outcome outcome =
        new Outcome(
            modes,
            answered.size(),
            orders.repeated(),
            answered.stream().filter(id -> !known.contains(id)).count(),
            known.stream().filter(id -> !answered.contains(id) && !earlier.contains(id)).count(),
            KnownMessages.violations(reader.books(), reader.topics()).size(),
            reader.strings("payment", "SELECT order_id::text FROM payment").stream()
                .filter(id -> !known.contains(id))
                .count(),
            quiescent,
            DatabaseInvariants.violations(reader.books()).size());
    earlier.addAll(answered);
    progress.accept(
        outcome.accepted()
            + " accepted, "
            + outcome.lost()
            + " lost, "
            + outcome.doubled()
            + " doubled, "
            + outcome.unknown()
            + " messages unknown, "
            + outcome.paidWithoutOrder()
            + " paid without an order");
    outcomes.add(outcome);
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    endAll();
  }

  private void endAll() {
    platform.killAll();
    vertx.close();
  }
}
