package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.KeyRow;
import dev.converge.lab.checker.Books.OrderRow;
import dev.converge.lab.history.OrderKind;
import dev.converge.lab.history.Outcome;
import dev.converge.lab.history.Request;
import dev.converge.lab.history.Request.Kind;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The invariants that a client relies on. */
final class ClientInvariants {
  private static final int NOT_ANSWERED = 502;
  private static final int UNAVAILABLE = 503;

  private ClientInvariants() {}

  static List<InvariantResult> check(Evidence evidence) {
    return List.of(
        acknowledged(evidence),
        definiteFailure(evidence),
        idempotence(evidence),
        sessionOrder(evidence),
        noFaultOfOurs(evidence));
  }

  /** I1: an acknowledged order exists, and a cancelled one has not completed. */
  static InvariantResult acknowledged(Evidence evidence) {
    Check check = new Check();
    Map<String, OrderRow> orders = Invariants.orders(evidence);
    for (Request place : requests(evidence, Kind.PLACE, Outcome.OK)) {
      check.that(
          place.answered().order() != null && orders.containsKey(place.answered().order()),
          place.answered().order(),
          "accepted with key %s, and not there",
          place.sent().key());
    }
    for (Request cancel : requests(evidence, Kind.CANCEL, Outcome.OK)) {
      OrderRow order = orders.get(cancel.sent().asked());
      check.that(
          order == null || !order.status().equals("COMPLETED"),
          cancel.sent().asked(),
          "a cancel was accepted, and the order COMPLETED");
    }
    return check.result("I1", "an accepted order is there; a cancelled one has not completed");
  }

  /**
   * I2: a refused request has placed no order; one with an unknown outcome has placed at most one.
   * Requests that break a rule are refused, and no others.
   */
  static InvariantResult definiteFailure(Evidence evidence) {
    Check check = new Check();
    Map<String, List<OrderRow>> byCustomer = byCustomer(evidence);
    Set<String> taken = evidence.keys().stream().map(KeyRow::key).collect(Collectors.toSet());
    placesByKey(evidence)
        .forEach(
            (key, places) -> {
              List<OrderRow> left = byCustomer.getOrDefault(OrderKind.customer(key), List.of());
              boolean refused = places.stream().allMatch(p -> p.outcome() == Outcome.FAIL);
              boolean nothing = left.isEmpty() && !taken.contains(key);
              check.that(
                  refused ? nothing : left.size() <= 1,
                  left.isEmpty() ? null : left.get(0).orderId(),
                  "key %s was %s and left %d orders",
                  key,
                  refused ? "refused" : "sent",
                  left.size());
              rightlyAnswered(check, key, places);
            });
    return check.result(
        "I2", "invalid orders alone are refused; no trace of them; unknown: 1 at most");
  }

  // Later requests of a valid key may be others' that must be refused: the key is taken.
  private static void rightlyAnswered(Check check, String key, List<Request> places) {
    if (OrderKind.isInvalid(key)) {
      for (Request place : places) {
        check.that(
            place.outcome() != Outcome.OK,
            place.answered().order(),
            "invalid, and accepted with key %s: %d",
            key,
            place.answered().status());
      }
      return;
    }
    Request first =
        places.stream().min(Comparator.comparing(request -> request.sent().op())).orElseThrow();
    check.that(
        first.outcome() != Outcome.FAIL,
        null,
        "valid, and refused with key %s: %d",
        key,
        first.answered().status());
  }

  /** I3: a key has one order, and all requests with it got one answer. */
  static InvariantResult idempotence(Evidence evidence) {
    Check check = new Check();
    Map<String, List<OrderRow>> byCustomer = byCustomer(evidence);
    Map<String, List<KeyRow>> keys =
        evidence.keys().stream().collect(Collectors.groupingBy(KeyRow::key));
    placesByKey(evidence)
        .forEach(
            (key, places) -> {
              List<Request> ok =
                  places.stream().filter(place -> place.outcome() == Outcome.OK).toList();
              if (ok.isEmpty()) {
                return;
              }
              Set<@Nullable String> answers = new HashSet<>();
              ok.forEach(
                  p ->
                      answers.add(
                          p.answered().status()
                              + " "
                              + p.answered().location()
                              + " "
                              + p.answered().answer()));
              long asked = ok.stream().map(request -> request.sent().content()).distinct().count();
              List<OrderRow> orders = byCustomer.getOrDefault(OrderKind.customer(key), List.of());
              List<KeyRow> rows = keys.getOrDefault(key, List.of());
              boolean one =
                  answers.size() == 1
                      && asked == 1
                      && orders.size() == 1
                      && rows.size() == 1
                      && orders.get(0).orderId().equals(ok.get(0).answered().order())
                      && rows.get(0).orderId().equals(ok.get(0).answered().order());
              check.that(
                  one,
                  ok.get(0).answered().order(),
                  "key %s: good for %d requests, %d different answers, %d orders, %d rows of the key",
                  key,
                  asked,
                  answers.size(),
                  orders.size(),
                  rows.size());
            });
    together(check, evidence);
    return check.result("I3", "a key has one order, and one answer, byte for byte");
  }

