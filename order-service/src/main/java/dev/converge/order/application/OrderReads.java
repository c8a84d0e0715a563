package dev.converge.order.application;

import dev.converge.faults.TransientFaults;
import dev.converge.order.application.OrderStoryRepository.OrderStory;
import dev.converge.order.application.ReadNode.Seen;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.reads.ConsistencyToken;
import dev.converge.order.reads.NodePosition;
import dev.converge.order.reads.ReadLevel;
import dev.converge.order.reads.ReadRoute;
import dev.converge.order.reads.ReadRoute.Step;
import dev.converge.service.postgres.DatabaseConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads orders at a chosen level, from the primary or a replica: {@link ReadRoute} says which nodes
 * are asked, and {@link ReadLevel} whether one may answer. Without replicas the primary answers
 * each level. Belongs to one event loop.
 */
public final class OrderReads {
  /** The name of the primary in answers. */
  public static final String PRIMARY = "primary";

  private static final Logger LOG = LoggerFactory.getLogger(OrderReads.class);

  /** How long a session waits until a node shows what it has seen. */
  static final Duration WAITS = Duration.ofMillis(100);

  private static final long ASKS_AGAIN_MS = 5;
  private static final long REPLICA_WITHIN_MS = 500;
  private static final long TOKEN_WITHIN_MS = 500;

