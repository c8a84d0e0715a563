package dev.converge.lab.checker;

import dev.converge.lab.checker.Books.CallRow;
import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.DeadLetterRow;
import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.Books.InventoryBook;
import dev.converge.lab.checker.Books.KeyRow;
import dev.converge.lab.checker.Books.Line;
import dev.converge.lab.checker.Books.MessageBook;
import dev.converge.lab.checker.Books.OrderBook;
import dev.converge.lab.checker.Books.OrderRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.PaymentBook;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.RepublicationRow;
import dev.converge.lab.checker.Books.ReservationRow;
import dev.converge.lab.checker.Books.SagaRow;
import dev.converge.lab.checker.Books.StockRow;
import dev.converge.lab.checker.Books.Transition;
import dev.converge.lab.checker.Interventions.Cut;
import dev.converge.lab.checker.Interventions.SlotLoss;
import dev.converge.lab.checker.Observations.Balance;
import dev.converge.lab.checker.Observations.ClockStep;
import dev.converge.lab.checker.Observations.ResourceSample;
import dev.converge.lab.checker.RunLog.SlotSample;
import dev.converge.lab.checker.RunLog.StockSample;
import dev.converge.lab.checker.TopicContents.LogView;
import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.lab.checker.TopicContents.Place;
import dev.converge.lab.checker.TopicContents.Range;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import dev.converge.lab.checker.Traces.Span;
import dev.converge.lab.checker.Traces.TraceRow;
import dev.converge.lab.history.Answered;
import dev.converge.lab.history.OrderKind;
import dev.converge.lab.history.Outcome;
import dev.converge.lab.history.Request;
import dev.converge.lab.history.Request.Kind;
import dev.converge.lab.history.Sent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A constructed run: faultless until a test breaks it. */
public final class ConstructedRun {
  public static final String COMPLETED = "order-completed";
  public static final String DECLINED = "order-declined";
  public static final String CANCELLED = "order-cancelled";
  public static final String OUT_OF_STOCK = "order-out-of-stock";

  /** An order that breaks a rule, as its key shows. */
  public static final String REFUSED = "order-invalid-refused";

  public static final String CONTENDED_WON = "order-contended-won";
  public static final String CONTENDED_LOST = "order-contended-lost";

  /** The id of a message that no service has sent, and that is handled. */
  public static final String FOREIGN = "foreign";

  public static final Place POISON = new Place("payment.commands", 0, 5);

  /** Long before the saga leaves a state, for tests in which it leaves it late. */
  static final long HANDLED = 1_001_000;

  static final Line LINE = new Line("sku", 2, 50);
  static final Line CONTENDED = new Line(OrderKind.CONTENDED_SKU, 1, 100);
  static final List<String> ORDERS =
      List.of(COMPLETED, DECLINED, CANCELLED, OUT_OF_STOCK, CONTENDED_WON, CONTENDED_LOST);

  final List<Request> history = new ArrayList<>();
  final List<OrderRow> orders = new ArrayList<>();
  final List<SagaRow> sagas = new ArrayList<>();
  final List<Transition> transitions = new ArrayList<>();
  final List<KeyRow> keys = new ArrayList<>();
  final List<ReservationRow> reservations = new ArrayList<>();
  final List<StockRow> stock = new ArrayList<>();
  final List<PaymentRow> payments = new ArrayList<>();
  final List<ChargeRow> ledger = new ArrayList<>();
  final List<OutboxRow> outbox = new ArrayList<>();
  final List<RepublicationRow> republications = new ArrayList<>();
  final List<TopicRecord> topics = new ArrayList<>();
  final List<InboxRow> inbox = new ArrayList<>();
  final List<DeadLetterRow> deadLetters = new ArrayList<>();
  final List<OffsetRow> offsets = new ArrayList<>();
  final List<StockSample> stockSamples = new ArrayList<>();
  final List<SlotSample> slotSamples = new ArrayList<>();
  final List<SlotSample> slotsWhenQuiescent = new ArrayList<>();
  final List<String> poison = new ArrayList<>();
  final List<String> foreign = new ArrayList<>();
  final List<Cut> cuts = new ArrayList<>();
  final List<SlotLoss> slotLosses = new ArrayList<>();
  final Map<String, Long> received = new HashMap<>(Map.of("sku", 10L, OrderKind.CONTENDED_SKU, 1L));
  final List<CallRow> calls = new ArrayList<>();
  final List<Balance> balances = new ArrayList<>();
  final List<ResourceSample> resourceSamples = new ArrayList<>();
  final List<ClockStep> clockSteps = new ArrayList<>();
  final List<Span> spans = new ArrayList<>();
  boolean quiescent = true;
  long droppedSpans;
  @Nullable Long firstFaultMicros = 9_000_000L;

