package dev.converge.lab.checker;

import dev.converge.lab.SagaRules;
import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.Line;
import dev.converge.lab.checker.Books.OrderRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.ReservationRow;
import dev.converge.lab.checker.Books.SagaRow;
import dev.converge.lab.checker.Books.Transition;
import dev.converge.platform.Topology;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The invariants of each order's saga. */
final class SagaInvariants {
  /** The event that reports each end. */
  private static final Map<String, String> ENDS =
      Map.of(
          "COMPLETED", "dev.converge.order.OrderCompleted.v1",
          "REJECTED", "dev.converge.order.OrderRejected.v1",
          "CANCELLED", "dev.converge.order.OrderCancelled.v1");

  private static final SagaRules RULES = SagaRules.PLACE_ORDER;

  private static final String SAGA = "saga";

  private SagaInvariants() {}

  static List<InvariantResult> check(Evidence evidence) {
    return List.of(
        termination(evidence), legality(evidence), effectOnce(evidence), compensation(evidence));
  }

  /**
   * I5: every order has ended, and exactly its end was published, once. An order's status is
   * computed from its saga, so it is compared with the event, which is written separately.
   */
  static InvariantResult termination(Evidence evidence) {
    Check check = new Check();
    check.that(evidence.quiescent(), null, "the platform did not become quiescent in time");
    Map<String, SagaRow> sagas = Invariants.byOrder(evidence.sagas(), SagaRow::orderId);
    Map<String, List<String>> published =
        evidence.messages().stream()
            .filter(row -> row.topic().equals(Topology.ORDER_EVENTS.name()))
            .collect(
                Collectors.groupingBy(
                    OutboxRow::orderId, Collectors.mapping(OutboxRow::type, Collectors.toList())));
    for (OrderRow order : evidence.orders()) {
      check.that(
          sagas.containsKey(order.orderId()) == order.protocol().equals(SAGA),
          order.orderId(),
          order.protocol().equals(SAGA) ? "the order has no saga" : "another protocol has a saga");
      List<String> ends = published.getOrDefault(order.orderId(), List.of());
      String end = ENDS.get(order.status());
      check.that(
          end != null && ends.equals(List.of(end)),
          order.orderId(),
          "order is %s, its published ends are %s",
          order.status(),
          ends);
    }
    Set<String> orders = Invariants.orders(evidence).keySet();
    for (SagaRow saga : evidence.sagas()) {
      check.that(orders.contains(saga.orderId()), saga.orderId(), "the saga has no order");
    }
    return check.result("I5", "every order ends, and its end is published once");
  }

  /** I6: every saga took a path that its rules allow, without a gap. */
  static InvariantResult legality(Evidence evidence) {
    Check check = new Check();
    Map<String, List<Transition>> log =
        evidence.transitions().stream().collect(Collectors.groupingBy(Transition::orderId));
    for (SagaRow saga : evidence.sagas()) {
      List<Transition> path =
          log.getOrDefault(saga.orderId(), List.of()).stream()
              .sorted(Comparator.comparing(Transition::version))
              .toList();
      String fault = inconsistent(saga, path);
      fault = fault == null ? illegal(path) : fault;
      check.that(fault == null, saga.orderId(), "%s", fault);
    }
    Set<String> known = evidence.sagas().stream().map(SagaRow::orderId).collect(Collectors.toSet());
    log.keySet()
        .forEach(order -> check.that(known.contains(order), order, "a timeline without a saga"));
    return check.result("I6", "every saga took a legal path, each version once");
  }

  /** Whether each saga is at the end of its timeline, which has each version once. */
  static InvariantResult timelines(Evidence evidence) {
    Check check = new Check();
    Map<String, List<Transition>> log =
        evidence.transitions().stream().collect(Collectors.groupingBy(Transition::orderId));
    for (SagaRow saga : evidence.sagas()) {
      List<Transition> path =
          log.getOrDefault(saga.orderId(), List.of()).stream()
              .sorted(Comparator.comparing(Transition::version))
              .toList();
      String fault = inconsistent(saga, path);
      check.that(fault == null, saga.orderId(), "%s", fault);
    }
    return check.result("I6", "every saga is at the end of its timeline");
  }

  private static @Nullable String inconsistent(SagaRow saga, List<Transition> path) {
    if (path.isEmpty()) {
      return "a saga without a timeline";
    }
    int version = 0;
    for (Transition next : path) {
      version++;
      if (next.version() != version) {
        return "version " + next.version() + " is out of turn";
      }
    }
    String last = state(path.get(path.size() - 1));
    return saga.version() == path.size() && last.equals(saga.status() + " " + saga.step())
        ? null
        : "the saga is "
            + saga.status()
            + " "
            + saga.step()
            + " at "
            + saga.version()
            + ", its timeline ends as "
            + last
            + " at "
            + path.size();
  }

