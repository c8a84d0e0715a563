package dev.converge.lab.checker;

import static dev.converge.lab.checker.MadeUpRun.CANCELLED;
import static dev.converge.lab.checker.MadeUpRun.COMPLETED;
import static dev.converge.lab.checker.MadeUpRun.CONTENDED_LOST;
import static dev.converge.lab.checker.MadeUpRun.CONTENDED_WON;
import static dev.converge.lab.checker.MadeUpRun.DECLINED;
import static dev.converge.lab.checker.MadeUpRun.FOREIGN;
import static dev.converge.lab.checker.MadeUpRun.OUT_OF_STOCK;
import static dev.converge.lab.checker.MadeUpRun.POISON;
import static dev.converge.lab.checker.MadeUpRun.REFUSED;
import static dev.converge.lab.checker.MadeUpRun.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.DeadLetterRow;
import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.Books.KeyRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.RepublicationRow;
import dev.converge.lab.checker.Books.ReservationRow;
import dev.converge.lab.checker.Books.SagaRow;
import dev.converge.lab.checker.Books.StockRow;
import dev.converge.lab.checker.Books.Transition;
import dev.converge.lab.checker.Interventions.Cut;
import dev.converge.lab.checker.Interventions.SlotLoss;
import dev.converge.lab.checker.Observations.Balance;
import dev.converge.lab.checker.Observations.ResourceSample;
import dev.converge.lab.checker.RunLog.SlotSample;
import dev.converge.lab.checker.RunLog.StockSample;
import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.lab.checker.TopicContents.Place;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import dev.converge.lab.checker.Traces.Span;
import dev.converge.lab.history.OrderKind;
import dev.converge.lab.history.Outcome;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a checker that says PASS has been seen to say FAIL. Method: a run that is made up and
 * faultless passes; broken in one place, it fails at the invariant that the place is about.
 */
class InvariantsTest {
  /** A command that is not the last of its order. */
  private static final String REPUBLISHED = "order-" + COMPLETED + "-1";

  @Test
  void aFaultlessRunPassesAndEveryInvariantChecksSomething() {
    assertThat(Invariants.check(new MadeUpRun().evidence()))
        .allSatisfy(
            finding -> {
              assertThat(finding.violations()).as(finding.invariant()).isEmpty();
              assertThat(finding.checked()).as(finding.invariant()).isPositive();
              assertThat(finding.tried()).as(finding.invariant()).isTrue();
            });
  }

