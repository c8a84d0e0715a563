package dev.converge.order.application;

import dev.converge.faults.UnexpectedRowsException;
import dev.converge.order.application.IdempotencyKeyRepository.IdempotencyKey;
import dev.converge.order.application.OrderProtocols.UndecidedException;
import dev.converge.order.domain.Acceptance;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.UsedKey;
import dev.converge.order.domain.Order;
import dev.converge.service.postgres.GroupCommit;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Accepts orders: admits a request, then commits it in a transaction that it shares with those that
 * arrive at the same time. Key, order, saga and first command become visible together or not at
 * all. {@link Acceptance} decides.
 */
public final class PlaceOrder {
  private static final int MAX_BATCH = 256;
  private static final int MAX_WAITING = 1_024;
  private static final long COMMIT_TIMEOUT_MS = 5_000;

  // A transaction has a cost from here over Debezium to the next consumer: many orders share it.
  private static final Duration MAX_LINGER = Duration.ofMillis(10);

  private final Pool pool;
  private final IdempotencyKeyRepository keys;
  private final OrderRepository orders;
  private final SagaEngine sagas;
  private final AdmissionControl admission;
  private final boolean besideProtocols;
  private final GroupCommit<Request, Optional<Answer>> commits;

  /**
   * @param besideProtocols whether other protocols than the saga are on, whose transactions may
   *     stay in doubt with their keys
   */
  public PlaceOrder(
      Vertx vertx,
      Pool pool,
      IdempotencyKeyRepository keys,
      OrderRepository orders,
      SagaEngine sagas,
      AdmissionControl admission,
      MeterRegistry meters,
      boolean besideProtocols) {
    this.pool = pool;
    this.keys = keys;
    this.orders = orders;
    this.sagas = sagas;
    this.admission = admission;
    this.besideProtocols = besideProtocols;
    this.commits =
        new GroupCommit<>(
            vertx, "order.place", meters, MAX_BATCH, MAX_WAITING, MAX_LINGER, this::commit);
  }

  /**
   * Accepts an order, or finds the one that its key belongs to.
   *
   * @param request creates the request after admission: time spent queued does not count as the
   *     order's age
   * @return failed with {@link UndecidedException} if a transaction in doubt has the key
   */
  public Future<Answer> place(Supplier<Request> request) {
    return admission
        .admit()
        .compose(admitted -> commits.submit(request.get()))
        .compose(PlaceOrder::orInDoubt);
  }

  private static Future<Answer> orInDoubt(Optional<Answer> answer) {
    return answer
        .map(Future::succeededFuture)
        .orElseGet(() -> Future.failedFuture(UndecidedException.ofKeyInDoubt()));
  }

  /** The answers of a group; empty for a request whose key is in doubt. */
  private Future<List<Optional<Answer>>> commit(List<Request> requests) {
    return pool.withTransaction(tx -> placeUnlessInDoubt(tx, requests))
        .timeout(COMMIT_TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  // The row of a key in doubt stays locked: the whole group would wait for it, and fail.
  private Future<List<Optional<Answer>>> placeUnlessInDoubt(
      SqlConnection tx, List<Request> requests) {
    return inDoubt(tx, requests).compose(inDoubt -> placeOthers(tx, requests, inDoubt));
  }

  private Future<Set<String>> inDoubt(SqlConnection tx, List<Request> requests) {
    return besideProtocols
        ? keys.inDoubt(tx, Acceptance.firstOfEachKey(requests).stream().map(Request::key).toList())
        : Future.succeededFuture(Set.of());
  }

  private Future<List<Optional<Answer>>> placeOthers(
      SqlConnection tx, List<Request> requests, Set<String> inDoubt) {
    List<Request> others =
        requests.stream().filter(request -> !inDoubt.contains(request.key())).toList();
    return others.isEmpty()
        ? Future.succeededFuture(requests.stream().map(each -> Optional.<Answer>empty()).toList())
        : place(tx, others).map(answers -> inOrder(requests, inDoubt, answers));
  }

  private static List<Optional<Answer>> inOrder(
      List<Request> requests, Set<String> inDoubt, List<Answer> answers) {
    Iterator<Answer> next = answers.iterator();
    return requests.stream()
        .map(
            request ->
                inDoubt.contains(request.key())
                    ? Optional.<Answer>empty()
                    : Optional.of(next.next()))
        .toList();
  }

  private Future<List<Answer>> place(SqlConnection tx, List<Request> requests) {
    List<IdempotencyKey> wanted =
        Acceptance.firstOfEachKey(requests).stream().map(PlaceOrder::key).toList();
    return keys.take(tx, wanted)
        .compose(taken -> usedBefore(tx, wanted, taken))
        .map(used -> Acceptance.decide(requests, used))
        .compose(decided -> start(tx, decided.accepted()).map(decided.answers()));
  }

  private static IdempotencyKey key(Request request) {
    return new IdempotencyKey(request.key(), request.fingerprint(), request.order().orderId());
  }

  // One statement for all keys: a flood of repeated requests must not need a connection each.
  private Future<Map<String, UsedKey>> usedBefore(
      SqlConnection tx, List<IdempotencyKey> wanted, Set<String> taken) {
    List<String> used =
        wanted.stream().map(IdempotencyKey::key).filter(key -> !taken.contains(key)).toList();
    return keys.find(tx, used).compose(found -> withOrders(tx, used, found));
  }

  private Future<Map<String, UsedKey>> withOrders(
      SqlConnection tx, List<String> used, Map<String, IdempotencyKey> found) {
    List<UUID> orderIds = found.values().stream().map(IdempotencyKey::orderId).toList();
    return orders.findAll(tx, orderIds).map(stored -> join(used, found, stored));
  }

  private static Map<String, UsedKey> join(
      List<String> used, Map<String, IdempotencyKey> found, Map<UUID, Order> stored) {
    Map<String, UsedKey> known = new HashMap<>();
    for (String name : used) {
      IdempotencyKey key = found.get(name);
      if (key == null) {
        // Pruned since it was found to be used, or a trigger dropped its row. The transaction
        // fails, and the group commit tries each request again.
        throw new UnexpectedRowsException("a key was neither taken nor found: " + name);
      }
      Order order = stored.get(key.orderId());
      if (order == null) {
        throw new UnexpectedRowsException("a key without its order: " + key.orderId());
      }
      known.put(name, new UsedKey(key.fingerprint(), order));
    }
    return known;
  }

  private Future<Void> start(SqlConnection tx, List<Order> accepted) {
    // Pipelined: the statements are sent without waiting.
    return accepted.isEmpty()
        ? Future.succeededFuture()
        : Future.join(orders.insert(tx, accepted), sagas.start(tx, accepted)).mapEmpty();
  }
}
