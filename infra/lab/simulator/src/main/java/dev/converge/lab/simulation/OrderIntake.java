package dev.converge.lab.simulation;

import dev.converge.lab.simulation.Client.Verdict;
import dev.converge.lab.simulation.OrderDatabase.Fingerprint;
import dev.converge.lab.simulation.OrderDatabase.IdempotencyKey;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.SagaSignal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One instance's requests: those that arrive while a transaction is in flight share the next one.
 */
final class OrderIntake implements Instance.Part {
  private record Request(Client client, Order order) {
    Fingerprint fingerprint() {
      return client.fingerprint();
    }
  }

  private final World world;
  private final Instance instance;
  private final OrderService service;
  private final List<Request> waiting = new ArrayList<>();
  private boolean busy;

  OrderIntake(World world, Instance instance, OrderService service) {
    this.world = world;
    this.instance = instance;
    this.service = service;
    instance.add(this);
  }

  boolean isUp() {
    return instance.isUp();
  }

  /** A client's order arrives. */
  void place(Client client) {
    Fingerprint asked = client.fingerprint();
    Order order =
        Order.placed(
            world.newOrderId(),
            client.key(),
            "EUR",
            asked.lines(),
            asked.token(),
            null,
            service.clock().now());
    waiting.add(new Request(client, order));
    work();
  }

  private void work() {
    if (!busy && !waiting.isEmpty()) {
      busy = true;
      List<Request> group = List.copyOf(waiting);
      waiting.clear();
      if (group.size() > 1) {
        world.count(Happening.GROUP_COMMIT);
      }
      instance.next(() -> begin(group));
    }
  }

  private void done() {
    busy = false;
    work();
  }

  private void begin(List<Request> group) {
    Map<String, Request> firsts = new LinkedHashMap<>();
    group.forEach(request -> firsts.putIfAbsent(request.client().key(), request));
    Transaction tx = service.database().begin(instance);
    // A key in flight elsewhere is waited for.
    if (!tx.lock(firsts.keySet().stream().map(OrderDatabase::keyRow).toList())) {
      service.database().whenFree(instance.alive(() -> begin(group)));
      return;
    }
    Map<String, IdempotencyKey> keys = service.tables().keys();
    Map<String, IdempotencyKey> known = new LinkedHashMap<>();
    Map<String, IdempotencyKey> taken = new LinkedHashMap<>();
    for (Request first : firsts.values()) {
      String key = first.client().key();
      IdempotencyKey before = keys.get(key);
      if (before != null) {
        known.put(key, before);
      } else {
        taken.put(key, new IdempotencyKey(first.fingerprint(), first.order().orderId()));
        service.start(tx, instance, first.order());
      }
    }
    if (!world.is(Broken.KEY_IN_OTHER_TRANSACTION)) {
      tx.write(() -> keys.putAll(taken));
    }
    known.putAll(taken);
    instance.next(() -> commit(tx, group, taken, known));
  }

  private void commit(
      Transaction tx,
      List<Request> group,
      Map<String, IdempotencyKey> taken,
      Map<String, IdempotencyKey> known) {
    if (instance.crashes(Happening.CRASH_OF_INTAKE)) {
      return;
    }
    if (world.faults().strikes(Fault.LOST_CONNECTION)) {
      world.count(Happening.CONNECTION_LOST);
      tx.rollback();
      done();
      return;
    }
    tx.commit();
    taken.values().forEach(key -> world.count(Happening.ORDER_PLACED));
    if (instance.crashes(Happening.CRASH_OF_INTAKE)) {
      return;
    }
    if (world.is(Broken.KEY_IN_OTHER_TRANSACTION)) {
      instance.next(
          () -> {
            service.tables().keys().putAll(taken);
            answer(group, known);
          });
      return;
    }
    answer(group, known);
  }

  private void answer(List<Request> group, Map<String, IdempotencyKey> known) {
    if (world.faults().strikes(Fault.LOST_COMMIT_ANSWER)) {
      // 503 to all of them: whether they have placed their orders, they do not know.
      world.count(Happening.COMMIT_ANSWER_LOST);
    } else {
      group.forEach(request -> answer(request, known.get(request.client().key())));
    }
    done();
  }

  private void answer(Request request, @Nullable IdempotencyKey key) {
    if (key == null) {
      throw new IllegalStateException("a key was neither taken nor found");
    }
    boolean same =
        key.fingerprint().equals(request.fingerprint()) || world.is(Broken.KEY_WITHOUT_FINGERPRINT);
    UUID own = request.order().orderId();
    Verdict verdict =
        key.order().equals(own) ? Verdict.ACCEPTED : same ? Verdict.REPLAYED : Verdict.KEY_REUSED;
    world.network(() -> request.client().answered(verdict, key.order(), own));
  }

  /** A customer's cancel, or an operator's retry, arrives. */
  void signal(UUID order, SagaSignal signal) {
    Transaction tx = service.database().begin(instance);
    if (!tx.lock(List.of(OrderDatabase.sagaRow(order)))) {
      service.database().whenFree(instance.alive(() -> signal(order, signal)));
      return;
    }
    if (!service.tables().orders().containsKey(order)) {
      throw new Violation("I1", order, "it was accepted, and cannot be found");
    }
    service.signal(tx, instance, order, signal, new LinkedHashMap<>());
    instance.next(() -> commit(tx));
  }

  private void commit(Transaction tx) {
    if (instance.crashes(Happening.CRASH_OF_INTAKE)) {
      return;
    }
    tx.commit();
  }

  @Override
  public void started() {}

  @Override
  public void crashed() {
    waiting.clear();
    busy = false;
  }
}
