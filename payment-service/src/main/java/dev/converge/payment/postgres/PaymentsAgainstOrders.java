package dev.converge.payment.postgres;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Payments that come to another sum than the orders they are for. Of any span of time, what is
 * charged for orders that have ended is what the completed ones cost, exactly: an order ends only
 * after its payment has, and orders are asked about first, so that those that were pending then are
 * left out whatever has become of them since. A span that does not add up is halved, with both
 * sides read anew, until one order is left.
 *
 * <p>The orders of the last ten minutes are looked at each time, of the day's others five minutes
 * after five minutes, and where something was found until it adds up.
 */
final class PaymentsAgainstOrders {
  private static final int MOST = 100;
  private static final long PIECE_MS = Duration.ofMinutes(5).toMillis();
  private static final int NEWEST = 3;
  private static final int OLDER = 2;
  private static final int PIECES_OF_A_DAY = 288;
  private static final long GO_ON_FOR_NANOS = Duration.ofSeconds(3).toNanos();

  /** An order is placed under an id that is as old as it waited to be let in and written. */
  private static final long PLACED_WITHIN_MS = Duration.ofSeconds(5).toMillis();

  private static final String NOW = "SELECT (extract(epoch FROM now()) * 1000)::bigint AS millis";

  // Those to leave out are taken off again, by their keys: to look for each row among them would
  // take as long as there are rows times those.
  private static final String CHARGED =
      """
      SELECT currency, sum(payments)::bigint AS payments, sum(minor) AS sum_minor,
             (SELECT order_id FROM payment
              WHERE order_id >= $1 AND order_id < $2 AND status = 'CHARGED'
                AND order_id <> ALL ($3)
              ORDER BY order_id LIMIT 1) AS first_charged
      FROM (SELECT currency, 1 AS payments, amount_minor AS minor FROM payment
            WHERE order_id >= $1 AND order_id < $2 AND status = 'CHARGED'
            UNION ALL
            SELECT currency, -1, -amount_minor FROM payment
            WHERE order_id = ANY ($3) AND status = 'CHARGED') AS charged
      GROUP BY currency
      HAVING sum(payments) <> 0
      """;

  /**
   * Payments that are charged.
   *
   * @param byCurrency what they come to
   * @param first the lowest order among theirs
   */
  record Charged(Map<String, Total> byCurrency, Optional<UUID> first) {}

  /** What payments are asked about: those of the orders of a span, but for some. */
  @FunctionalInterface
  interface ChargedIn {
    Future<Charged> of(UUID from, UUID before, List<UUID> but);
  }

  /** Orders by their ids, as numbers; the later one is beyond. */
  private record Span(BigInteger from, BigInteger before) {
    private static final int ID_BITS = 128;
    private static final int MILLIS_BITS = 48;

    static Span ofMillis(long from, long before) {
      return new Span(floor(from), floor(before));
    }

    // The smallest UUIDv7 of a moment (RFC 9562: 48 bits of milliseconds come first).
    private static BigInteger floor(long millis) {
      return BigInteger.valueOf(millis).shiftLeft(ID_BITS - MILLIS_BITS);
    }

    private static UUID id(BigInteger number) {
      return new UUID(number.shiftRight(Long.SIZE).longValue(), number.longValue());
    }

    UUID fromId() {
      return id(from);
    }

    UUID beforeId() {
      return id(before);
    }

    List<Span> halves() {
      BigInteger middle = from.add(before).shiftRight(1);
      return List.of(new Span(from, middle), new Span(middle, before));
    }
  }

  /**
   * When it looks.
   *
   * @param newest number of the newest piece of time
   * @param end milliseconds since 1970, before which orders are looked at
   */
  private record Look(long newest, long end, long untilNanos) {
    boolean isOver() {
      return System.nanoTime() - untilNanos > 0;
    }
  }

  private final Supplier<Future<Long>> clock;
  private final BiFunction<UUID, UUID, Future<OrderTotals>> orders;
  private final ChargedIn charged;
  private final Map<Long, List<String>> found = new LinkedHashMap<>();
  private int older;

  /**
   * @param orders what the orders from an id up to and without another come to
   */
  PaymentsAgainstOrders(SqlClient client, BiFunction<UUID, UUID, Future<OrderTotals>> orders) {
    this(
        // As for every other decision of this service: its own process's clock may be wrong.
        () -> client.query(NOW).execute().map(rows -> rows.iterator().next().getLong("millis")),
        orders,
        (from, before, but) ->
            client
                .preparedQuery(CHARGED)
                .execute(Tuple.of(from, before, but.toArray(UUID[]::new)))
                .map(PaymentsAgainstOrders::charged));
  }