  /** No node may answer at the level now. */
  public static final class LevelNotMetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private LevelNotMetException(ReadLevel level, @Nullable Throwable cause) {
      super(level.label(), cause, false, false);
    }
  }

  /**
   * An answer.
   *
   * @param by the node that answered
   * @param staleMillis what it shows is at most this old
   * @param token for the session's next request; empty at other levels
   */
  public record Served<T>(T value, String by, long staleMillis, Optional<ConsistencyToken> token) {}

  private final Vertx vertx;
  private final Pool pool;
  private final OrderRepository orders;
  private final OrderStoryRepository stories;
  private final @Nullable ReadPrimary primary;
  private final List<Replica> replicas = new ArrayList<>();
  private final MeterRegistry meters;
  private final Coalesced<Void> barrier;
  private final Coalesced<NodePosition> position;
  private int turn;

  /**
   * @param pool of the primary
   * @param primary null if there are no replicas
   */
  public OrderReads(
      Vertx vertx,
      Pool pool,
      OrderRepository orders,
      OrderStoryRepository stories,
      @Nullable ReadPrimary primary,
      List<? extends ReadNode> replicas,
      MeterRegistry meters) {
    this.vertx = vertx;
    this.pool = pool;
    this.orders = orders;
    this.stories = stories;
    this.primary = primary;
    this.meters = meters;
    this.barrier = new Coalesced<>(() -> DatabaseConfig.inTime(known(primary).barrier()));
    this.position = new Coalesced<>(() -> DatabaseConfig.inTime(known(primary).position()));
    replicas.forEach(node -> this.replicas.add(new Replica(this.replicas.size() + 1, node)));
  }

  private static ReadPrimary known(@Nullable ReadPrimary primary) {
    if (primary == null) {
      throw new IllegalStateException("there are no replicas");
    }
    return primary;
  }

  /** A replica, and whether it answers. */
  private final class Replica {
    private final String name;
    private final ReadNode node;
    private final Coalesced<NodePosition> position;
    private final ReplicaCircuit circuit = new ReplicaCircuit();
    private volatile long staleMillis;

    Replica(int number, ReadNode node) {
      this.name = "replica-" + number;
      this.node = node;
      // A run without an answer must not hold up those that follow.
      this.position =
          new Coalesced<>(() -> node.position().timeout(REPLICA_WITHIN_MS, TimeUnit.MILLISECONDS));
      Gauge.builder("order.read.replica.staleness", this, replica -> replica.staleMillis / 1e3)
          .baseUnit("seconds")
          .tag("replica", name)
          .description("age of what the replica showed when it was last read")
          .register(meters);
    }

    void answered(NodePosition now) {
      circuit.answered();
      staleMillis = now.staleMillis();
    }

    void failed(Throwable cause) {
      meters.counter("order.read.replica.failures", "replica", name).increment();
      if (circuit.failed(System.nanoTime())) {
        LOG.warn("{} does not answer; reads ask others: {}", name, String.valueOf(cause));
      }
    }
  }

  /** The order, its saga and its timeline, from one snapshot. */
  public Future<Served<Optional<OrderStory>>> story(ReadLevel level, UUID orderId) {
    return read(level, client -> stories.find(client, orderId));
  }

  /** A page of orders, the newest first. */
  public Future<Served<List<Order>>> list(
      ReadLevel level, @Nullable UUID before, @Nullable OrderStatus status, int limit) {
    return read(level, client -> orders.list(client, before, status, limit));
  }

  /**
   * The token of a write that has been committed; empty if there are no replicas, or the position
   * is not known. Never fails: the write is done.
   *
   * @param before the session's token of its last answer
   */
  public Future<Optional<ConsistencyToken>> afterWrite(Optional<ConsistencyToken> before) {
    return primary == null
        ? Future.succeededFuture(Optional.empty())
        : position
            .run()
            .timeout(TOKEN_WITHIN_MS, TimeUnit.MILLISECONDS)
            .map(now -> Optional.of(ConsistencyToken.ofPrimary(now, before)))
            .recover(OrderReads::noToken);
  }

  private static Future<Optional<ConsistencyToken>> noToken(Throwable cause) {
    LOG.debug("no token for a write: {}", String.valueOf(cause));
    return Future.succeededFuture(Optional.empty());
  }

  private <T> Future<Served<T>> read(ReadLevel level, Function<SqlClient, Future<T>> query) {
    Future<Served<T>> served =
        primary == null
            ? DatabaseConfig.inTime(query.apply(pool)).map(OrderReads::alone)
            : new Reading<>(level, query, primary).next();
    return served
        .onSuccess(answer -> count(level, answer.by().equals(PRIMARY) ? PRIMARY : "replica"))
        .onFailure(refused -> count(level, "none"));
  }

  private static <T> Served<T> alone(T value) {
    return new Served<>(value, PRIMARY, 0, Optional.empty());
  }

  private void count(ReadLevel level, String by) {
    meters.counter("order.reads", "level", level.label(), "served", by).increment();
  }

  private List<Step> route(ReadLevel level) {
    long now = System.nanoTime();
    turn = Math.floorMod(turn + 1, Math.max(1, replicas.size()));
    return ReadRoute.of(
        level, replicas.size(), turn, number -> replicas.get(number).circuit.admits(now));
  }

  /** One read on its way along the nodes. */
  private final class Reading<T> {
    private final ReadLevel level;
    private final Function<SqlClient, Future<T>> query;
    private final ReadPrimary primary;
    private final Iterator<Step> steps;
    private @Nullable Throwable failure;

    Reading(ReadLevel level, Function<SqlClient, Future<T>> query, ReadPrimary primary) {
      this.level = level;
      this.query = query;
      this.primary = primary;
      this.steps = route(level).iterator();
    }

    Future<Served<T>> next() {
      if (!steps.hasNext()) {
        return Future.failedFuture(new LevelNotMetException(level, failure));
      }
      Step step = steps.next();
      Future<Optional<Served<T>>> asked =
          step.isPrimary() ? ofPrimary(step) : ofReplica(replicas.get(step.replica()), step);
      return asked.compose(answer -> answer.map(Future::succeededFuture).orElseGet(this::next));
    }

    private Future<Optional<Served<T>>> ofReplica(Replica replica, Step step) {
      Future<Boolean> ready =
          step.waits()
              ? shows(replica.position, level::isMetByReplica)
              : Future.succeededFuture(true);
      return ready
          .compose(
              is -> is ? onReplica(replica) : Future.succeededFuture(Optional.<Served<T>>empty()))
          .timeout(REPLICA_WITHIN_MS, TimeUnit.MILLISECONDS)
          .recover(cause -> failed(replica, cause));
    }

    private Future<Optional<Served<T>>> onReplica(Replica replica) {
      return replica.node.read(query).map(seen -> ofReplica(replica, seen));
    }

    private Optional<Served<T>> ofReplica(Replica replica, Seen<T> seen) {
      NodePosition before = seen.before();
      replica.answered(before);
      // A node that was promoted answers as the primary, at the primary's address.
      if (!before.isReplica() || !level.isMetByReplica(before)) {
        return Optional.empty();
      }
      return Optional.of(
          new Served<>(
              seen.value(),
              replica.name,
              before.staleMillis(),
              token(sent -> ConsistencyToken.ofReplica(seen.after(), sent))));
    }

    private Future<Optional<Served<T>>> failed(Replica replica, Throwable cause) {
      replica.failed(cause);
      return Future.succeededFuture(Optional.empty());
    }

    private Future<Optional<Served<T>>> ofPrimary(Step step) {
      Future<Boolean> ready =
          step.waits() ? shows(position, level::isMetByPrimary) : Future.succeededFuture(true);
      return DatabaseConfig.inTime(
              ready.compose(
                  is -> is ? onPrimary() : Future.succeededFuture(Optional.<Served<T>>empty())))
          .recover(this::failedAtPrimary);
    }

    private Future<Optional<Served<T>>> onPrimary() {
      if (level.asksReplicas()) {
        return primary.read(query).map(this::ofPrimary);
      }
      // After the read: what it has shown is then on a standby, too.
      return query
          .apply(pool)
          .compose(value -> barrier.run().map(passed -> Optional.of(alone(value))));
    }

    private Optional<Served<T>> ofPrimary(Seen<T> seen) {
      return seen.before().isReplica() || !level.isMetByPrimary(seen.before())
          ? Optional.empty()
          : Optional.of(
              new Served<>(
                  seen.value(),
                  PRIMARY,
                  0,
                  token(sent -> ConsistencyToken.ofPrimary(seen.after(), sent))));
    }

    private Future<Optional<Served<T>>> failedAtPrimary(Throwable cause) {
      failure = cause;
      return level.asksReplicas() && TransientFaults.isTransient(cause)
          ? Future.succeededFuture(Optional.empty())
          : Future.failedFuture(cause);
    }

    /** The token of an answer; empty at other levels than a session. */
    private Optional<ConsistencyToken> token(
        Function<Optional<ConsistencyToken>, ConsistencyToken> after) {
      return level instanceof ReadLevel.Session session
          ? Optional.of(after.apply(session.token()))
          : Optional.empty();
    }

    /** Whether a node shows what it must before a wait is over. */
    private Future<Boolean> shows(Coalesced<NodePosition> node, Predicate<NodePosition> isMet) {
      return shows(node, isMet, System.nanoTime() + WAITS.toNanos());
    }

    private Future<Boolean> shows(
        Coalesced<NodePosition> node, Predicate<NodePosition> isMet, long untilNanos) {
      return node.run()
          .compose(now -> isMet.test(now) ? yes() : showsLater(node, isMet, untilNanos, now));
    }

    private Future<Boolean> showsLater(
        Coalesced<NodePosition> node,
        Predicate<NodePosition> isMet,
        long untilNanos,
        NodePosition now) {
      if (!now.isWorthWaitingFor() || System.nanoTime() - untilNanos >= 0) {
        return Future.succeededFuture(false);
      }
      return vertx
          .timer(ASKS_AGAIN_MS, TimeUnit.MILLISECONDS)
          .compose(due -> shows(node, isMet, untilNanos));
    }

    private Future<Boolean> yes() {
      return Future.succeededFuture(true);
    }
  }
}
