package dev.converge.order.application;

import dev.converge.order.domain.Order;
import dev.converge.order.postgres.IdempotencyKeyRepository;
import dev.converge.order.postgres.IdempotencyKeyRepository.IdempotencyKey;
import dev.converge.order.postgres.OrderRepository;
import dev.converge.service.GroupCommit;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Accepts orders. The key, the order, its saga and the first command become visible together or not
 * at all; orders that arrive together share a transaction.
 */
public final class PlaceOrder {
  private static final int MAX_BATCH = 256;
  private static final int MAX_WAITING = 1_024;
  private static final long COMMIT_WITHIN_MS = 5_000;

  // What a transaction costs, from here over Debezium to the next consumer, many orders share.
  private static final Duration MAX_REST = Duration.ofMillis(10);

  private final Pool pool;
  private final IdempotencyKeyRepository keys;
  private final OrderRepository orders;
  private final SagaCoordinator sagas;
  private final AdmissionControl admission;
  private final GroupCommit<Request, Answer> commits;
  // Repeated requests come in rows, after a fault; else there are next to none.
  private boolean replayed;

  public PlaceOrder(
      Vertx vertx,
      Pool pool,
      IdempotencyKeyRepository keys,
      OrderRepository orders,
      SagaCoordinator sagas,
      AdmissionControl admission,
      MeterRegistry meters) {
    this.pool = pool;
    this.keys = keys;
    this.orders = orders;
    this.sagas = sagas;
    this.admission = admission;
    this.commits =
        new GroupCommit<>(
            vertx, "order.place", meters, MAX_BATCH, MAX_WAITING, MAX_REST, this::commit);
  }

  /**
   * An order to accept.
   *
   * @param fingerprint tells this request from another one with the same key
   */
  public record Request(String key, Buffer fingerprint, Order order) {}

  /** What became of a request. */
  public enum Verdict {
    ACCEPTED,
    /** The same request was accepted before. */
    REPLAYED,
    /** The key was used before, for another request. */
    KEY_REUSED
  }

  /**
   * The answer to a request.
   *
   * @param order the order that stands under the key, as it was when this request was looked at
   */
  public record Answer(Verdict verdict, Order order) {}

  /** A key that was used before, and the order it stands for. */
  private record Known(IdempotencyKey key, Order order) {}

  /**
   * Accepts an order, or finds the one its key stands for.
   *
   * @param request made once the order may come in, so that its wait is none of its age
   */
  public Future<Answer> place(Supplier<Request> request) {
    return admission.enter().compose(entered -> commits.submit(request.get()));
  }

  private Future<List<Answer>> commit(List<Request> requests) {
    Map<String, Request> firsts = new LinkedHashMap<>();
    requests.forEach(request -> firsts.putIfAbsent(request.key(), request));
    return write(requests, firsts).onSuccess(this::remember);
  }

  private Future<List<Answer>> write(List<Request> requests, Map<String, Request> firsts) {
    return replayed
        ? transaction(tx -> accept(tx, requests, firsts))
        : transaction(tx -> acceptNew(tx, requests, firsts))
            .recover(
                cause ->
                    IdempotencyKeyRepository.wasTaken(cause)
                        ? transaction(tx -> accept(tx, requests, firsts))
                        : Future.failedFuture(cause));
  }

  private Future<List<Answer>> transaction(Function<SqlConnection, Future<List<Answer>>> work) {
    return pool.withTransaction(work).timeout(COMMIT_WITHIN_MS, TimeUnit.MILLISECONDS);
  }

  private void remember(List<Answer> answers) {
    replayed = answers.stream().anyMatch(answer -> answer.verdict() != Verdict.ACCEPTED);
  }

  /** All keys are taken to be new: nothing waits for an answer before the commit. */
  private Future<List<Answer>> acceptNew(
      SqlConnection tx, List<Request> requests, Map<String, Request> firsts) {
    List<Order> placed = firsts.values().stream().map(Request::order).toList();
    return Future.join(keys.takeNew(tx, wanted(firsts)), start(tx, placed))
        .map(written -> requests.stream().map(r -> answer(r, firsts, Map.of())).toList());
  }

  private Future<List<Answer>> accept(
      SqlConnection tx, List<Request> requests, Map<String, Request> firsts) {
    return keys.take(tx, wanted(firsts)).compose(taken -> insert(tx, requests, firsts, taken));
  }

  private static List<IdempotencyKey> wanted(Map<String, Request> firsts) {
    return firsts.values().stream()
        .map(
            request ->
                new IdempotencyKey(request.key(), request.fingerprint(), request.order().orderId()))
        .toList();
  }

  private Future<List<Answer>> insert(
      SqlConnection tx, List<Request> requests, Map<String, Request> firsts, Set<String> taken) {
    List<Order> placed =
        firsts.values().stream()
            .filter(request -> taken.contains(request.key()))
            .map(Request::order)
            .toList();
    List<String> usedBefore = firsts.keySet().stream().filter(key -> !taken.contains(key)).toList();
    Map<String, Request> accepted = new HashMap<>(firsts);
    accepted.keySet().retainAll(taken);
    // A key that was taken and is forgotten meanwhile is in neither: then all of it is made again.
    return start(tx, placed)
        .compose(started -> known(tx, usedBefore))
        .map(known -> requests.stream().map(r -> answer(r, accepted, known)).toList());
  }

  // In one statement for all of them: a flood of repeated requests must not need a connection each.
  private Future<Map<String, Known>> known(SqlConnection tx, List<String> usedBefore) {
    return keys.find(tx, usedBefore)
        .compose(
            found ->
                orders
                    .findAll(tx, found.values().stream().map(IdempotencyKey::orderId).toList())
                    .map(stored -> join(found, stored)));
  }

  private static Map<String, Known> join(
      Map<String, IdempotencyKey> found, Map<UUID, Order> stored) {
    Map<String, Known> known = new HashMap<>();
    found.forEach((name, key) -> known.put(name, new Known(key, order(stored, key.orderId()))));
    return known;
  }

  private static Order order(Map<UUID, Order> stored, UUID orderId) {
    Order order = stored.get(orderId);
    if (order == null) {
      throw new IllegalStateException("a key without its order: " + orderId);
    }
    return order;
  }

  private Future<Void> start(SqlConnection tx, List<Order> placed) {
    return placed.isEmpty()
        ? Future.succeededFuture()
        : Future.join(orders.insert(tx, placed), sagas.start(tx, placed)).mapEmpty();
  }

  private static Answer answer(
      Request request, Map<String, Request> accepted, Map<String, Known> known) {
    Known before = known.get(request.key());
    if (before != null) {
      return answer(request, before.key().fingerprint(), before.order());
    }
    Request first = accepted.get(request.key());
    if (first == null) {
      throw new IllegalStateException("a key was neither taken nor found: " + request.key());
    }
    return first.order().orderId().equals(request.order().orderId())
        ? new Answer(Verdict.ACCEPTED, request.order())
        : answer(request, first.fingerprint(), first.order());
  }

  private static Answer answer(Request request, Buffer fingerprint, Order order) {
    boolean same = fingerprint.equals(request.fingerprint());
    return new Answer(same ? Verdict.REPLAYED : Verdict.KEY_REUSED, order);
  }
}
