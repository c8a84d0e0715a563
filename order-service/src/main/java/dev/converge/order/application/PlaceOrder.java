package dev.converge.order.application;

import dev.converge.order.domain.Order;
import dev.converge.order.postgres.IdempotencyKeyRepository;
import dev.converge.order.postgres.IdempotencyKeyRepository.IdempotencyKey;
import dev.converge.order.postgres.OrderRepository;
import dev.converge.service.GroupCommit;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
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
        new GroupCommit<>("order.place", meters, MAX_BATCH, MAX_WAITING, MAX_REST, this::commit);
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
   * @param orderId the order that stands under the key
   * @param order the request's own order
   */
  public record Answer(Verdict verdict, UUID orderId, Order order) {}

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
    return start(tx, placed)
        .compose(started -> keys.find(tx, usedBefore))
        .map(known -> requests.stream().map(r -> answer(r, firsts, known)).toList());
  }

  private Future<Void> start(SqlConnection tx, List<Order> placed) {
    return placed.isEmpty()
        ? Future.succeededFuture()
        : Future.join(orders.insert(tx, placed), sagas.start(tx, placed)).mapEmpty();
  }

  private static Answer answer(
      Request request, Map<String, Request> firsts, Map<String, IdempotencyKey> known) {
    IdempotencyKey before = known.get(request.key());
    if (before != null) {
      return answer(request, before.fingerprint(), before.orderId());
    }
    Request first = firsts.get(request.key());
    if (first == null) {
      throw new IllegalStateException("a key was neither taken nor found: " + request.key());
    }
    return first.order().orderId().equals(request.order().orderId())
        ? new Answer(Verdict.ACCEPTED, request.order().orderId(), request.order())
        : answer(request, first.fingerprint(), first.order().orderId());
  }

  private static Answer answer(Request request, Buffer fingerprint, UUID orderId) {
    boolean same = fingerprint.equals(request.fingerprint());
    return new Answer(same ? Verdict.REPLAYED : Verdict.KEY_REUSED, orderId, request.order());
  }
}
