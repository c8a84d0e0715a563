package dev.converge.lab.simulation;

import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.saga.SagaInstance;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The order service's own tables. */
final class OrderDatabase {
  /** The content of a request; equal for equal requests. */
  record Fingerprint(List<OrderLine> lines, String token) {}

  /** A key, the fingerprint of the request that used it, and the order that this request placed. */
  record IdempotencyKey(String fingerprint, UUID order) {}

  /** A line in the log of a saga. */
  record Transition(SagaInstance saga, String signal) {}

  private final Map<String, IdempotencyKey> keys = new LinkedHashMap<>();
  private final Map<UUID, Order> orders = new LinkedHashMap<>();
  private final Map<UUID, SagaInstance> sagas = new LinkedHashMap<>();
  private final Map<UUID, List<Transition>> log = new LinkedHashMap<>();

  Map<String, IdempotencyKey> keys() {
    return keys;
  }

  Map<UUID, Order> orders() {
    return orders;
  }

  Map<UUID, SagaInstance> sagas() {
    return sagas;
  }

  List<Transition> log(UUID order) {
    return log.getOrDefault(order, List.of());
  }

  void write(SagaInstance saga, String signal) {
    sagas.put(saga.orderId(), saga);
    log.computeIfAbsent(saga.orderId(), first -> new ArrayList<>())
        .add(new Transition(saga, signal));
  }

  static Row keyRow(String key) {
    return new Row("idempotency_key", key);
  }

  static Row sagaRow(UUID order) {
    return new Row("saga", order);
  }
}
