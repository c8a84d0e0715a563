package dev.converge.lab.checker;

import dev.converge.lab.history.Request;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything known about a run: the answers that the client got, and the contents of the databases,
 * the topics and the provider's ledger. Plain records, so that a test can invent any run.
 *
 * @param traces of some orders
 * @param interventions what the lab itself has done to messages and slots
 * @param watched what was seen while the run went on
 * @param received what each SKU was stocked with
 * @param quiescent whether all work ended in time
 * @param slotLimitBytes the most that a slot may retain
 */
public record Evidence(
    List<Request> history,
    Books books,
    Log log,
    Samples samples,
    Traces traces,
    Interventions interventions,
    Watched watched,
    Map<String, Long> received,
    boolean quiescent,
    long slotLimitBytes) {

  /** The contents of the databases, each of one snapshot. */
  public record Books(
      OrderBook order, InventoryBook inventory, PaymentBook payment, MessageBook messages) {}

  /** The order service's own tables. */
  public record OrderBook(
      List<OrderRow> orders,
      List<SagaRow> sagas,
      List<Transition> transitions,
      List<KeyRow> keys) {}

  /** The inventory service's own tables. */
  public record InventoryBook(List<ReservationRow> reservations, List<StockRow> stock) {}

  /**
   * The payment service's own tables, and the provider's.
   *
   * @param calls to the provider
   */
  public record PaymentBook(
      List<PaymentRow> payments, List<ChargeRow> ledger, List<CallRow> calls) {}

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
   * The topics.
   *
   * @param views what consumers see of the topics, one for each isolation level
   */
  public record Log(List<TopicRecord> topics, List<OffsetRow> offsets, List<LogView> views) {
    /** Topics that were not read. */
    static final Log NOT_READ = new Log(List.of(), List.of(), List.of());
  }

  /** Samples of stock and slots: once a second during the run, and the slots afterwards. */
  public record Samples(
      List<StockSample> stock, List<SlotSample> slots, List<SlotSample> slotsWhenQuiescent) {
    static final Samples NONE = new Samples(List.of(), List.of(), List.of());
  }

  /** What the databases alone show, once all work has ended and nothing else is known. */
  static Evidence of(Books books) {
    return new Evidence(
        List.of(),
        books,
        Log.NOT_READ,
        Samples.NONE,
        new Traces(0, List.of(), "not read"),
        new Interventions(List.of(), List.of(), List.of(), List.of()),
        new Watched(List.of(), List.of(), null, 0, 0, List.of()),
        Map.of(),
        true,
        Long.MAX_VALUE);
  }

  public List<OrderRow> orders() {
    return books.order().orders();
  }

  public List<SagaRow> sagas() {
    return books.order().sagas();
  }

  public List<Transition> transitions() {
    return books.order().transitions();
  }

  public List<KeyRow> keys() {
    return books.order().keys();
  }

  public List<ReservationRow> reservations() {
    return books.inventory().reservations();
  }

  public List<StockRow> stock() {
    return books.inventory().stock();
  }

  public List<PaymentRow> payments() {
    return books.payment().payments();
  }

  public List<ChargeRow> ledger() {
    return books.payment().ledger();
  }

  public List<CallRow> calls() {
    return books.payment().calls();
  }

  public List<OutboxRow> outbox() {
    return books.messages().outbox();
  }

  public List<RepublicationRow> republications() {
    return books.messages().republications();
  }

  public List<InboxRow> inbox() {
    return books.messages().inbox();
  }

  public List<DeadLetterRow> deadLetters() {
    return books.messages().deadLetters();
  }

  public List<TopicRecord> topics() {
    return log.topics();
  }

  public List<OffsetRow> offsets() {
    return log.offsets();
  }

  public List<LogView> views() {
    return log.views();
  }

  public List<StockSample> stockSamples() {
    return samples.stock();
  }

  public List<SlotSample> slotSamples() {
    return samples.slots();
  }

  public List<SlotSample> slotsWhenQuiescent() {
    return samples.slotsWhenQuiescent();
  }

  /** The messages of the outbox, each once: its first row. */
  public List<OutboxRow> messages() {
    Map<String, OutboxRow> first = new LinkedHashMap<>();
    for (OutboxRow row : outbox()) {
      first.merge(row.id(), row, (one, other) -> other.atMicros() < one.atMicros() ? other : one);
    }
    return List.copyOf(first.values());
  }

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

  /** The stock that is reserved for an order. */
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

  /** The audit's mark: a message was missing from its topic and was written once more. */
  public record RepublicationRow(String domain, String messageId) {}

  /** A place in the log. */
  public record Place(String topic, int partition, long offset) {}

  /**
   * A record of a topic; what it lacks is empty.
   *
   * @param poison the lab's own name for a record that it has sent and no service ever did, whether
   *     it must be parked or handled
   */
  public record TopicRecord(
      Place place,
      String id,
      String source,
      String key,
      long sequence,
      String payloadHash,
      String poison) {}

  /**
   * A message that a consumer has handled.
   *
   * @param handledByMicros by when its transaction had begun; the largest number where that is not
   *     known
   */
  public record InboxRow(String consumer, String messageId, long handledByMicros) {}

  /**
   * A message that a consumer has parked.
   *
   * @param poison as in {@link TopicRecord}
   */
  public record DeadLetterRow(
      String consumer, String messageId, Place place, String reason, String poison) {}

  /**
   * How far a consumer has come in a partition: the next offset it would read, and the end. Where
   * what it would read is gone, it reads on from the first record there is.
   */
  public record OffsetRow(String consumer, String topic, int partition, long committed, long end) {}

  /** A SKU at a time of the run. */
  public record StockSample(long atMicros, StockRow stock) {}

  /**
   * What the lab has done behind the services' backs.
   *
   * @param poison the names of the records that it has sent and that must be parked
   * @param foreign the names of the records that it has sent and that must be handled
   */
  public record Interventions(
      List<String> poison, List<String> foreign, List<Cut> cuts, List<SlotLoss> slotLosses) {}

  /** All that was in a topic at a moment has been deleted. */
  public record Cut(String topic, long atMicros) {}

  /**
   * The slot of a domain's database has been taken away.
   *
   * @param invalidated whether it was there still, without its log; else it was dropped
   */
  public record SlotLoss(String domain, long atMicros, boolean invalidated) {}

  /** A slot at a time of the run; its status is {@code absent} where there was none. */
  public record SlotSample(long atMicros, String domain, long retainedBytes, String walStatus) {}

  /**
   * All that a consumer sees of the topics, in the order in which it sees it.
   *
   * @param isolation the consumer's isolation level
   */
  public record LogView(String isolation, List<Range> ranges, List<TopicRecord> records) {}

  /** A partition's first offset, and the one after its last. */
  public record Range(String topic, int partition, long begin, long end) {}

  /** How often the provider was asked about an order. */
  public record CallRow(String orderId, long requests) {}

  /**
   * Traces as the trace UI has them.
   *
   * @param dropped spans that the trace UI has refused and services have dropped, because their
   *     queues were full, since there was no fault any more
   * @param rows the traces of the newest orders that completed and that no fault came before
   * @param whyNone why there are none; empty where there are some
   */
  public record Traces(long dropped, List<TraceRow> rows, String whyNone) {}

  /** The trace that an order says is its own. */
  public record TraceRow(String orderId, List<Span> spans) {}

  /**
   * A span.
   *
   * @param parent its id; empty for the root
   */
  public record Span(String id, String parent, String service, String kind, String name) {}

  /**
   * What was seen while the run went on.
   *
   * @param firstFaultMicros when the first fault came; null where none did
   * @param undisturbedMicros since when there was no fault any more
   * @param droppedBefore spans that had been refused and dropped by then
   */
  public record Watched(
      List<Balance> balances,
      List<ResourceSample> resourceSamples,
      @Nullable Long firstFaultMicros,
      long undisturbedMicros,
      long droppedBefore,
      List<ClockStep> clockSteps) {}

  /** Two sums over different rows, taken in one snapshot, that must be the same in any. */
  public record Balance(long atMicros, String book, long one, long other) {}

  /**
   * The resources of a process; null where they cannot be measured here.
   *
   * @param whenQuiescent whether it was sampled at the end, or else once it had warmed up
   * @param liveBytes of its heap, after a collection
   */
  public record ResourceSample(
      String service,
      long pid,
      boolean whenQuiescent,
      @Nullable Long threads,
      @Nullable Long descriptors,
      @Nullable Long connections,
      @Nullable Long liveBytes) {}

  /** A clock was changed while the run went on. */
  public record ClockStep(String whose, long atMicros) {}
}
