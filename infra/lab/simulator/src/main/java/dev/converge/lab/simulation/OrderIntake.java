package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.lab.simulation.OrderDatabase.Fingerprint;
import dev.converge.lab.simulation.OrderDatabase.IdempotencyKey;
import dev.converge.order.domain.Acceptance;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.UsedKey;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaSignal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One instance's requests: those that arrive while a transaction is in flight share the next one.
 */
final class OrderIntake implements Instance.Part {
  private record Arrival(Client client, Request request) {}

  private final World world;
  private final Instance instance;
  private final OrderService service;
  private final List<Arrival> waiting = new ArrayList<>();
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
    waiting.add(new Arrival(client, new Request(client.key(), fingerprint(asked), order)));
    work();
  }

  private String fingerprint(Fingerprint asked) {
    return world.is(Broken.KEY_WITHOUT_FINGERPRINT) ? "any" : asked.toString();
  }

  private void work() {
    if (!busy && !waiting.isEmpty()) {
      busy = true;
      List<Arrival> group = List.copyOf(waiting);
      waiting.clear();
      if (group.size() > 1) {
        world.count(CoveragePoint.GROUP_COMMIT);
      }
      instance.next(() -> begin(group));
    }
  }

  private void done() {
    busy = false;
    work();
  }

  private void begin(List<Arrival> group) {
    List<Request> requests = group.stream().map(Arrival::request).toList();
    List<Request> firsts = Acceptance.firstOfEachKey(requests);
    Transaction tx = service.database().begin(instance);
    // Another instance may be writing the same key: wait for it.
    if (!tx.lock(firsts.stream().map(first -> OrderDatabase.keyRow(first.key())).toList())) {
      service.database().whenFree(instance.alive(() -> begin(group)));
      return;
    }
    Map<String, UsedKey> usedBefore = usedBefore(firsts);
    Acceptance decided = Acceptance.decide(requests, usedBefore);
    service.start(tx, instance, decided.accepted());
    Map<String, IdempotencyKey> taken = new LinkedHashMap<>();
    for (Request first : firsts) {
      if (!usedBefore.containsKey(first.key())) {
        taken.put(first.key(), new IdempotencyKey(first.fingerprint(), first.order().orderId()));
      }
    }
    if (!world.is(Broken.KEY_IN_OTHER_TRANSACTION)) {
      tx.write(() -> service.tables().keys().putAll(taken));
    }
    instance.next(() -> commit(tx, group, taken, decided.answers()));
  }

  private Map<String, UsedKey> usedBefore(List<Request> firsts) {
    Map<String, UsedKey> used = new LinkedHashMap<>();
    for (Request first : firsts) {
      IdempotencyKey key = service.tables().keys().get(first.key());
      if (key != null) {
        Order order = requireNonNull(service.tables().orders().get(key.order()));
        used.put(first.key(), new UsedKey(key.fingerprint(), order));
      }
    }
    return used;
  }

  private void commit(
      Transaction tx,
      List<Arrival> group,
      Map<String, IdempotencyKey> taken,
      List<Answer> answers) {
    if (instance.crashes(CoveragePoint.CRASH_OF_INTAKE)) {
      return;
    }
    if (world.faults().strikes(Fault.LOST_CONNECTION)) {
      world.count(CoveragePoint.CONNECTION_LOST);
      tx.rollback();
      done();
      return;
    }
    tx.commit();
    taken.values().forEach(key -> world.count(CoveragePoint.ORDER_PLACED));
    if (instance.crashes(CoveragePoint.CRASH_OF_INTAKE)) {
      return;
    }
    if (world.is(Broken.KEY_IN_OTHER_TRANSACTION)) {
      instance.next(
          () -> {
            service.tables().keys().putAll(taken);
            answer(group, answers);
          });
      return;
    }
    answer(group, answers);
  }

  private void answer(List<Arrival> group, List<Answer> answers) {
    if (world.faults().strikes(Fault.LOST_COMMIT_ANSWER)) {
      // Each client gets 503 and does not know whether its order is placed.
      world.count(CoveragePoint.COMMIT_ANSWER_LOST);
    } else {
      for (int i = 0; i < group.size(); i++) {
        answer(group.get(i), answers.get(i));
      }
    }
    done();
  }

  private void answer(Arrival arrival, Answer answer) {
    UUID own = arrival.request().order().orderId();
    world.network(() -> arrival.client().answered(answer.verdict(), answer.order().orderId(), own));
  }

  /** A customer's cancel or an operator's retry arrives. */
  void signal(UUID order, SagaSignal signal) {
    Transaction tx = service.database().begin(instance);
    if (!tx.lock(List.of(OrderDatabase.sagaRow(order)))) {
      service.database().whenFree(instance.alive(() -> signal(order, signal)));
      return;
    }
    if (!service.tables().orders().containsKey(order)) {
      throw new Violation("I1", order, "it was accepted, and cannot be found");
    }
    service.signal(tx, instance, List.of(new Event(order, signal)));
    instance.next(() -> commit(tx));
  }

  private void commit(Transaction tx) {
    if (instance.crashes(CoveragePoint.CRASH_OF_INTAKE)) {
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