  /** The records that are read uncommitted; null if they are the committed ones. */
  @Nullable List<TopicRecord> uncommitted;

  private final Map<String, Long> sequences = new HashMap<>();

  /** The next offset of each topic. */
  final Map<String, Long> ends = new HashMap<>();

  private long ops;

  public ConstructedRun() {
    FaultlessRun.fill(this);
  }

  /** The same run without a changed clock. */
  public ConstructedRun withoutClockSteps() {
    clockSteps.clear();
    return this;
  }

  static String key(String order) {
    return "key-of-" + order;
  }

  void place(String order, Outcome outcome, @Nullable Integer status, @Nullable String answered) {
    place(order, "content of " + order, outcome, status, answered);
  }

  /** One more of the equal requests at the start. */
  public void placeConcurrently(String order) {
    place(order, "content of " + order, Outcome.OK, 202, order, OrderKind.EQUAL.label());
  }

  void place(
      String order,
      String content,
      Outcome outcome,
      @Nullable Integer status,
      @Nullable String answered) {
    place(order, content, outcome, status, answered, "plain");
  }

  private void place(
      String order,
      String content,
      Outcome outcome,
      @Nullable Integer status,
      @Nullable String answered,
      String kind) {
    history.add(
        new Request(
            new Sent(ops++, ORDERS.indexOf(order), Kind.PLACE, key(order), kind, null, content),
            1_000_000,
            1_001_000L,
            outcome,
            answered == null
                ? Answered.ofStatus(status)
                : new Answered(
                    status,
                    answered,
                    "PENDING",
                    null,
                    "/orders/" + answered,
                    "digest of " + answered)));
  }

  void poll(String order, int version, String status) {
    poll(order, version, status, Outcome.OK, 200);
  }

  void poll(String order, int version, String status, Outcome outcome, int answer) {
    history.add(
        new Request(
            new Sent(ops++, ORDERS.indexOf(order), Kind.GET, key(order), "plain", order, null),
            1_002_000,
            1_003_000L,
            outcome,
            new Answered(answer, order, status, version, null, null)));
  }

  /** A cancel that was accepted. */
  void cancel(String order) {
    history.add(
        new Request(
            new Sent(ops++, ORDERS.indexOf(order), Kind.CANCEL, key(order), "plain", order, null),
            1_002_000,
            1_003_000L,
            Outcome.OK,
            new Answered(202, order, "PENDING", null, null, null)));
  }

  void order(String order, String status, @Nullable String reason) {
    orders.add(
        new OrderRow(
            order,
            OrderKind.customer(key(order)),
            status,
            reason,
            "EUR",
            100,
            List.of(line(order)),
            1_000_500,
            status.equals("PENDING") ? null : 2_000_000L));
  }

  private static Line line(String order) {
    return order.equals(CONTENDED_WON) || order.equals(CONTENDED_LOST) ? CONTENDED : LINE;
  }

  void path(String order, String... steps) {
    int version = 0;
    String status = "";
    String step = "";
    for (String each : steps) {
      String[] words = each.split(" ", -1);
      version++;
      status = words[1];
      step = words[2];
      transitions.add(
          new Transition(order, version, 1_000_500 + version, words[0], status, step, 1, words[3]));
    }
    sagas.add(new SagaRow(order, status, step, null, version));
  }

  /** A message that is committed and published; its id. */
  String message(
      String domain, String topic, String order, String name, @Nullable String causation) {
    long sequence = sequences.merge(domain + order, 1L, Long::sum);
    String id = domain + "-" + order + "-" + sequence;
    outbox.add(
        new OutboxRow(
            domain,
            id,
            topic,
            order,
            sequence,
            "dev.converge." + domain + "." + name + ".v1",
            "hash of " + id,
            causation,
            1_000_500));
    record(topic, id, "/" + domain + "-service", order, sequence);
    return id;
  }

  /**
   * A message is lost and published again, after its successors; and another one, which was never
   * lost.
   */
  public void loseAndPublishAgain() {
    String lost = "inventory-" + DECLINED + "-1";
    neverPublished(lost);
    publishAgain(lost);
    publishAgain("inventory-" + COMPLETED + "-1");
  }

