package dev.converge.inventory.messaging;

import dev.converge.faults.TransientFaults;
import dev.converge.inventory.application.DeferredCommandRepository;
import dev.converge.inventory.application.DeferredCommandRepository.Backlog;
import dev.converge.outbox.InboundMessage;
import dev.converge.service.postgres.HeldRows;
import dev.converge.timing.Periodic;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles deferred commands once the stock that they need is free: polls for them, in the order of
 * their arrival. Several instances take turns.
 */
public final class DeferredCommands extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(DeferredCommands.class);
  static final int MAX_BATCH = 200;
  private static final Duration POLL = Duration.ofMillis(500);

  // Without other protocols nothing is deferred. Commands may be left from a start with them: once
  // none is, polling ends.
  private static final Duration POLL_WITHOUT_PROTOCOLS = Duration.ofSeconds(10);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final Pool pool;
  private final DeferredCommandRepository deferred;
  private final StockCommandHandler handler;
  private final HeldRows heldRows;
  private final Duration interval;
  private final Periodic polls = new Periodic(this::poll, this::failed);
  private volatile Backlog backlog = new Backlog(0, Duration.ZERO);
  private volatile boolean isPolling = true;

  public DeferredCommands(
      Pool pool,
      DeferredCommandRepository deferred,
      StockCommandHandler handler,
      HeldRows heldRows,
      MeterRegistry meters) {
    this.pool = pool;
    this.deferred = deferred;
    this.handler = handler;
    this.heldRows = heldRows;
    this.interval = heldRows.arePossible() ? POLL : POLL_WITHOUT_PROTOCOLS;
    Gauge.builder("inventory.commands.deferred", this, self -> self.backlog.commands())
        .description("Commands that wait for stock that a branch in doubt holds")
        .register(meters);
    Gauge.builder(
            "inventory.oldest.deferred.age", this, self -> self.backlog.oldest().toMillis() / 1e3)
        .description("Age of the oldest of them in seconds")
        .register(meters);
  }

  @Override
  public Future<?> start() {
    // Commands may have been deferred before: the later ones of their orders must wait.
    heldRows.suspect();
    polls.start(vertx, POLL);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    polls.stop();
    return Future.succeededFuture();
  }

  private Future<Duration> poll() {
    long startNanos = System.nanoTime();
    return handleFree().map(handled -> handled == MAX_BATCH ? Duration.ZERO : pause(startNanos));
  }

  // Polling reads all deferred commands: while there are many, it takes a tenth of the time.
  private Duration pause(long startNanos) {
    Duration nineTimes = Duration.ofNanos(9 * (System.nanoTime() - startNanos));
    return interval.compareTo(nineTimes) > 0 ? interval : nineTimes;
  }

  private Duration failed(Throwable cause) {
    LOG.warn("deferred commands not handled, next poll in {}: {}", interval, String.valueOf(cause));
    return interval;
  }

  /** Handles commands whose stock is free, at most {@value #MAX_BATCH}; returns their number. */
  Future<Integer> handleFree() {
    return deferred
        .backlog(pool)
        .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(this::waiting)
        .compose(found -> found.commands() == 0 ? Future.succeededFuture(0) : handleFirst());
  }

  private void waiting(Backlog found) {
    backlog = found;
    if (found.commands() > 0) {
      // Also if another instance has deferred them: the later commands of their orders wait.
      heldRows.suspect();
    } else if (!heldRows.arePossible()) {
      isPolling = false;
      polls.stop();
    }
  }

  boolean isPolling() {
    return isPolling;
  }

  private Future<Integer> handleFirst() {
    return handle(Optional.empty())
        .recover(
            cause ->
                TransientFaults.isTransient(cause) ? Future.failedFuture(cause) : orderByOrder());
  }

  private Future<Integer> handle(Optional<UUID> orderId) {
    return inTransaction(tx -> handle(tx, orderId));
  }

  private Future<Integer> handle(SqlConnection tx, Optional<UUID> orderId) {
    return deferred.takeFree(tx, orderId, MAX_BATCH).compose(taken -> handle(tx, taken));
  }

  private Future<Integer> handle(SqlConnection tx, List<InboundMessage> taken) {
    return taken.isEmpty()
        ? Future.succeededFuture(0)
        : handler
            .handleDeferred(tx, taken)
            .compose(handled -> deferred.delete(tx, handled).map(handled.size()));
  }

  /** The result of handling deferred commands order by order. */
  private static final class Pass {
    private int handled;
    private int failedOrders;
    private @Nullable Throwable cause;
  }

  // A command that cannot be handled stays, and is reported by the audit. It delays its own order
  // only.
  private Future<Integer> orderByOrder() {
    return inTransaction(tx -> deferred.takeFree(tx, Optional.empty(), MAX_BATCH))
        .compose(taken -> orderByOrder(orders(taken), 0, new Pass()))
        .compose(DeferredCommands::ended);
  }

  private static List<UUID> orders(List<InboundMessage> taken) {
    return taken.stream()
        .map(message -> UUID.fromString(message.aggregateId()))
        .distinct()
        .toList();
  }

  private Future<Pass> orderByOrder(List<UUID> orders, int next, Pass pass) {
    return next == orders.size()
        ? Future.succeededFuture(pass)
        : handle(Optional.of(orders.get(next)))
            .onSuccess(handled -> pass.handled += handled)
            .otherwise(cause -> notHandled(cause, pass))
            .compose(done -> orderByOrder(orders, next + 1, pass));
  }

  private static int notHandled(Throwable cause, Pass pass) {
    pass.failedOrders++;
    pass.cause = cause;
    return 0;
  }

  private static Future<Integer> ended(Pass pass) {
    Throwable cause = pass.cause;
    if (cause != null && pass.handled == 0) {
      return Future.failedFuture(cause);
    }
    if (cause != null) {
      LOG.warn(
          "orders whose deferred commands cannot be handled: {}, such as for {}",
          pass.failedOrders,
          String.valueOf(cause));
    }
    return Future.succeededFuture(pass.handled);
  }

  private <T> Future<T> inTransaction(Function<SqlConnection, Future<T>> work) {
    return pool.withTransaction(work).timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }
}
