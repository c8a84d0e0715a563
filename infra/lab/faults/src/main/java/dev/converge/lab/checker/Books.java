package dev.converge.lab.checker;

import dev.converge.lab.checker.TopicContents.Place;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The contents of the services' databases, each of one snapshot. */
public record Books(
    OrderBook order, InventoryBook inventory, PaymentBook payment, MessageBook messages) {

  /** The order service's own tables. */
  public record OrderBook(
      List<OrderRow> orders,
      List<SagaRow> sagas,
      List<Transition> transitions,
      List<KeyRow> keys) {}

  /**
   * An order as its customer sees it.
   *
   * @param protocol that ended it, such as {@code saga}
   */
  public record OrderRow(
      String orderId,
      String protocol,
      String customerId,
      String status,
      @Nullable String reason,
      String currency,
      long totalMinor,
      List<Line> lines,
      long placedMicros,
      @Nullable Long endedMicros) {
    boolean isCompleted() {
      return status.equals("COMPLETED");
    }
  }

  /** The state of a saga. */
  public record SagaRow(
      String orderId, String status, String step, @Nullable String abortReason, int version) {}

  /** A line of the saga log. */
  public record Transition(
      String orderId,
      int version,
      long atMicros,
      String signal,
      String status,
      String step,
      int attempt,
      String sent) {}

  /** An idempotency key. */
  public record KeyRow(String key, String orderId) {}

  /** The inventory service's own tables. */
  public record InventoryBook(List<ReservationRow> reservations, List<StockRow> stock) {}

  /** The stock that is reserved for an order. */
  public record ReservationRow(String orderId, String status, List<Line> lines, long version) {}

  /** A SKU. */
  public record StockRow(String sku, long available, long reserved, long shipped, long received) {}

  /** A line of an order. */
  public record Line(String sku, long quantity, long unitPriceMinor) {}

  /**
   * The payment service's own tables, and the provider's.
   *
   * @param calls to the provider
   */
  public record PaymentBook(
      List<PaymentRow> payments, List<ChargeRow> ledger, List<CallRow> calls) {}

  /** An order's payment as the payment service sees it. */
  public record PaymentRow(String orderId, String status, long amountMinor, String currency) {}

  /** A line of the provider's own ledger. */
  public record ChargeRow(String key, String status, long amountMinor, String currency) {}

  /** The number of requests to the provider about an order. */
  public record CallRow(String orderId, long requests) {}

  /**
   * The outbox and inbox tables of all services.
   *
   * @param outbox rows as they are stored: a message that was published again has two
   */
  public record MessageBook(
      List<OutboxRow> outbox,
      List<RepublicationRow> republications,
      List<InboxRow> inbox,
      List<DeadLetterRow> deadLetters) {}

  /**
   * A message to publish.
   *
   * @param domain of its database
   * @param payloadHash SHA-256 of the payload
   */
  public record OutboxRow(
      String domain,
      String id,
      String topic,
      String orderId,
      long sequence,
      String type,
      String payloadHash,
      @Nullable String causationId,
      long atMicros) {}

  /** The reconciler's mark: a message was missing from its topic and was published again. */
  public record RepublicationRow(String domain, String messageId) {}

  /**
   * A message that a consumer has handled.
   *
   * @param handledByMicros the latest start of its transaction; the largest number if it is not
   *     known
   */
  public record InboxRow(String consumer, String messageId, long handledByMicros) {}

  /**
   * A message that a consumer has parked.
   *
   * @param poison as in {@link TopicContents.TopicRecord}
   */
  public record DeadLetterRow(
      String consumer, String messageId, Place place, String reason, String poison) {}
}
