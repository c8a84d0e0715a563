package dev.converge.payment.checks;

import static java.util.Objects.requireNonNull;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.postgres.PaymentAuditQueries.Charged;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds payments that differ from their orders. In any range of order ids, the charged payments of
 * ended orders must equal the completed orders, in number, sum and checksum. This holds at any
 * time: an order ends only after its payment. The orders are read first, and those that are pending
 * then are left out on the side of the payments.
 *
 * <p>Ranges are minutes. Each run checks the newest ten, every minute that had pending orders or a
 * finding or that no run could check in time, and ten older ones: these rotate through the day. A
 * run has a time limit; the next one continues.
 */
final class PaymentsAgainstOrders {
  private static final int MAX_FINDINGS = 100;
  private static final int NEWEST = 10;
  private static final int OLDER = 10;
  private static final int MAX_OTHERS = 200;
  private static final int MINUTES_OF_A_DAY = 1_440;
  private static final int MAX_MINUTES = 10_000;
  private static final long NEWEST_NANOS = Duration.ofMillis(1_500).toNanos();
  private static final long RUN_NANOS = Duration.ofSeconds(3).toNanos();

  /** An order becomes visible some time after its id is created. */
  private static final long VISIBLE_WITHIN_MS = Duration.ofSeconds(15).toMillis();

  /** The charged payments of a range of orders, some of them left out. */
  @FunctionalInterface
  interface ChargedIn {
    Future<Charged> of(UUID from, UUID before, List<UUID> except);
  }

  private final Supplier<Future<Long>> clock;
  private final BiFunction<UUID, UUID, Future<OrderTotals>> orders;
  private final ChargedIn charged;
  private final Map<Long, MinuteCheck> minutes = new LinkedHashMap<>();
  private final Set<Long> olderMinutes = new HashSet<>();
  private int olderIndex;
  private @Nullable Long newestBefore;

  /** Always completes: each of its requests has a timeout. */
  private @Nullable Future<List<String>> running;

  /**
   * @param clock milliseconds since 1970
   * @param orders the totals of the orders in a range of ids, its end excluded
   */
  PaymentsAgainstOrders(
      Supplier<Future<Long>> clock,
      BiFunction<UUID, UUID, Future<OrderTotals>> orders,
      ChargedIn charged) {
    this.clock = clock;
    this.orders = orders;
    this.charged = charged;
  }

  /** At most 100 findings: the order, the charged amount and the completed amount. */
  Future<List<String>> check() {
    Future<List<String>> before = running;
    if (before != null && !before.isComplete()) {
      return before;
    }
    Future<List<String>> check = clock.get().compose(this::checkAt);
    running = check;
    return check;
  }

  private Future<List<String>> checkAt(long now) {
    long end = now - VISIBLE_WITHIN_MS;
    long newest = (end - 1) / MinuteCheck.MINUTE_MS;
    List<Long> first = addNewest(newest);
    addMissed(newest);
    addOlder(newest);
    List<Long> others =
        minutes.keySet().stream()
            .filter(minute -> !first.contains(minute))
            .limit(MAX_OTHERS)
            .toList();
    long begun = System.nanoTime();
    return checkNext(new ArrayDeque<>(first), end, begun + NEWEST_NANOS)
        .compose(done -> checkNext(new ArrayDeque<>(others), end, begun + RUN_NANOS))
        .map(done -> findings());
  }

  private List<Long> addNewest(long newest) {
    List<Long> added = new ArrayList<>();
    for (long minute = newest; minute > newest - NEWEST; minute--) {
      added.add(minute);
      add(minute);
    }
    return added;
  }

  // Minutes that were among the newest while no run could check them.
  private void addMissed(long newest) {
    long missed = newestBefore == null ? newest : newestBefore;
    for (long minute = newest - NEWEST; minute > missed && hasRoom(); minute--) {
      add(minute);
    }
    newestBefore = newest;
  }

  private void addOlder(long newest) {
    while (olderMinutes.size() < OLDER && hasRoom()) {
      long minute = newest - NEWEST - olderIndex;
      olderIndex = (olderIndex + 1) % (MINUTES_OF_A_DAY - NEWEST);
      olderMinutes.add(minute);
      add(minute);
    }
  }

  private boolean hasRoom() {
    return minutes.size() < MAX_MINUTES;
  }

  private void add(long minute) {
    minutes.computeIfAbsent(minute, each -> new MinuteCheck());
  }

  private List<String> findings() {
    return minutes.values().stream().flatMap(MinuteCheck::findings).limit(MAX_FINDINGS).toList();
  }

  private Future<Void> checkNext(Deque<Long> numbers, long end, long untilNanos) {
    while (!numbers.isEmpty() && !isOver(untilNanos)) {
      long number = numbers.remove();
      MinuteCheck minute = requireNonNull(minutes.remove(number));
      // Moved to the end: minutes that this run cannot check come first in the next one.
      minutes.put(number, minute);
      minute.begin(number, end);
      if (minute.isOpen()) {
        return narrow(number, minute, untilNanos)
            .compose(done -> checkNext(numbers, end, untilNanos));
      }
    }
    return Future.succeededFuture();
  }

  private Future<Void> narrow(long number, MinuteCheck minute, long untilNanos) {
    Promise<Void> narrowed = Promise.promise();
    narrow(number, minute, untilNanos, narrowed);
    return narrowed.future();
  }

  // A loop over a promise: thousands of composed futures would recurse too deep.
  private void narrow(long number, MinuteCheck minute, long untilNanos, Promise<Void> narrowed) {
    if (!minute.isOpen()) {
      end(number, minute);
    }
    if (!minute.isOpen() || isOver(untilNanos)) {
      narrowed.complete();
      return;
    }
    IdRange range = minute.next();
    Future.succeededFuture()
        .compose(now -> orders.apply(range.fromId(), range.beforeId()))
        .compose(ordered -> compare(range, ordered, minute))
        .onFailure(cause -> minute.retry(range))
        .onComplete(compared -> narrow(number, minute, untilNanos, narrowed), narrowed::fail);
  }

  private Future<Void> compare(IdRange range, OrderTotals ordered, MinuteCheck minute) {
    minute.sawPending(!ordered.pending().isEmpty());
    if (ordered.morePending()) {
      minute.halve(range);
      return Future.succeededFuture();
    }
    return charged
        .of(range.fromId(), range.beforeId(), ordered.pending())
        .compose(
            paid -> {
              minute.compare(range, ordered, paid);
              return Future.succeededFuture();
            });
  }

  private void end(long number, MinuteCheck minute) {
    minute.end();
    olderMinutes.remove(number);
    if (minute.isSettled() || minutes.size() > MAX_MINUTES) {
      minutes.remove(number);
    }
  }

  private static boolean isOver(long untilNanos) {
    return System.nanoTime() - untilNanos > 0;
  }
}
