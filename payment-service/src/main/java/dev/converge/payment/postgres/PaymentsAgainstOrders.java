package dev.converge.payment.postgres;

import static java.util.Objects.requireNonNull;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import dev.converge.service.DatabaseConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Payments that come to another sum than the orders they are for. Of any span of time, what is
 * charged for orders that have ended is what the completed ones cost, exactly: an order ends only
 * after its payment has, and orders are asked about first, so that those that were pending then are
 * left out whatever has become of them since. A span that does not add up is halved, with both
 * sides read anew, until one order is left.
 *
 * <p>Time is looked at by the minute: the newest ones each time, and each minute that nobody could
 * look at then, had orders that were pending, or something amiss, until it has none; the day's
 * others one after another, and round again. What there was no time for goes on with the next look.
 */
final class PaymentsAgainstOrders {
  private static final int MOST = 100;
  private static final long MINUTE_MS = Duration.ofMinutes(1).toMillis();
  private static final int NEWEST = 10;
  private static final int OLDER = 10;
  private static final int MOST_OTHERS = 200;
  private static final int MINUTES_OF_A_DAY = 1_440;
  private static final int MOST_MINUTES = 10_000;
  private static final long NEWEST_FOR_NANOS = Duration.ofMillis(1_500).toNanos();
  private static final long GO_ON_FOR_NANOS = Duration.ofSeconds(3).toNanos();

  /** An order is written, and seen by others, some time after it was given its id. */
  private static final long WRITTEN_WITHIN_MS = Duration.ofSeconds(15).toMillis();

  private static final String NOW = "SELECT (extract(epoch FROM now()) * 1000)::bigint AS millis";