  // Also for keys without an answer: a key without its order could never be used again.
  private static void together(Check check, Evidence evidence) {
    Set<String> orders = Invariants.orders(evidence).keySet();
    Set<String> ofKeys = new HashSet<>();
    for (KeyRow row : evidence.keys()) {
      ofKeys.add(row.orderId());
      check.that(
          orders.contains(row.orderId()),
          row.orderId(),
          "key %s is taken, and its order is missing",
          row.key());
    }
    orders.forEach(order -> check.that(ofKeys.contains(order), order, "an order without a key"));
  }

  /** I4: for one client, the versions of an order never decrease, and the order is always found. */
  static InvariantResult sessionOrder(Evidence evidence) {
    Check check = new Check();
    evidence.history().stream()
        .filter(request -> request.sent().kind() == Kind.GET)
        .collect(Collectors.groupingBy(request -> request.sent().journey()))
        .forEach((journey, gets) -> sessionOrder(check, gets));
    return check.result("I4", "a client never sees its order move backwards or disappear");
  }

  private static void sessionOrder(Check check, List<Request> gets) {
    int version = 0;
    String ended = null;
    for (Request get :
        gets.stream().sorted(Comparator.comparing(request -> request.sent().op())).toList()) {
      check.that(
          get.answered().status() == null || get.answered().status() != 404,
          get.sent().asked(),
          "accepted, and then a 404");
      if (get.outcome() != Outcome.OK) {
        continue;
      }
      int seen = get.answered().version() == null ? version : get.answered().version();
      check.that(
          seen >= version,
          get.sent().asked(),
          "version %d was seen after version %d",
          seen,
          version);
      check.that(
          ended == null || ended.equals(get.answered().orderStatus()),
          get.sent().asked(),
          "%s was seen after %s",
          get.answered().orderStatus(),
          ended);
      version = Math.max(version, seen);
      ended =
          Objects.equals(get.answered().orderStatus(), "PENDING")
              ? ended
              : get.answered().orderStatus();
    }
  }

  /**
   * I28: a request that needs an unavailable part is answered 503, and with no other 5xx. The
   * balancer of the lab answers 502 if no instance answers.
   */
  static InvariantResult noFaultOfOurs(Evidence evidence) {
    Check check = new Check();
    for (Request request : evidence.history()) {
      Integer status = request.answered().status();
      if (status != null) {
        check.that(
            status < 500 || status == UNAVAILABLE || status == NOT_ANSWERED,
            request.sent().asked() == null ? request.answered().order() : request.sent().asked(),
            "%s of key %s was answered %d",
            request.sent().kind(),
            request.sent().key(),
            status);
      }
    }
    return check.result("I28", "of 5xx a client is answered 503 and no other");
  }

  private static List<Request> requests(Evidence evidence, Kind kind, Outcome outcome) {
    return evidence.history().stream()
        .filter(request -> request.sent().kind() == kind && request.outcome() == outcome)
        .toList();
  }

  private static Map<String, List<Request>> placesByKey(Evidence evidence) {
    return evidence.history().stream()
        .filter(request -> request.sent().kind() == Kind.PLACE)
        .collect(Collectors.groupingBy(request -> request.sent().key()));
  }

  // An order's customer is named after its key, so two orders of one key are found even if the
  // table of keys does not show them.
  private static Map<String, List<OrderRow>> byCustomer(Evidence evidence) {
    return evidence.orders().stream().collect(Collectors.groupingBy(OrderRow::customerId));
  }
}
