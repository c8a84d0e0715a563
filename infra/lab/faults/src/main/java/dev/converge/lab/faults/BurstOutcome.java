package dev.converge.lab.faults;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.converge.lab.checker.Books.Line;
import dev.converge.lab.checker.Books.OrderRow;
import dev.converge.lab.checker.Evidence;
import dev.converge.lab.history.ConcurrentBurst;
import dev.converge.lab.history.OrderKind;
import dev.converge.lab.history.Outcome;
import dev.converge.lab.history.Request;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The outcome of the requests that compete before the first fault. Its JSON is flat: the groups are
 * Java's alone.
 *
 * @param burst the planned numbers of requests
 */
record BurstOutcome(
    ConcurrentBurst burst, @JsonUnwrapped Equal equal, @JsonUnwrapped Contended contended) {

  /**
   * The requests with one key.
   *
   * @param equalConcurrent those that were sent, each over a connection of its own, before the
   *     first was answered
   * @param equalAnswered those that were answered with a success, however often they were repeated
   * @param equalAnswers different answers among these: status, address and body
   * @param equalOrders orders that were placed
   */
  record Equal(long equalConcurrent, long equalAnswered, long equalAnswers, long equalOrders) {
    private boolean isOneOrder(long requests) {
      return equalConcurrent == requests
          && equalAnswered == requests
          && equalAnswers == 1
          && equalOrders == 1;
    }
  }

  /**
   * The orders of an item of which there is not enough.
   *
   * @param contending the orders
   * @param completed those of them that completed
   * @param shipped units of the item that were shipped
   */
  record Contended(long contending, long completed, long shipped) {}

  static BurstOutcome of(ConcurrentBurst burst, Evidence evidence) {
    return new BurstOutcome(burst, equal(evidence), contended(evidence));
  }

  private static Equal equal(Evidence evidence) {
    List<Request> equal =
        evidence.history().stream()
            .filter(request -> request.sent().body().equals(OrderKind.EQUAL.label()))
            .toList();
    List<Request> answered =
        equal.stream().filter(request -> request.outcome() == Outcome.OK).toList();
    long firstAnswer =
        equal.stream()
            .map(Request::completedMicros)
            .filter(Objects::nonNull)
            .mapToLong(Long::longValue)
            .min()
            .orElse(Long.MAX_VALUE);
    Set<String> customers =
        equal.stream()
            .map(request -> OrderKind.customer(request.sent().key()))
            .collect(Collectors.toSet());
    return new Equal(
        equal.stream().filter(request -> request.invokedMicros() <= firstAnswer).count(),
        answered.size(),
        answered.stream().map(BurstOutcome::answer).distinct().count(),
        evidence.orders().stream().filter(order -> customers.contains(order.customerId())).count());
  }

  private static Contended contended(Evidence evidence) {
    List<OrderRow> contending =
        evidence.orders().stream().filter(order -> isContended(order.lines())).toList();
    return new Contended(
        contending.size(),
        contending.stream().filter(order -> order.status().equals("COMPLETED")).count(),
        evidence.reservations().stream()
            .filter(row -> row.status().equals("SHIPPED"))
            .flatMap(row -> row.lines().stream())
            .filter(line -> line.sku().equals(OrderKind.CONTENDED_SKU))
            .mapToLong(Line::quantity)
            .sum());
  }

  private static String answer(Request request) {
    return request.answered().status()
        + " "
        + request.answered().location()
        + " "
        + request.answered().answer();
  }

  private static boolean isContended(List<Line> lines) {
    return lines.stream().anyMatch(line -> line.sku().equals(OrderKind.CONTENDED_SKU));
  }

  boolean isOneOrder() {
    return equal.isOneOrder(burst.equal());
  }

  boolean isSoldExactly() {
    return contended.contending() == burst.contenders()
        && contended.completed() == burst.units()
        && contended.shipped() == burst.units();
  }
}