  /**
   * @param clock milliseconds since 1970
   */
  PaymentsAgainstOrders(
      Supplier<Future<Long>> clock,
      BiFunction<UUID, UUID, Future<OrderTotals>> orders,
      ChargedIn charged) {
    this.clock = clock;
    this.orders = orders;
    this.charged = charged;
  }

  private static Charged charged(RowSet<Row> rows) {
    Map<String, Total> byCurrency = new HashMap<>();
    Optional<UUID> first = Optional.empty();
    for (Row row : rows) {
      BigInteger sum = row.getBigDecimal("sum_minor").toBigIntegerExact();
      byCurrency.put(row.getString("currency"), new Total(row.getLong("payments"), sum));
      first = Optional.of(row.getUUID("first_charged"));
    }
    return new Charged(byCurrency, first);
  }

  /**
   * The orders that were found, a hundred at most, with what is charged and what they cost. Asks
   * for some seconds, and goes on with the next look.
   */
  Future<List<String>> look() {
    return clock.get().compose(this::look);
  }

  private Future<List<String>> look(long now) {
    long end = now - PLACED_WITHIN_MS;
    long newest = end / PIECE_MS;
    found.keySet().removeIf(piece -> piece <= newest - PIECES_OF_A_DAY);
    Set<Long> pieces = new LinkedHashSet<>();
    for (int back = 0; back < NEWEST; back++) {
      pieces.add(newest - back);
    }
    for (int each = 0; each < OLDER; each++) {
      pieces.add(older(newest, older + each));
    }
    pieces.addAll(found.keySet());
    Look look = new Look(newest, end, System.nanoTime() + GO_ON_FOR_NANOS);
    return next(new ArrayDeque<>(pieces), look)
        .map(looked -> found.values().stream().flatMap(Collection::stream).limit(MOST).toList());
  }

  /** One after the other, and round again. */
  private static long older(long newest, int number) {
    return newest - NEWEST - number % (PIECES_OF_A_DAY - NEWEST);
  }

  private Future<Void> next(Deque<Long> pieces, Look look) {
    Long piece = pieces.poll();
    if (piece == null || look.isOver()) {
      return Future.succeededFuture();
    }
    Deque<Span> spans = new ArrayDeque<>();
    spans.add(Span.ofMillis(piece * PIECE_MS, Math.min((piece + 1) * PIECE_MS, look.end())));
    return narrow(spans, new ArrayList<>(), look)
        .onSuccess(told -> remember(piece, told, spans.isEmpty()))
        .onSuccess(told -> older += piece == older(look.newest(), older) ? 1 : 0)
        .compose(told -> next(pieces, look));
  }

  // What was looked at in part only is told as it was, unless something was found. Put in anew:
  // what
  // there was no time for comes first the next time.
  private void remember(long piece, List<String> told, boolean whole) {
    if (whole || !told.isEmpty()) {
      found.remove(piece);
    }
    if (!told.isEmpty()) {
      found.put(piece, told);
    }
  }

  private Future<List<String>> narrow(Deque<Span> left, List<String> told, Look look) {
    if (left.isEmpty() || look.isOver()) {
      return Future.succeededFuture(told);
    }
    Span span = left.removeFirst();
    return orders
        .apply(span.fromId(), span.beforeId())
        .compose(ordered -> compare(span, ordered, left, told))
        .compose(compared -> narrow(left, told, look));
  }

  private Future<Void> compare(
      Span span, OrderTotals ordered, Deque<Span> left, List<String> told) {
    if (ordered.morePending()) {
      halve(span, left);
      return Future.succeededFuture();
    }
    return charged
        .of(span.fromId(), span.beforeId(), ordered.pending())
        .onSuccess(
            paid -> {
              if (paid.byCurrency().equals(ordered.completed())) {
                return;
              }
              if (orders(paid.byCurrency()) <= 1 && orders(ordered.completed()) <= 1) {
                told.add(told(ordered, paid));
              } else {
                halve(span, left);
              }
            })
        .mapEmpty();
  }

  private static void halve(Span span, Deque<Span> left) {
    // The later half comes first.
    span.halves().forEach(left::addFirst);
  }

  private static long orders(Map<String, Total> byCurrency) {
    return byCurrency.values().stream().mapToLong(Total::orders).sum();
  }

  private static String told(OrderTotals ordered, Charged paid) {
    String ids =
        Stream.of(ordered.firstCompleted(), paid.first())
            .flatMap(Optional::stream)
            .distinct()
            .map(UUID::toString)
            .collect(Collectors.joining(", "));
    return "%s: charged %s, completed %s"
        .formatted(ids, sum(paid.byCurrency()), sum(ordered.completed()));
  }

  private static String sum(Map<String, Total> one) {
    return one.isEmpty()
        ? "nothing"
        : one.entrySet().stream()
            .map(each -> each.getKey() + " " + each.getValue().sumMinor())
            .collect(Collectors.joining(", "));
  }
}
