package dev.converge.lab.checker;

import dev.converge.lab.history.Request;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a run: what the client was told, what the databases, the topics and the
 * provider's ledger hold. Plain records, so that a test can make up any run it likes.
 *
 * @param injected places of records that the lab itself has sent and no service ever did
 * @param quiescent whether all came to rest in time
 * @param slotLimitBytes what a slot may hold back at most
 */
public record Evidence(
    List<Request> history,
    List<OrderRow> orders,
    List<SagaRow> sagas,
    List<Transition> transitions,
    List<KeyRow> keys,
    List<ReservationRow> reservations,
    List<StockRow> stock,
    List<PaymentRow> payments,
    List<ChargeRow> ledger,
    List<OutboxRow> outbox,
    List<TopicRecord> topics,
    List<InboxRow> inbox,
    List<DeadLetterRow> deadLetters,
    List<OffsetRow> offsets,
    List<StockSample> stockSamples,
    List<SlotSample> slotSamples,
    List<SlotSample> slotsAtRest,
    List<Place> injected,
    Map<String, Long> received,
    boolean quiescent,
    long slotLimitBytes) {

  /** A line of an order. */
  public record Line(String sku, long quantity, long unitPriceMinor) {}

  /** An order as its customer sees it. */
  public record OrderRow(
      String orderId,
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

  /** Where a saga stands. */
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

  /** What inventory has set aside for an order. */
  public record ReservationRow(String orderId, String status, List<Line> lines, long version) {}

  /** A SKU. */
  public record StockRow(String sku, long available, long reserved, long shipped, long received) {}

  /** An order's payment as the payment service sees it. */
  public record PaymentRow(String orderId, String status, long amountMinor, String currency) {}

  /** A line of the provider's own ledger. */
  public record ChargeRow(String key, String status, long amountMinor, String currency) {}

  /**
   * A message to publish.
   *
   * @param domain of the database it stands in
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

  /** A place in the log. */
  public record Place(String topic, int partition, long offset) {}

  /** A record of a topic; what it lacks is empty. */
  public record TopicRecord(
      Place place, String id, String source, String key, long sequence, String payloadHash) {}

  /** A message that a consumer has handled. */
  public record InboxRow(String consumer, String messageId) {}

  /** A message that a consumer has parked. */
  public record DeadLetterRow(String consumer, String messageId, Place place, String reason) {}

  /** How far a consumer has come in a partition: the next offset it would read, and the end. */
  public record OffsetRow(String consumer, String topic, int partition, long committed, long end) {}

  /** A SKU at a time of the run. */
  public record StockSample(long atMicros, StockRow stock) {}

  /** A slot at a time of the run. */
  public record SlotSample(long atMicros, String domain, long retainedBytes, String walStatus) {}
}
