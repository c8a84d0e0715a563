package dev.converge.payment.postgres;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Payments that come to another sum than the orders they are for. Of any span of time, what is
 * charged is what its completed orders cost, and beyond it at most what its pending ones do: an
 * order completes only after its payment is charged, and orders are asked about first. A span that
 * does not add up is halved until its millisecond is found, with both sides read anew each time, so
 * that what was only under way is found in none.
 *
 * <p>The orders of the last quarters of an hour are looked at each time, of the day's others one
 * quarter after another, and those that were found until they add up.
 */
final class PaymentsAgainstOrders {
  private static final int MOST = 10;
  private static final long QUARTER_MS = Duration.ofMinutes(15).toMillis();
  private static final int QUARTERS_OF_A_DAY = 96;

  private static final String CHARGED =
      """
      SELECT currency, count(*) AS payments, sum(amount_minor)::bigint AS minor,
             (SELECT first.order_id FROM payment AS first
              WHERE first.order_id >= $1 AND first.order_id < $2
                AND first.currency = p.currency AND first.status = 'CHARGED'
              ORDER BY first.order_id LIMIT 1) AS first_order_id
      FROM payment AS p
      WHERE order_id >= $1 AND order_id < $2 AND status = 'CHARGED'
      GROUP BY currency
      """;

  /**
   * Payments of one currency that are charged.
   *
   * @param firstOrderId the lowest order among theirs
   */
  record Charged(UUID firstOrderId, Total total) {}

  /** Orders by the time in their ids, in milliseconds since 1970. */
  private record Span(long from, long before) {
    static Span quarter(long number) {
      return new Span(number * QUARTER_MS, (number + 1) * QUARTER_MS);
    }

    long quarter() {
      return from / QUARTER_MS;
    }

    boolean isOneMillisecond() {
      return before - from == 1;
    }

    List<Span> halves() {
      long middle = (from + before) / 2;
      return List.of(new Span(from, middle), new Span(middle, before));
    }
  }

  /** What does not add up, and the quarter of an hour it is of. */
  private record Found(long quarter, String told) {}

  private final BiFunction<UUID, UUID, Future<Map<String, OrderTotals>>> orders;
  private final BiFunction<UUID, UUID, Future<Map<String, Charged>>> charged;
  private final InstantSource clock;
  private final Set<Long> amiss = new HashSet<>();
  private int older;

  /**
   * @param orders what the orders from an id up to and without another come to, by currency
   */
  PaymentsAgainstOrders(
      SqlClient client,
      BiFunction<UUID, UUID, Future<Map<String, OrderTotals>>> orders,
      InstantSource clock) {
    this(
        orders,
        (from, before) ->
            client
                .preparedQuery(CHARGED)
                .execute(Tuple.of(from, before))
                .map(PaymentsAgainstOrders::charged),
        clock);
  }

  /**
   * @param charged what the payments of these orders come to, by currency
   */
  PaymentsAgainstOrders(
      BiFunction<UUID, UUID, Future<Map<String, OrderTotals>>> orders,
      BiFunction<UUID, UUID, Future<Map<String, Charged>>> charged,
      InstantSource clock) {
    this.orders = orders;
    this.charged = charged;
    this.clock = clock;
  }

  private static Map<String, Charged> charged(RowSet<Row> rows) {
    Map<String, Charged> charged = new HashMap<>();
    rows.forEach(
        row ->
            charged.put(
                row.getString("currency"),
                new Charged(
                    row.getUUID("first_order_id"),
                    new Total(row.getLong("payments"), row.getLong("minor")))));
    return charged;
  }

  /** The first orders of the milliseconds that do not add up, ten at most, and their sums. */
  Future<List<String>> look() {
    Deque<Span> left = new ArrayDeque<>();
    quarters().forEach(quarter -> left.addFirst(Span.quarter(quarter)));
    return narrow(left, new ArrayList<>())
        .onSuccess(found -> remember(found, left))
        .map(found -> found.stream().map(Found::told).toList());
  }

  private Set<Long> quarters() {
    long newest = clock.millis() / QUARTER_MS;
    Set<Long> quarters = new TreeSet<>(amiss);
    quarters.removeIf(quarter -> quarter <= newest - QUARTERS_OF_A_DAY);
    quarters.addAll(List.of(newest, newest - 1, newest - 2 - older));
    older = (older + 1) % (QUARTERS_OF_A_DAY - 2);
    return quarters;
  }

  private void remember(List<Found> found, Deque<Span> notLookedAt) {
    amiss.clear();
    found.forEach(each -> amiss.add(each.quarter()));
    notLookedAt.forEach(span -> amiss.add(span.quarter()));
  }

  private Future<List<Found>> narrow(Deque<Span> left, List<Found> found) {
    Span span = found.size() < MOST ? left.pollFirst() : null;
    return span == null
        ? Future.succeededFuture(found)
        : differences(span).compose(differences -> narrow(span, differences, left, found));
  }

  private Future<List<Found>> narrow(
      Span span, List<String> differences, Deque<Span> left, List<Found> found) {
    if (!differences.isEmpty() && span.isOneMillisecond()) {
      differences.forEach(told -> found.add(new Found(span.quarter(), told)));
    } else if (!differences.isEmpty()) {
      span.halves().forEach(left::addFirst);
    }
    return narrow(left, found);
  }

  private Future<List<String>> differences(Span span) {
    UUID from = floor(span.from());
    UUID before = floor(span.before());
    return orders
        .apply(from, before)
        .compose(ordered -> charged.apply(from, before).map(paid -> differences(ordered, paid)));
  }

  // The smallest UUIDv7 of a moment (RFC 9562: 48 bits of milliseconds come first).
  private static UUID floor(long millis) {
    return new UUID(millis << 16, 0);
  }

  private static List<String> differences(
      Map<String, OrderTotals> ordered, Map<String, Charged> charged) {
    Set<String> currencies = new TreeSet<>(ordered.keySet());
    currencies.addAll(charged.keySet());
    List<String> differences = new ArrayList<>();
    for (String currency : currencies) {
      OrderTotals orders = ordered.get(currency);
      Charged payments = charged.get(currency);
      UUID first = first(orders, payments);
      Total paid = payments == null ? Total.NONE : payments.total();
      Total completed = orders == null ? Total.NONE : orders.completed();
      Total pending = orders == null ? Total.NONE : orders.pending();
      if (!addsUp(paid, completed, pending)) {
        differences.add(told(first, currency, paid, completed));
      }
    }
    return differences;
  }

  private static boolean addsUp(Total paid, Total completed, Total pending) {
    return isWithin(paid.orders() - completed.orders(), pending.orders())
        && isWithin(paid.totalMinor() - completed.totalMinor(), pending.totalMinor());
  }

  private static boolean isWithin(long beyond, long most) {
    return beyond >= 0 && beyond <= most;
  }

  private static @Nullable UUID first(@Nullable OrderTotals orders, @Nullable Charged payments) {
    if (orders != null) {
      return orders.firstOrderId();
    }
    return payments == null ? null : payments.firstOrderId();
  }

  private static String told(@Nullable UUID first, String currency, Total paid, Total completed) {
    return "%s: %s %d charged for %d orders, of which completed %d for %d"
        .formatted(
            first,
            currency,
            paid.totalMinor(),
            paid.orders(),
            completed.totalMinor(),
            completed.orders());
  }
}
