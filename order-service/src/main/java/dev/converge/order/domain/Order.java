package dev.converge.order.domain;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A customer's order.
 *
 * @param currency ISO 4217
 * @param totalMinor the sum of its lines in minor units of the currency
 * @param paymentToken identifies the customer's means of payment at the provider
 * @param traceparent the trace of all spans of the order
 * @param transaction what ended it; null for an order of the saga
 */
public record Order(
    UUID orderId,
    String customerId,
    String currency,
    long totalMinor,
    List<OrderLine> lines,
    String paymentToken,
    OrderStatus status,
    @Nullable AbortReason reason,
    @Nullable String traceparent,
    Instant placedAt,
    @Nullable Instant endedAt,
    @Nullable OrderTransaction transaction) {

  /** The largest amount that every JSON reader holds exactly (RFC 8259, section 6). */
  public static final long MAX_TOTAL_MINOR = 9_007_199_254_740_991L;

  public Order {
    lines = List.copyOf(lines);
  }

  /** A new order. */
  public static Order placed(
      UUID orderId,
      String customerId,
      String currency,
      List<OrderLine> lines,
      String paymentToken,
      @Nullable String traceparent,
      Instant at) {
    return new Order(
        orderId,
        customerId,
        currency,
        total(lines),
        lines,
        paymentToken,
        OrderStatus.PENDING,
        null,
        traceparent,
        at,
        null,
        null);
  }

  /** How it is brought to its end. */
  public OrderProtocol protocol() {
    return transaction == null ? OrderProtocol.SAGA : transaction.protocol();
  }

  /** The order at its end: completed, or rejected for a reason. */
  public Order ended(OrderTransaction by, @Nullable AbortReason rejection, Instant at) {
    return new Order(
        orderId,
        customerId,
        currency,
        totalMinor,
        lines,
        paymentToken,
        rejection == null ? OrderStatus.COMPLETED : rejection.outcome(),
        rejection,
        traceparent,
        placedAt,
        at,
        by);
  }

  /** An order of the saga as it was placed, without its later status. */
  public Order asPlaced() {
    return new Order(
        orderId,
        customerId,
        currency,
        totalMinor,
        lines,
        paymentToken,
        OrderStatus.PENDING,
        null,
        traceparent,
        placedAt,
        null,
        null);
  }

  /**
   * The sum of lines.
   *
   * @throws ArithmeticException beyond the range of a long
   */
  public static long total(List<OrderLine> lines) {
    long total = 0;
    for (OrderLine line : lines) {
      total =
          Math.addExact(total, Math.multiplyExact(line.unitPriceMinor(), (long) line.quantity()));
    }
    return total;
  }
}