  private static @Nullable String illegal(List<Transition> path) {
    Transition before = null;
    for (Transition next : path) {
      if (before == null && !state(next).equals(RULES.start())) {
        return "begins as " + state(next);
      }
      if (before != null && !RULES.isLegal(state(before), next.signal(), state(next))) {
        return "illegal: " + edge(before, next);
      }
      before = next;
    }
    return null;
  }

  private static String state(Transition at) {
    return at.status() + " " + at.step();
  }

  private static String edge(Transition from, Transition to) {
    return state(from) + " -" + to.signal() + "-> " + state(to);
  }

  /** I7: each effect exists once if the order requires it, and otherwise not. */
  static InvariantResult effectOnce(Evidence evidence) {
    Check check = new Check();
    Map<String, OrderRow> orders = Invariants.orders(evidence);
    Map<String, List<ReservationRow>> reservations =
        evidence.reservations().stream().collect(Collectors.groupingBy(ReservationRow::orderId));
    Map<String, List<PaymentRow>> payments =
        evidence.payments().stream().collect(Collectors.groupingBy(PaymentRow::orderId));
    Map<String, List<ChargeRow>> charges =
        evidence.ledger().stream().collect(Collectors.groupingBy(ChargeRow::key));
    for (OrderRow order : evidence.orders()) {
      String id = order.orderId();
      long once = order.isCompleted() ? 1 : 0;
      long shipped =
          reservations.getOrDefault(id, List.of()).stream()
              .filter(row -> row.status().equals("SHIPPED") && sameLines(row, order))
              .count();
      long charged =
          payments.getOrDefault(id, List.of()).stream()
              .filter(row -> row.status().equals("CHARGED"))
              .count();
      long taken =
          charges.getOrDefault(id, List.of()).stream()
              .filter(row -> row.status().equals("CHARGED"))
              .count();
      check.that(
          shipped == once && charged == once && taken == once,
          id,
          "%s: shipped %d times, charged %d times, taken by the provider %d times",
          order.status(),
          shipped,
          charged,
          taken);
    }
    requireOrder(check, orders.keySet(), reservations.keySet(), "a reservation");
    requireOrder(check, orders.keySet(), payments.keySet(), "a payment");
    requireOrder(check, orders.keySet(), charges.keySet(), "a charge at the provider");
    return check.result("I7", "shipped and charged once if completed, else not at all");
  }

  private static boolean sameLines(ReservationRow reservation, OrderRow order) {
    return units(reservation.lines()).equals(units(order.lines()));
  }

  private static Map<String, Long> units(List<Line> lines) {
    return lines.stream()
        .collect(Collectors.groupingBy(Line::sku, Collectors.summingLong(Line::quantity)));
  }

  private static void requireOrder(
      Check check, Set<String> orders, Set<String> effects, String what) {
    for (String effect : effects) {
      check.that(orders.contains(effect), effect, "%s without an order", what);
    }
  }

  /** I8: an aborted order has all it did undone, the last first; a completed one nothing. */
  static InvariantResult compensation(Evidence evidence) {
    Check check = new Check();
    Map<String, ReservationRow> reservations =
        Invariants.byOrder(evidence.reservations(), ReservationRow::orderId);
    Map<String, PaymentRow> payments = Invariants.byOrder(evidence.payments(), PaymentRow::orderId);
    Map<String, List<Transition>> log =
        evidence.transitions().stream().collect(Collectors.groupingBy(Transition::orderId));
    for (OrderRow order : evidence.orders()) {
      List<String> sent =
          log.getOrDefault(order.orderId(), List.of()).stream()
              .sorted(Comparator.comparing(Transition::version))
              .map(Transition::sent)
              .toList();
      if (order.isCompleted()) {
        check.that(
            RULES.undos().stream().noneMatch(sent::contains),
            order.orderId(),
            "completed, and yet undone: %s",
            sent);
      } else if (ENDS.containsKey(order.status())) {
        String reservation = statusOf(reservations.get(order.orderId()));
        PaymentRow payment = payments.get(order.orderId());
        String money = payment == null ? "none" : payment.status();
        check.that(
            undone(sent, reservation, money),
            order.orderId(),
            "%s: sent %s, the reservation is %s, the payment %s",
            order.status(),
            sent,
            reservation,
            money);
      }
    }
    return check.result("I8", "an aborted order is undone step by step, a completed one never");
  }

  private static String statusOf(@Nullable ReservationRow reservation) {
    return reservation == null ? "none" : reservation.status();
  }

  private static boolean undone(List<String> sent, String reservation, String money) {
    int refund = sent.indexOf("RefundPayment");
    int release = sent.indexOf("ReleaseStock");
    boolean stock = release >= 0 ? reservation.equals("RELEASED") : reservation.equals("REFUSED");
    boolean payment =
        refund >= 0 ? money.equals("REFUNDED") : money.equals("none") || money.equals("DECLINED");
    return stock && payment && (refund < 0 || refund < release);
  }
}