  @Test
  void everyInvariantIsBrokenAtLeastTwice() {
    var broken =
        violations().collect(Collectors.groupingBy(each -> each.get()[0], Collectors.counting()));
    Set<String> invariants =
        Invariants.check(new MadeUpRun().evidence()).stream()
            .map(Finding::invariant)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(broken.keySet()).containsExactlyInAnyOrderElementsOf(invariants);
    assertThat(broken.values()).allSatisfy(times -> assertThat(times).isGreaterThanOrEqualTo(2));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("violations")
  void aBrokenRunFails(String invariant, String how, Consumer<MadeUpRun> breaking) {
    MadeUpRun run = new MadeUpRun();
    breaking.accept(run);
    Finding found =
        Invariants.check(run.evidence()).stream()
            .filter(finding -> finding.invariant().equals(invariant))
            .findFirst()
            .orElseThrow();
    assertThat(found.violations()).as(how).isNotEmpty();
  }

  @Test
  void aTimelineShowsAllThatIsKnownOfAnOrder() {
    assertThat(OrderTimeline.of(new MadeUpRun().evidence(), CANCELLED))
        .anyMatch(line -> line.contains("client    PLACE"))
        .anyMatch(line -> line.contains("CancelRequested -> COMPENSATING charge-payment"))
        .anyMatch(line -> line.contains("handled by [payment-service]"))
        .anyMatch(line -> line.contains("at the end") && line.contains("REFUNDED"))
        .noneMatch(line -> line.contains(COMPLETED));
  }

  private static void answeredTwice(MadeUpRun run) {
    var unused =
        run.message(
            "payment", "order.replies", COMPLETED, "PaymentCharged", "order-" + COMPLETED + "-2");
  }

  private static void endedTwice(MadeUpRun run) {
    var unused = run.message("order", "order.events", COMPLETED, "OrderCompleted", null);
  }

  private static Arguments broken(String invariant, String how, Consumer<MadeUpRun> breaking) {
    return arguments(invariant, how, breaking);
  }

  static Stream<Arguments> violations() {
    return Stream.of(
            client(),
            termination(),
            legality(),
            effects(),
            compensation(),
            moneyAndStock(),
            lostMessages(),
            phantomMessages(),
            messageOrder(),
            copiesOfMessages(),
            inbox(),
            offsets(),
            poison(),
            slots(),
            concurrency(),
            log(),
            operation())
        .flatMap(List::stream);
  }

  private static List<Arguments> client() {
    return List.of(
        broken(
            "I1",
            "an accepted order is gone",
            run -> run.orders.removeIf(row -> row.orderId().equals(COMPLETED))),
        broken(
            "I1",
            "a success that names no order",
            run -> run.place("nameless", Outcome.OK, 202, null)),
        broken("I1", "a cancel was accepted, and it completed", run -> run.cancel(COMPLETED)),
        broken(
            "I2", "a valid order is refused", run -> run.place("valid", Outcome.FAIL, 422, null)),
        broken(
            "I2",
            "an invalid order is accepted",
            run -> run.place(REFUSED, Outcome.OK, 202, REFUSED)),
        broken(
            "I2",
            "a refused request has placed an order",
            run -> run.order(REFUSED, "COMPLETED", null)),
        broken(
            "I2",
            "a refused request has used up its key",
            run -> run.keys.add(new KeyRow(key(REFUSED), "any"))),
        broken(
            "I2",
            "an unanswered request has placed two orders",
            run -> {
              run.order("lost", "COMPLETED", null);
              run.order("lost", "COMPLETED", null);
            }),
        broken(
            "I3",
            "a repetition was answered with another order",
            run -> {
              run.history.removeIf(request -> request.sent().key().equals(key("other")));
              run.place(COMPLETED, Outcome.OK, 202, DECLINED);
            }),
        broken(
            "I3",
            "a repetition was answered otherwise",
            run -> run.place(COMPLETED, Outcome.OK, 201, COMPLETED)),
        broken("I3", "a key has two orders", run -> run.orders.add(run.orders.get(0))),
        broken("I3", "a key is gone", run -> run.keys.remove(0)),
        broken(
            "I3",
            "a used key was good for another request",
            run -> run.place(COMPLETED, "another content", Outcome.OK, 202, COMPLETED)),
        broken(
            "I3",
            "a key without an answer has no order",
            run -> run.keys.add(new KeyRow(key("lost"), "none"))),
        broken(
            "I3",
            "an order without an answer has no key",
            run -> run.order("lost", "COMPLETED", null)),
        broken("I4", "a version falls", run -> run.look(COMPLETED, 3, "COMPLETED")),
        broken("I4", "an end is taken back", run -> run.look(COMPLETED, 5, "PENDING")),
        broken(
            "I4",
            "an accepted order is not found",
            run -> run.look(DECLINED, 1, "PENDING", Outcome.FAIL, 404)),
        broken(
            "I28",
            "an order is answered 500",
            run -> run.place("lost", Outcome.UNKNOWN, 500, null)),
        broken(
            "I28",
            "a look is answered 504",
            run -> run.look(COMPLETED, 4, "COMPLETED", Outcome.UNKNOWN, 504)));
  }

  private static List<Arguments> termination() {
    return List.of(
        broken("I5", "no rest", run -> run.quiescent = false),
        broken("I5", "an order without an end", run -> run.order("pending", "PENDING", null)),
        broken(
            "I5",
            "an order without a saga",
            run -> run.sagas.removeIf(row -> row.orderId().equals(DECLINED))),
        broken(
            "I5",
            "a saga without an order",
            run -> run.sagas.add(new SagaRow("stranger", "COMPLETED", "ship-stock", null, 4))),
        broken(
            "I5",
            "an end that was not published",
            run -> run.outbox.removeIf(row -> row.type().contains("OrderCancelled"))),
        broken("I5", "an end that was published twice", InvariantsTest::endedTwice),
        broken(
            "I5",
            "an end that was published as another one",
            run ->
                run.outbox.replaceAll(
                    row ->
                        row.type().contains("OrderCancelled")
                            ? new OutboxRow(
                                row.domain(),
                                row.id(),
                                row.topic(),
                                row.orderId(),
                                row.sequence(),
                                row.type().replace("OrderCancelled", "OrderRejected"),
                                row.payloadHash(),
                                row.causationId(),
                                row.atMicros())
                            : row)));
  }

  private static List<Arguments> legality() {
    return List.of(
        broken(
            "I6",
            "a transition is missing",
            run -> run.transitions.removeIf(at -> at.version() == 2)),
        broken(
            "I6",
            "a cancel after the pivot",
            run ->
                run.path(
                    "late",
                    "OrderPlaced RUNNING reserve-stock ReserveStock",
                    "StockReserved RUNNING charge-payment ChargePayment",
                    "PaymentCharged RUNNING ship-stock ShipStock",
                    "CancelRequested COMPENSATING reserve-stock ReleaseStock")),
        broken(
            "I6",
            "a saga that its timeline does not end with",
            run -> run.sagas.set(0, new SagaRow(COMPLETED, "STUCK", "ship-stock", null, 4))),
        broken(
            "I6",
            "a timeline without a saga",
            run ->
                run.transitions.add(
                    new Transition(
                        "stranger", 1, 1, "OrderPlaced", "RUNNING", "reserve-stock", 1, ""))));
  }

  private static List<Arguments> effects() {
    return List.of(
        broken(
            "I7",
            "charged twice at the provider",
            run -> run.ledger.add(new ChargeRow(COMPLETED, "CHARGED", 100, "EUR"))),
        broken(
            "I7",
            "shipped though cancelled",
            run ->
                run.reservations.replaceAll(
                    row ->
                        row.orderId().equals(CANCELLED)
                            ? new ReservationRow(CANCELLED, "SHIPPED", row.lines(), 2)
                            : row)),
        broken(
            "I7",
            "a charge of an order that is not there",
            run -> run.ledger.add(new ChargeRow("phantom", "REFUNDED", 100, "EUR"))),
        broken(
            "I7",
            "completed and never shipped",
            run -> run.reservations.removeIf(row -> row.orderId().equals(COMPLETED))));
  }

  private static List<Arguments> compensation() {
    return List.of(
        broken(
            "I8",
            "stock of a declined order is kept",
            run ->
                run.reservations.replaceAll(
                    row ->
                        row.orderId().equals(DECLINED)
                            ? new ReservationRow(DECLINED, "RESERVED", row.lines(), 1)
                            : row)),
        broken(
            "I8",
            "money of a cancelled order is kept",
            run ->
                run.payments.replaceAll(
                    row ->
                        row.orderId().equals(CANCELLED)
                            ? new PaymentRow(CANCELLED, "CHARGED", 100, "EUR")
                            : row)),
        broken(
            "I8",
            "a completed order was undone",
            run ->
                run.transitions.add(
                    new Transition(
                        COMPLETED, 5, 9, "CancelRequested", "X", "Y", 1, "RefundPayment"))),
        broken(
            "I8",
            "undone in the wrong order",
            run ->
                run.transitions.replaceAll(
                    at ->
                        at.orderId().equals(CANCELLED) && at.version() >= 3 && at.version() <= 4
                            ? new Transition(
                                CANCELLED,
                                7 - at.version(),
                                at.atMicros(),
                                at.signal(),
                                at.status(),
                                at.step(),
                                1,
                                at.sent())
                            : at)));
  }

  private static List<Arguments> moneyAndStock() {
    return List.of(
        broken(
            "I10",
            "charged too much",
            run -> run.ledger.set(0, new ChargeRow(COMPLETED, "CHARGED", 101, "EUR"))),
        broken(
            "I10",
            "rejected and charged",
            run -> run.ledger.set(1, new ChargeRow(DECLINED, "CHARGED", 100, "EUR"))),
        broken(
            "I10",
            "rejected and still open",
            run -> run.payments.set(1, new PaymentRow(DECLINED, "VOIDING", 100, "EUR"))),
        broken(
            "I11",
            "the provider holds more",
            run -> run.ledger.add(new ChargeRow("phantom", "CHARGED", 7, "EUR"))),
        broken(
            "I11",
            "another currency",
            run -> run.payments.set(0, new PaymentRow(COMPLETED, "CHARGED", 100, "USD"))),
        broken("I12", "still reserved", run -> run.stock.set(0, new StockRow("sku", 7, 1, 2, 10))),
        broken(
            "I12",
            "shipped without a sale",
            run -> run.stock.set(0, new StockRow("sku", 6, 0, 4, 10))),
        broken(
            "I12",
            "stock out of nowhere",
            run -> run.stock.set(0, new StockRow("sku", 9, 0, 2, 11))),
        broken(
            "I13",
            "less than nothing for a second",
            run -> run.stockSamples.add(new StockSample(3, new StockRow("sku", -1, 9, 2, 10)))),
        broken(
            "I13",
            "shipped goods come back",
            run -> run.stockSamples.add(new StockSample(3, new StockRow("sku", 9, 0, 1, 10)))));
  }

  private static List<Arguments> lostMessages() {
    return List.of(
        broken(
            "I15",
            "a message was never published",
            run -> run.topics.removeIf(found -> found.id().equals("order-" + COMPLETED + "-2"))),
        broken(
            "I15",
            "another payload",
            run -> run.topics.replaceAll(found -> with(found, found.place(), "other"))),
        broken(
            "I15",
            "another topic",
            run -> run.topics.replaceAll(found -> moved(found, "order.events", 0))),
        broken(
            "I15",
            "deleted with its topic, not handled, and not there again",
            run -> {
              cut(run, "inventory.commands");
              run.topics.removeIf(found -> found.id().equals(REPUBLISHED));
              run.inbox.removeIf(row -> row.messageId().equals(REPUBLISHED));
            }),
        broken(
            "I15",
            "missing from a topic that was cut before it was written",
            run -> {
              run.cuts.add(new Cut("inventory.commands", 1_000_000));
              run.topics.removeIf(found -> found.id().equals(REPUBLISHED));
            }),
        broken(
            "I15",
            "an event that was deleted and has no consumer",
            run -> {
              cut(run, "order.events");
              run.topics.removeIf(found -> found.place().topic().equals("order.events"));
            }),
        broken(
            "I15",
            "published again with another payload",
            run -> {
              run.publishAgain(REPUBLISHED);
              TopicRecord copy = run.topics.remove(run.topics.size() - 1);
              run.topics.add(with(copy, copy.place(), "other"));
            }));
  }

  private static List<Arguments> phantomMessages() {
    return List.of(
        broken("I16", "a record without an outbox row", run -> run.outbox.remove(0)),
        broken("I16", "a record without an id", run -> run.poison.clear()));
  }

  private static List<Arguments> messageOrder() {
    return List.of(
        broken(
            "I17",
            "two partitions",
            run -> {
              TopicRecord last = last(run, "inventory.commands", COMPLETED);
              run.topics.remove(last);
              run.topics.add(moved(last, "inventory.commands", 1));
            }),
        broken(
            "I17",
            "a gap",
            run -> run.topics.removeIf(found -> found.id().equals("order-" + COMPLETED + "-2"))),
        broken(
            "I17",
            "a later one first",
            run -> {
              TopicRecord last = last(run, "inventory.commands", COMPLETED);
              run.topics.remove(last);
              run.topics.add(
                  with(last, new Place("inventory.commands", 0, -1), last.payloadHash()));
            }),
        broken(
            "I17",
            "a gap in a topic of which nothing was deleted",
            run -> {
              cut(run, "payment.commands");
              run.topics.removeIf(found -> found.id().equals("order-" + COMPLETED + "-3"));
            }),
        broken(
            "I17",
            "a later one first, and another was published again",
            run -> {
              run.publishAgain(REPUBLISHED);
              TopicRecord last = last(run, "inventory.commands", DECLINED);
              run.topics.remove(last);
              run.topics.add(
                  with(last, new Place("inventory.commands", 0, -1), last.payloadHash()));
            }));
  }

  private static List<Arguments> copiesOfMessages() {
    return List.of(
        broken(
            "I18",
            "a copy without a mark",
            run -> {
              run.publishAgain(REPUBLISHED);
              run.republications.clear();
            }),
        broken(
            "I18",
            "a mark without a copy",
            run -> run.republications.add(new RepublicationRow("order", REPUBLISHED))),
        broken(
            "I18",
            "a mark of nothing",
            run -> run.republications.add(new RepublicationRow("order", "nothing"))),
        broken(
            "I18",
            "a copy that differs",
            run -> {
              run.publishAgain(REPUBLISHED);
              OutboxRow copy = run.outbox.remove(run.outbox.size() - 1);
              run.outbox.add(
                  new OutboxRow(
                      copy.domain(),
                      copy.id(),
                      copy.topic(),
                      copy.orderId(),
                      copy.sequence(),
                      copy.type(),
                      "other",
                      copy.causationId(),
                      copy.atMicros()));
            }));
  }

  private static List<Arguments> inbox() {
    return List.of(
        broken("I19", "a message without a mark", run -> run.inbox.remove(run.inbox.size() - 1)),
        broken("I19", "marked twice", run -> run.inbox.add(run.inbox.get(run.inbox.size() - 1))),
        broken(
            "I19",
            "a mark of nothing",
            run -> run.inbox.add(new InboxRow("order-service", "nothing", MadeUpRun.HANDLED))),
        broken(
            "I19",
            "marked, and without effect",
            run -> run.outbox.removeIf(row -> row.domain().equals("inventory"))),
        broken(
            "I19",
            "a charge was marked and dropped, and its refund left a mark that none is to be",
            run -> {
              run.outbox.removeIf(row -> row.id().equals("payment-" + CANCELLED + "-1"));
              run.payments.replaceAll(
                  row ->
                      row.orderId().equals(CANCELLED)
                          ? new PaymentRow(CANCELLED, "REFUNDED", 0, "XXX")
                          : row);
            }),
        broken(
            "I19",
            "a charge was marked, and nothing came of it",
            run -> run.outbox.removeIf(row -> row.id().equals("payment-" + DECLINED + "-1"))),
        broken(
            "I19",
            "a refund was marked and dropped, its charge having been answered",
            run -> run.outbox.removeIf(row -> row.id().equals("payment-" + CANCELLED + "-2"))),
        broken("I19", "a command was answered twice", InvariantsTest::answeredTwice),
        broken(
            "I19",
            "a reply was marked while it was awaited, and moved nothing",
            run ->
                run.transitions.replaceAll(
                    at ->
                        at.orderId().equals(CANCELLED) && at.signal().equals("CancelRequested")
                            ? new Transition(
                                CANCELLED,
                                at.version(),
                                MadeUpRun.HANDLED + 20_000_000,
                                at.signal(),
                                at.status(),
                                at.step(),
                                at.attempt(),
                                at.sent())
                            : at)),
        broken(
            "I19",
            "a mark of nothing, where a topic was cut",
            run -> {
              cut(run, "order.replies");
              run.inbox.add(new InboxRow("order-service", "nothing", MadeUpRun.HANDLED));
            }));
  }

  private static List<Arguments> offsets() {
    return List.of(
        broken(
            "I20",
            "poison was passed and is not parked",
            run -> {
              run.deadLetters.clear();
              run.inbox.removeIf(row -> row.messageId().equals("poison"));
            }),
        broken(
            "I20",
            "not at the end",
            run ->
                run.offsets.replaceAll(
                    at -> new OffsetRow(at.consumer(), at.topic(), 0, at.end() - 1, at.end()))),
        broken(
            "I20",
            "passed without a mark",
            run -> run.inbox.removeIf(row -> row.consumer().equals("order-service"))));
  }

  private static List<Arguments> poison() {
    return List.of(
        broken("I22", "poison was not parked", run -> run.deadLetters.clear()),
        broken(
            "I22",
            "a good message was parked",
            run ->
                run.deadLetters.add(
                    new DeadLetterRow(
                        "order-service", "good", new Place("order.replies", 0, 1), "why", ""))),
        broken(
            "I22",
            "parked twice",
            run ->
                run.deadLetters.add(
                    new DeadLetterRow("payment-service", "poison", POISON, "again", "arsenic"))),
        broken(
            "I22",
            "parked as another record",
            run ->
                run.deadLetters.set(
                    0,
                    new DeadLetterRow(
                        "payment-service",
                        "poison",
                        new Place(POISON.topic(), 0, 7),
                        "unknown type",
                        "arsenic"))),
        broken(
            "I22",
            "a valid message that no service sent was not handled",
            run -> run.inbox.removeIf(row -> row.messageId().equals(FOREIGN))),
        broken(
            "I22",
            "a valid message that no service sent was parked",
            run ->
                run.deadLetters.add(
                    new DeadLetterRow(
                        "order-service",
                        FOREIGN,
                        new Place("order.replies", 0, 20),
                        "traceparent",
                        "stranger"))),
        broken(
            "I22",
            "deleted with its topic, and parked twice",
            run -> {
              run.topics.removeIf(found -> found.place().equals(POISON));
              run.deadLetters.add(run.deadLetters.get(0));
            }));
  }

  private static List<Arguments> slots() {
    return List.of(
        broken(
            "I24",
            "a slot is absent and was not dropped",
            run -> {
              run.slotLosses.add(new SlotLoss("payment", 3_000_000, false));
              run.slotSamples.add(new SlotSample(3_000_000, "order", 0, "absent"));
            }),
        broken(
            "I24",
            "a slot that was dropped stays absent",
            run -> {
              run.slotLosses.add(new SlotLoss("order", 3_000_000, false));
              run.slotSamples.add(new SlotSample(63_000_001, "order", 0, "absent"));
            }),
        broken(
            "I24",
            "a slot is absent when quiescent",
            run -> {
              run.slotLosses.add(new SlotLoss("order", 3, false));
              run.slotsWhenQuiescent.add(new SlotSample(4, "order", 0, "absent"));
            }),
        broken(
            "I24",
            "a slot holds back too much",
            run -> run.slotSamples.add(new SlotSample(3, "order", (4L << 30) + 1, "extended"))),
        broken(
            "I24",
            "a slot is lost",
            run -> run.slotSamples.add(new SlotSample(3, "order", 0, "lost"))),
        broken(
            "I24",
            "a slot that was dropped is lost",
            run -> {
              run.slotLosses.add(new SlotLoss("order", 3_000_000, false));
              run.slotSamples.add(new SlotSample(4_000_000, "order", 0, "lost"));
            }),
        broken(
            "I24",
            "a slot that was invalidated stays lost",
            run -> {
              run.slotLosses.add(new SlotLoss("order", 3_000_000, true));
              run.slotSamples.add(new SlotSample(63_000_001, "order", 0, "lost"));
            }),
        broken(
            "I24",
            "a slot is lost when quiescent",
            run -> {
              run.slotLosses.add(new SlotLoss("order", 3, true));
              run.slotsWhenQuiescent.add(new SlotSample(4, "order", 0, "lost"));
            }),
        broken(
            "I24",
            "a slot stays behind",
            run ->
                run.slotsWhenQuiescent.add(new SlotSample(4, "payment", 64L << 20, "reserved"))));
  }

  private static List<Arguments> concurrency() {
    return List.of(
        broken(
            "I9",
            "a late reply has moved its saga, once it had come, a second time",
            run ->
                run.transitions.add(
                    new Transition(
                        COMPLETED, 5, 9, "StockShipped", "COMPLETED", "ship-stock", 1, ""))),
        broken(
            "I9",
            "a saga was moved by a reply that was not handled",
            run ->
                run.inbox.removeIf(row -> row.messageId().equals("payment-" + COMPLETED + "-1"))),
        broken(
            "I9",
            "two owners of a call have both had their outcome written",
            InvariantsTest::answeredTwice),
        broken(
            "I9",
            "a charge that comes late undoes the refund",
            run -> run.message("payment", "order.replies", CANCELLED, "PaymentCharged", "another")),
        broken(
            "I9",
            "what was released is shipped",
            run -> run.message("inventory", "order.replies", DECLINED, "StockShipped", "another")),
        broken(
            "I14",
            "more is sold than there is",
            run -> run.received.put(OrderKind.CONTENDED_SKU, 0L)),
        broken(
            "I14",
            "no order gets it",
            run -> ended(run, CONTENDED_WON, "REJECTED", "OUT_OF_STOCK")),
        broken(
            "I14",
            "a loser of the contended item is rejected for another reason",
            run -> ended(run, CONTENDED_LOST, "REJECTED", "TIMED_OUT")),
        broken(
            "I14",
            "more is sold than there is, under faults",
            run -> {
              run.firstFaultMicros = 1L;
              ended(run, CONTENDED_LOST, "COMPLETED", null);
            }),
        broken(
            "I23",
            "a version was read that was never committed",
            run -> run.look(COMPLETED, 5, "COMPLETED")),
        broken(
            "I23",
            "a version was read as a later one left it",
            run -> run.look(DECLINED, 3, "REJECTED")),
        broken(
            "I23",
            "a transition was overwritten",
            run ->
                run.transitions.removeIf(
                    at -> at.orderId().equals(CANCELLED) && at.version() == 3)),
        broken(
            "I23",
            "a message was sent by a transition that is not there",
            run -> run.message("order", "payment.commands", DECLINED, "RefundPayment", null)),
        broken(
            "I23",
            "half of a transfer was seen",
            run -> run.balances.add(new Balance(3, "money", 100, 0))));
  }

  private static void ended(MadeUpRun run, String order, String status, @Nullable String reason) {
    run.orders.removeIf(row -> row.orderId().equals(order));
    run.order(order, status, reason);
  }

  private static List<Arguments> log() {
    return List.of(
        broken(
            "I21",
            "an offset is seen twice",
            run -> run.topics.add(last(run, "order.replies", COMPLETED))),
        broken(
            "I21",
            "an offset is skipped",
            run -> run.topics.remove(last(run, "inventory.commands", DECLINED))),
        broken(
            "I21",
            "two views show different records at one offset",
            run ->
                run.uncommitted =
                    run.topics.stream().map(each -> with(each, each.place(), "other")).toList()),
        broken(
            "I21",
            "what was aborted is there uncommitted",
            run -> {
              run.uncommitted = List.copyOf(run.topics);
              run.topics.remove(run.topics.size() - 1);
            }),
        broken(
            "I21",
            "a consumer has committed what is beyond the end",
            run ->
                run.offsets.replaceAll(
                    at -> new OffsetRow(at.consumer(), at.topic(), 0, at.end() + 1, at.end()))));
  }

  private static List<Arguments> operation() {
    return List.of(
        broken("I25", "an order is gone, and a clock was stepped", run -> run.orders.remove(0)),
        broken("I25", "no rest, and a clock was stepped", run -> run.quiescent = false),
        broken(
            "I26",
            "threads are left",
            run -> run.resourceSamples.add(whenQuiescent(73L, 90L, 8L, 20L << 20))),
        broken(
            "I26",
            "descriptors are left",
            run -> run.resourceSamples.add(whenQuiescent(40L, 155L, 8L, 20L << 20))),
        broken(
            "I26",
            "connections are left",
            run -> run.resourceSamples.add(whenQuiescent(40L, 90L, 14L, 20L << 20))),
        broken(
            "I26",
            "the heap grows",
            run -> run.resourceSamples.add(whenQuiescent(40L, 90L, 8L, (36L << 20) + 1))),
        broken(
            "I27",
            "an order has two traces' roots",
            run -> run.spans.add(new Span("other", "", "order-service", "SERVER", "post /orders"))),
        broken(
            "I27",
            "a parent is missing",
            run -> run.spans.removeIf(span -> span.kind().equals("PRODUCER"))),
        broken(
            "I27",
            "a service is missing",
            run ->
                run.spans.replaceAll(
                    span ->
                        span.service().equals("payment-service")
                            ? new Span(
                                span.id(), span.parent(), "order-service", span.kind(), span.name())
                            : span)),
        broken("I27", "a message has left no span", run -> run.spans.remove(run.spans.size() - 1)));
  }

  private static ResourceSample whenQuiescent(
      long threads, long descriptors, long connections, long live) {
    return new ResourceSample("order-service", 7, true, threads, descriptors, connections, live);
  }

  @Test
  void whatWasNotTriedIsNeitherHeldNorViolated() {
    MadeUpRun run = new MadeUpRun();
    run.transitions.removeIf(at -> at.orderId().equals(CANCELLED));
    run.outbox.removeIf(row -> row.orderId().equals(CANCELLED));
    run.calls.clear();
    run.firstFaultMicros = 1L;
    run.clockSteps.clear();
    run.resourceSamples.replaceAll(
        each ->
            each.whenQuiescent()
                ? new ResourceSample(each.service(), 8, true, 1L, 1L, 1L, 1L)
                : each);
    run.spans.clear();
    run.droppedSpans = 20;
    run.balances.clear();
    assertThat(Invariants.check(run.evidence()).stream().filter(found -> !found.tried()))
        .extracting(Finding::invariant)
        .containsExactly("I9", "I14", "I23", "I25", "I26", "I27");
  }

  private static void cut(MadeUpRun run, String topic) {
    run.cuts.add(new Cut(topic, 9_000_000));
  }

  @Test
  void whatWasLostAndIsPublishedAgainIsNoViolation() {
    MadeUpRun run = new MadeUpRun();
    run.slotLosses.add(new SlotLoss("order", 3_000_000, false));
    run.slotSamples.add(new SlotSample(30_000_000, "order", 0, "absent"));
    run.slotLosses.add(new SlotLoss("payment", 3_000_000, true));
    run.slotSamples.add(new SlotSample(30_000_000, "payment", 0, "lost"));
    run.slotSamples.add(new SlotSample(31_000_000, "payment", 0, "absent"));
    run.loseAndPublishAgain();
    assertThat(Invariants.check(run.evidence()))
        .allSatisfy(finding -> assertThat(finding.violations()).isEmpty());
  }

  @Test
  void whatWasHandledBeforeItsTopicWasDeletedIsNoViolation() {
    MadeUpRun run = new MadeUpRun();
    cut(run, "payment.commands");
    run.empty("payment.commands");
    assertThat(Invariants.check(run.evidence()))
        .allSatisfy(finding -> assertThat(finding.violations()).isEmpty());
  }

  private static TopicRecord last(MadeUpRun run, String topic, String order) {
    return run.topics.stream()
        .filter(found -> found.place().topic().equals(topic) && found.key().equals(order))
        .max(java.util.Comparator.comparing(TopicRecord::sequence))
        .orElseThrow();
  }

  private static TopicRecord moved(TopicRecord found, String topic, int partition) {
    return with(found, new Place(topic, partition, found.place().offset()), found.payloadHash());
  }

  private static TopicRecord with(TopicRecord found, Place place, String payloadHash) {
    return new TopicRecord(
        place,
        found.id(),
        found.source(),
        found.key(),
        found.sequence(),
        payloadHash,
        found.poison());
  }

  @Test
  void aReleasedTombstoneAndARefusalThatWasUndoneAreNoViolation() {
    MadeUpRun run = new MadeUpRun();
    run.reservations.replaceAll(
        row ->
            row.orderId().equals(OUT_OF_STOCK)
                ? new ReservationRow(OUT_OF_STOCK, "REFUSED", List.of(), 1)
                : row);
    assertThat(SagaInvariants.compensation(run.evidence()).violations()).isEmpty();
  }
}
