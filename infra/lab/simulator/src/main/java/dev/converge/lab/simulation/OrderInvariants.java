package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.lab.SagaRules;
import dev.converge.lab.simulation.Client.Answer;
import dev.converge.lab.simulation.OrderDatabase.Transition;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.ParticipantMessages.OrderCancelled;
import dev.converge.order.saga.ParticipantMessages.OrderCompleted;
import dev.converge.order.saga.ParticipantMessages.OrderRejected;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The invariants of orders and their sagas: the answers, the keys, the logs and the ends. */
final class OrderInvariants {
  private OrderInvariants() {}

  /** I5: every order ends. */
  static void everyOrderHasEnded(World world) {
    OrderDatabase tables = world.orders().tables();
    tables.orders().values().forEach(order -> ended(tables, order));
  }

  /** The invariants of a quiescent system. */
  static void whenQuiescent(World world) {
    OrderDatabase tables = world.orders().tables();
    everyOrderHasEnded(world);
    world.answers().forEach(answer -> answered(tables, answer));
    keys(tables);
    for (Order order : tables.orders().values()) {
      legal(world.rules(), order, tables.log(order.orderId()));
    }
    tables.orders().values().forEach(order -> endEvents(world, order));
  }

  /** I1, I2, I3: an answer stays true. */
  private static void answered(OrderDatabase tables, Answer answer) {
    Order order = tables.orders().get(answer.order());
    Violation.unless(order != null, "I1", answer.order(), "it was accepted, and is missing");
    boolean refused = answer.verdict() == Verdict.KEY_REUSED;
    Violation.unless(
        answer.verdict() == Verdict.ACCEPTED || !tables.orders().containsKey(answer.own()),
        "I2",
        answer.own(),
        "it was not accepted, and is there");
    boolean same =
        requireNonNull(order).lines().equals(answer.client().fingerprint().lines())
            && order.paymentToken().equals(answer.client().fingerprint().token());
    Violation.unless(
        same != refused,
        "I3",
        answer.order(),
        answer.verdict() + " for " + answer.client().fingerprint());
  }

  /** I3: a key has one order, which every answer names. */
  private static void keys(OrderDatabase tables) {
    Map<String, UUID> placed = new HashMap<>();
    for (Order order : tables.orders().values()) {
      // The key is the order's customer.
      UUID before = placed.put(order.customerId(), order.orderId());
      Violation.unless(
          before == null, "I3", order.orderId(), order.customerId() + " has two orders");
      OrderDatabase.IdempotencyKey key = tables.keys().get(order.customerId());
      Violation.unless(
          key != null && key.order().equals(order.orderId()),
          "I3",
          order.orderId(),
          order.customerId() + " does not belong to " + key);
    }
    Violation.unless(placed.size() == tables.keys().size(), "I3", null, "a key without its order");
  }

  private static void ended(OrderDatabase tables, Order order) {
    SagaInstance saga = tables.sagas().get(order.orderId());
    Violation.unless(
        saga != null && saga.status().isTerminal(), "I5", order.orderId(), "never ends: " + saga);
  }

  /** I6: the log of each saga is a path that its rules allow, each version once. */
  private static void legal(SagaRules rules, Order order, List<Transition> log) {
    Transition before = null;
    for (Transition transition : log) {
      SagaInstance next = transition.saga();
      Violation.unless(
          before == null ? begins(rules, next) : follows(rules, before.saga(), transition),
          "I6",
          order.orderId(),
          (before == null ? "nothing" : before.saga()) + " to " + next);
      before = transition;
    }
  }

  private static boolean begins(SagaRules rules, SagaInstance saga) {
    return saga.version() == 1 && state(saga).equals(rules.start());
  }

  private static boolean follows(SagaRules rules, SagaInstance from, Transition transition) {
    SagaInstance to = transition.saga();
    return rules.isLegal(state(from), transition.signal(), state(to))
        && to.version() == from.version() + 1
        && to.messages() == from.messages() + (to.status() == SagaStatus.STUCK ? 0 : 1);
  }

  private static String state(SagaInstance saga) {
    return saga.status() + " " + saga.step();
  }

  /** The end of each order is published once, and as it was. */
  private static void endEvents(World world, Order order) {
    SagaInstance saga = requireNonNull(world.orders().tables().sagas().get(order.orderId()));
    OrderStatus outcome =
        saga.abortReason() == null ? OrderStatus.COMPLETED : saga.abortReason().outcome();
    List<Class<?>> events =
        world.orders().database().outbox().stream()
            .filter(message -> message.topic().equals(ParticipantMessages.ORDER_EVENTS))
            .filter(message -> message.order().equals(order.orderId()))
            .<Class<?>>map(message -> message.payload().getClass())
            .toList();
    Class<?> expected =
        switch (outcome) {
          case COMPLETED -> OrderCompleted.class;
          case REJECTED -> OrderRejected.class;
          case CANCELLED -> OrderCancelled.class;
          case PENDING -> throw new IllegalStateException("PENDING is no outcome");
        };
    Violation.unless(
        events.equals(List.of(expected)),
        "I5",
        order.orderId(),
        outcome + ", published as " + events);
    world.count(ending(outcome));
    if (saga.abortReason() != null) {
      switch (saga.abortReason()) {
        case OUT_OF_STOCK -> world.count(CoveragePoint.OUT_OF_STOCK);
        case PAYMENT_DECLINED -> world.count(CoveragePoint.PAYMENT_DECLINED);
        case PAYMENT_UNAVAILABLE -> world.count(CoveragePoint.PAYMENT_UNAVAILABLE);
        case TIMED_OUT -> world.count(CoveragePoint.TIMED_OUT);
        // The simulator's operator has sagas try again, and does nothing else; its currency stays.
        case CANCELLED_BY_CUSTOMER, COMPENSATED_BY_OPERATOR, CURRENCY_WITHDRAWN -> {}
      }
    }
  }

  private static CoveragePoint ending(OrderStatus outcome) {
    return switch (outcome) {
      case COMPLETED -> CoveragePoint.ORDER_COMPLETED;
      case REJECTED -> CoveragePoint.ORDER_REJECTED;
      case CANCELLED, PENDING -> CoveragePoint.ORDER_CANCELLED;
    };
  }
}
