package dev.converge.lab.faults;

import dev.converge.lab.checker.Books.OrderRow;
import dev.converge.lab.checker.Evidence;
import dev.converge.lab.history.Request;
import dev.converge.lab.history.Request.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The orders in one second.
 *
 * @param backlog orders placed and not ended at its end
 * @param postMillis the slowest answer to a request that began in it
 * @param endMillis the median time of an order placed in it until its end
 */
record OrderSecond(
    int second,
    long placed,
    long completed,
    long backlog,
    @Nullable Double postMillis,
    @Nullable Double endMillis) {

  static List<OrderSecond> series(Evidence evidence, long beginMicros, long healedMicros) {
    Map<Integer, List<OrderRow>> placed = new LinkedHashMap<>();
    Map<Integer, Long> ended = new LinkedHashMap<>();
    Map<Integer, Long> completed = new LinkedHashMap<>();
    Map<Integer, Double> post = new LinkedHashMap<>();
    long before = 0;
    for (OrderRow order : evidence.orders()) {
      int at = second(order.placedMicros(), beginMicros);
      placed.computeIfAbsent(at, second -> new ArrayList<>()).add(order);
      before += at < 0 ? 1 : 0;
      if (order.endedMicros() != null) {
        int end = second(order.endedMicros(), beginMicros);
        before -= end < 0 ? 1 : 0;
        ended.merge(end, 1L, Long::sum);
        if (order.status().equals("COMPLETED")) {
          completed.merge(end, 1L, Long::sum);
        }
      }
    }
    for (Request request : evidence.history()) {
      Double millis = request.latencyMillis();
      if (request.sent().kind() == Kind.PLACE && millis != null) {
        post.merge(second(request.invokedMicros(), beginMicros), millis, Math::max);
      }
    }
    List<OrderSecond> series = new ArrayList<>();
    long backlog = before;
    int last = second(healedMicros, beginMicros) + 15;
    for (int second = 0; second <= last; second++) {
      List<OrderRow> these = placed.getOrDefault(second, List.of());
      backlog += these.size() - ended.getOrDefault(second, 0L);
      series.add(
          new OrderSecond(
              second,
              these.size(),
              completed.getOrDefault(second, 0L),
              backlog,
              post.get(second),
              medianToEnd(these)));
    }
    return series;
  }

  private static int second(long micros, long beginMicros) {
    return (int) Math.floorDiv(micros - beginMicros, 1_000_000L);
  }

  private static @Nullable Double medianToEnd(List<OrderRow> orders) {
    List<Double> millis = new ArrayList<>();
    for (OrderRow order : orders) {
      if (order.endedMicros() != null) {
        millis.add((order.endedMicros() - order.placedMicros()) / 1e3);
      }
    }
    millis.sort(Comparator.naturalOrder());
    return millis.isEmpty() ? null : millis.get(millis.size() / 2);
  }
}
