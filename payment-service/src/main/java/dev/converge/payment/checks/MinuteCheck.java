package dev.converge.payment.checks;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import dev.converge.payment.postgres.PaymentAuditQueries.Charged;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The progress of comparing the orders of one minute with their payments. A range whose totals
 * differ is halved until one order is left, which is the finding.
 */
final class MinuteCheck {
  static final long MINUTE_MS = Duration.ofMinutes(1).toMillis();

  private final Deque<IdRange> open = new ArrayDeque<>();
  private List<String> findings = List.of();
  private List<String> newFindings = new ArrayList<>();
  private boolean hasPending;
  private boolean isWhole;

  boolean isOpen() {
    return !open.isEmpty();
  }

  /**
   * Begins a check, or continues an open one of the whole minute. Does nothing if the minute is in
   * the future, which it can be after the clock was set back.
   *
   * @param number the minute, counted since 1970
   * @param end orders from this time on are not checked yet; in milliseconds since 1970
   */
  void begin(long number, long end) {
    if (isOpen() && isWhole) {
      return;
    }
    open.clear();
    long from = number * MINUTE_MS;
    long before = Math.min(from + MINUTE_MS, end);
    if (from < before) {
      newFindings = new ArrayList<>();
      hasPending = false;
      isWhole = before == from + MINUTE_MS;
      open.add(IdRange.ofMillis(from, before));
    }
  }

  /** The next range to compare. */
  IdRange next() {
    return open.removeFirst();
  }

  /** Returns a range whose comparison failed. */
  void retry(IdRange range) {
    open.addFirst(range);
  }

  /** Splits a range; its later half is next. */
  void halve(IdRange range) {
    range.halves().forEach(open::addFirst);
  }

  /** Records whether a range has pending orders, which keeps the minute under observation. */
  void sawPending(boolean pending) {
    hasPending |= pending;
  }

  /** Compares both sides of a range: halves it, or records a finding, if they differ. */
  void compare(IdRange range, OrderTotals ordered, Charged paid) {
    boolean differs = !paid.byCurrency().equals(ordered.completed());
    if (differs && count(paid.byCurrency()) <= 1 && count(ordered.completed()) <= 1) {
      newFindings.add(finding(ordered, paid));
    } else if (differs) {
      halve(range);
    }
  }

  /** Ends a check whose ranges are all compared. */
  void end() {
    findings = List.copyOf(newFindings);
    newFindings = new ArrayList<>();
  }

  /** Whether all orders of the minute have ended and match their payments. */
  boolean isSettled() {
    return isWhole && findings.isEmpty() && !hasPending;
  }

  /** The findings of the last check and of the open one. */
  Stream<String> findings() {
    return Stream.concat(findings.stream(), newFindings.stream()).distinct();
  }

  private static long count(Map<String, Total> byCurrency) {
    return byCurrency.values().stream().mapToLong(Total::orders).sum();
  }

  private static String finding(OrderTotals ordered, Charged paid) {
    String ids =
        Stream.of(ordered.firstCompleted(), paid.first())
            .flatMap(Optional::stream)
            .distinct()
            .map(UUID::toString)
            .collect(Collectors.joining(", "));
    return "%s: charged %s, completed %s"
        .formatted(ids, amounts(paid.byCurrency()), amounts(ordered.completed()));
  }

  private static String amounts(Map<String, Total> byCurrency) {
    return byCurrency.isEmpty()
        ? "nothing"
        : byCurrency.entrySet().stream()
            .map(each -> each.getKey() + " " + each.getValue().sumMinor())
            .collect(Collectors.joining(", "));
  }
}