  // As if it had never been published: its successors are one offset further ahead.
  private void neverPublished(String id) {
    TopicRecord lost =
        topics.stream().filter(found -> found.id().equals(id)).findFirst().orElseThrow();
    topics.remove(lost);
    Place was = lost.place();
    topics.replaceAll(
        found ->
            found.place().topic().equals(was.topic()) && found.place().offset() > was.offset()
                ? with(
                    found,
                    new Place(was.topic(), was.partition(), found.place().offset() - 1),
                    found.payloadHash())
                : found);
    end(was.topic(), ends.getOrDefault(was.topic(), 0L) - 1);
  }

  /** A topic has been deleted and recreated: it is empty. */
  void empty(String topic) {
    topics.removeIf(found -> found.place().topic().equals(topic));
    end(topic, 0);
  }

  private void end(String topic, long end) {
    ends.put(topic, end);
    offsets.replaceAll(
        at -> at.topic().equals(topic) ? new OffsetRow(at.consumer(), topic, 0, end, end) : at);
  }

  /** The reconciler publishes a missing message again: marked, and written once more. */
  void publishAgain(String id) {
    OutboxRow row = outbox.stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
    outbox.add(row);
    republications.add(new RepublicationRow(row.domain(), id));
    record(row.topic(), id, "/" + row.domain() + "-service", row.orderId(), row.sequence());
    offsets.replaceAll(
        at ->
            at.topic().equals(row.topic())
                ? new OffsetRow(at.consumer(), at.topic(), 0, at.end() + 1, at.end() + 1)
                : at);
  }

  /** A message is published at the end of its topic. */
  void record(String topic, String id, String source, String order, long sequence) {
    long offset = ends.merge(topic, 1L, Long::sum) - 1;
    topics.add(
        new TopicRecord(
            new Place(topic, 0, offset), id, source, order, sequence, "hash of " + id, ""));
  }

  /** All records of a topic were deleted, late in the run. */
  void cut(String topic) {
    cuts.add(new Cut(topic, 9_000_000));
  }

  /** A second reply to the command that charges the completed order. */
  void answerTwice() {
    var unused =
        message(
            "payment", "order.replies", COMPLETED, "PaymentCharged", "order-" + COMPLETED + "-2");
  }

  /** The end of the completed order is published once more. */
  void endTwice() {
    var unused = message("order", "order.events", COMPLETED, "OrderCompleted", null);
  }

  /** The last record of an order in a topic. */
  TopicRecord last(String topic, String order) {
    return topics.stream()
        .filter(found -> found.place().topic().equals(topic) && found.key().equals(order))
        .max(Comparator.comparing(TopicRecord::sequence))
        .orElseThrow();
  }

  /** The record in another partition. */
  static TopicRecord moved(TopicRecord found, String topic, int partition) {
    return with(found, new Place(topic, partition, found.place().offset()), found.payloadHash());
  }

  /** The record at another place, with another payload. */
  static TopicRecord with(TopicRecord found, Place place, String payloadHash) {
    return new TopicRecord(
        place,
        found.id(),
        found.source(),
        found.key(),
        found.sequence(),
        payloadHash,
        found.poison());
  }

  private LogView view(String isolation, List<TopicRecord> records) {
    List<Range> ranges = new ArrayList<>();
    ends.forEach((topic, end) -> ranges.add(new Range(topic, 0, 0, end)));
    return new LogView(isolation, ranges, List.copyOf(records));
  }

  public Evidence evidence() {
    return new Evidence(
        new RunLog(
            history,
            received,
            stockSamples,
            slotSamples,
            new Interventions(poison, foreign, cuts, slotLosses),
            new Observations(balances, resourceSamples, firstFaultMicros, 0, 0, clockSteps)),
        new Books(
            new OrderBook(orders, sagas, transitions, keys),
            new InventoryBook(reservations, stock),
            new PaymentBook(payments, ledger, calls),
            new MessageBook(outbox, republications, inbox, deadLetters)),
        new TopicContents(
            topics,
            offsets,
            List.of(
                view("read_committed", topics),
                view("read_uncommitted", uncommitted == null ? topics : uncommitted))),
        new Traces(droppedSpans, List.of(new TraceRow(COMPLETED, spans)), ""),
        slotsWhenQuiescent,
        quiescent);
  }
}