  // Those to leave out are taken off again, by their keys: to look for each row among them would
  // take as long as there are rows times those.
  private static final String CHARGED =
      """
      SELECT currency, sum(sign)::bigint AS payments, sum(sign * amount_minor) AS sum_minor,
             sum(sign * (amount_minor % 2147483647 + 1)
                 * ((get_byte(uuid_send(order_id), 13) << 16)
                    | (get_byte(uuid_send(order_id), 14) << 8)
                    | get_byte(uuid_send(order_id), 15))) AS checksum,
             (SELECT order_id FROM payment
              WHERE order_id >= $1 AND order_id < $2 AND status = 'CHARGED'
                AND order_id <> ALL ($3)
              ORDER BY order_id LIMIT 1) AS first_charged
      FROM (SELECT order_id, currency, amount_minor, 1 AS sign FROM payment
            WHERE order_id >= $1 AND order_id < $2 AND status = 'CHARGED'
            UNION ALL
            SELECT order_id, currency, amount_minor, -1 FROM payment
            WHERE order_id = ANY ($3) AND status = 'CHARGED') AS charged
      GROUP BY currency
      HAVING sum(sign) <> 0
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

  /** A minute that is looked at, and how far that has come. */
  private static final class Minute {
    private final Deque<Span> left = new ArrayDeque<>();
    private List<String> found = List.of();
    private List<String> told = new ArrayList<>();
    private boolean hasPending;
    private boolean isWhole;

    boolean isBegun() {
      return !left.isEmpty();
    }

    /**
     * Begins to look at it, up to a moment, or goes on; not where it is yet to come, by a clock
     * that was set back.
     */
    void begin(long number, long end) {
      if (isBegun() && isWhole) {
        return;
      }
      left.clear();
      long from = number * MINUTE_MS;
      long before = Math.min(from + MINUTE_MS, end);
      if (from < before) {
        told = new ArrayList<>();
        hasPending = false;
        isWhole = before == from + MINUTE_MS;
        left.add(Span.ofMillis(from, before));
      }
    }

    void halve(Span span) {
      // The later half comes first.
      span.halves().forEach(left::addFirst);
    }

    /** What was found last, and what was found since. */
    Stream<String> cases() {
      return Stream.concat(found.stream(), told.stream()).distinct();
    }
  }

  private final Supplier<Future<Long>> clock;
  private final BiFunction<UUID, UUID, Future<OrderTotals>> orders;
  private final ChargedIn charged;
  private final Map<Long, Minute> minutes = new LinkedHashMap<>();
  private final Set<Long> olderOnes = new HashSet<>();
  private int older;

  /** The newest one of the look before. */
  private @Nullable Long newestBefore;

  /** Ends: each question of it has a timeout. */
  private @Nullable Future<List<String>> looking;

  /**
   * @param orders what the orders from an id up to and without another come to
   */
  PaymentsAgainstOrders(SqlClient client, BiFunction<UUID, UUID, Future<OrderTotals>> orders) {
    this(
        // As for every other decision of this service: its own process's clock may be wrong.
        () ->
            DatabaseConfig.inTime(client.query(NOW).execute())
                .map(rows -> rows.iterator().next().getLong("millis")),
        orders,
        (from, before, but) ->
            DatabaseConfig.inTime(
                    client
                        .preparedQuery(CHARGED)
                        .execute(Tuple.of(from, before, but.toArray(UUID[]::new))))
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
      BigInteger checksum = row.getBigDecimal("checksum").toBigIntegerExact();
      byCurrency.put(row.getString("currency"), new Total(row.getLong("payments"), sum, checksum));
      first = Optional.of(row.getUUID("first_charged"));
    }
    return new Charged(byCurrency, first);
  }

  /**
   * The orders that were found, a hundred at most, with what is charged and what they cost. Asks
   * for some seconds, and goes on with the next look.
   */
  Future<List<String>> look() {
    Future<List<String>> before = looking;
    if (before != null && !before.isComplete()) {
      return before;
    }
    Future<List<String>> look = clock.get().compose(this::look);
    looking = look;
    return look;
  }

  private Future<List<String>> look(long now) {
    long end = now - WRITTEN_WITHIN_MS;
    long newest = (end - 1) / MINUTE_MS;
    List<Long> first = new ArrayList<>();
    for (int back = 0; back < NEWEST; back++) {
      first.add(newest - back);
      minutes.computeIfAbsent(newest - back, number -> new Minute());
    }
    // What nobody could look at when it was among the newest.
    long missed = newestBefore == null ? newest : newestBefore;
    for (long back = newest - NEWEST; back > missed && minutes.size() < MOST_MINUTES; back--) {
      minutes.computeIfAbsent(back, number -> new Minute());
    }
    newestBefore = newest;
    while (olderOnes.size() < OLDER && minutes.size() < MOST_MINUTES) {
      long number = newest - NEWEST - older;
      older = (older + 1) % (MINUTES_OF_A_DAY - NEWEST);
      olderOnes.add(number);
      minutes.computeIfAbsent(number, each -> new Minute());
    }
    List<Long> others =
        minutes.keySet().stream().filter(each -> !first.contains(each)).limit(MOST_OTHERS).toList();
    long begun = System.nanoTime();
    return next(new ArrayDeque<>(first), end, begun + NEWEST_FOR_NANOS)
        .compose(looked -> next(new ArrayDeque<>(others), end, begun + GO_ON_FOR_NANOS))
        .map(looked -> minutes.values().stream().flatMap(Minute::cases).limit(MOST).toList());
  }

  private Future<Void> next(Deque<Long> numbers, long end, long untilNanos) {
    while (!numbers.isEmpty() && !isOver(untilNanos)) {
      long number = numbers.remove();
      Minute minute = requireNonNull(minutes.remove(number));
      // Put in anew: what there is no time for comes first the next time.
      minutes.put(number, minute);
      minute.begin(number, end);
      if (minute.isBegun()) {
        return narrow(number, minute, untilNanos).compose(done -> next(numbers, end, untilNanos));
      }
    }
    return Future.succeededFuture();
  }

  private void ended(long number, Minute minute) {
    minute.found = List.copyOf(minute.told);
    minute.told = new ArrayList<>();
    olderOnes.remove(number);
    boolean isOver = minute.isWhole && minute.found.isEmpty() && !minute.hasPending;
    if (isOver || minutes.size() > MOST_MINUTES) {
      minutes.remove(number);
    }
  }

  private Future<Void> narrow(long number, Minute minute, long untilNanos) {
    Promise<Void> narrowed = Promise.promise();
    narrow(number, minute, untilNanos, narrowed);
    return narrowed.future();
  }

  // Some thousand questions: composed of one another, their futures would be as deep a recursion.
  private void narrow(long number, Minute minute, long untilNanos, Promise<Void> narrowed) {
    if (!minute.isBegun()) {
      ended(number, minute);
    }
    if (!minute.isBegun() || isOver(untilNanos)) {
      narrowed.complete();
      return;
    }
    Span span = minute.left.removeFirst();
    Future.succeededFuture()
        .compose(now -> orders.apply(span.fromId(), span.beforeId()))
        .compose(ordered -> compare(span, ordered, minute))
        .onFailure(cause -> minute.left.addFirst(span))
        .onComplete(compared -> narrow(number, minute, untilNanos, narrowed), narrowed::fail);
  }

  private Future<Void> compare(Span span, OrderTotals ordered, Minute minute) {
    minute.hasPending |= !ordered.pending().isEmpty();
    if (ordered.morePending()) {
      minute.halve(span);
      return Future.succeededFuture();
    }
    return charged
        .of(span.fromId(), span.beforeId(), ordered.pending())
        .compose(paid -> compare(span, ordered, paid, minute));
  }

  private static Future<Void> compare(Span span, OrderTotals ordered, Charged paid, Minute minute) {
    boolean addsUp = paid.byCurrency().equals(ordered.completed());
    if (!addsUp && orders(paid.byCurrency()) <= 1 && orders(ordered.completed()) <= 1) {
      minute.told.add(told(ordered, paid));
    } else if (!addsUp) {
      minute.halve(span);
    }
    return Future.succeededFuture();
  }

  private static boolean isOver(long untilNanos) {
    return System.nanoTime() - untilNanos > 0;
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
