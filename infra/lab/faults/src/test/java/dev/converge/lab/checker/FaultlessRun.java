package dev.converge.lab.checker;

import static dev.converge.lab.checker.ConstructedRun.CANCELLED;
import static dev.converge.lab.checker.ConstructedRun.COMPLETED;
import static dev.converge.lab.checker.ConstructedRun.CONTENDED;
import static dev.converge.lab.checker.ConstructedRun.CONTENDED_LOST;
import static dev.converge.lab.checker.ConstructedRun.CONTENDED_WON;
import static dev.converge.lab.checker.ConstructedRun.DECLINED;
import static dev.converge.lab.checker.ConstructedRun.FOREIGN;
import static dev.converge.lab.checker.ConstructedRun.HANDLED;
import static dev.converge.lab.checker.ConstructedRun.LINE;
import static dev.converge.lab.checker.ConstructedRun.ORDERS;
import static dev.converge.lab.checker.ConstructedRun.OUT_OF_STOCK;
import static dev.converge.lab.checker.ConstructedRun.POISON;
import static dev.converge.lab.checker.ConstructedRun.REFUSED;
import static java.util.Objects.requireNonNull;

import dev.converge.lab.SagaRules;
import dev.converge.lab.SagaRules.Step;
import dev.converge.lab.checker.Books.CallRow;
import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.DeadLetterRow;
import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.Books.KeyRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.ReservationRow;
import dev.converge.lab.checker.Books.StockRow;
import dev.converge.lab.checker.Books.Transition;
import dev.converge.lab.checker.Observations.Balance;
import dev.converge.lab.checker.Observations.ClockStep;
import dev.converge.lab.checker.Observations.ResourceSample;
import dev.converge.lab.checker.RunLog.SlotSample;
import dev.converge.lab.checker.RunLog.StockSample;
import dev.converge.lab.checker.TopicContents.OffsetRow;
import dev.converge.lab.checker.TopicContents.Place;
import dev.converge.lab.checker.TopicContents.TopicRecord;
import dev.converge.lab.checker.Traces.Span;
import dev.converge.lab.history.OrderKind;
import dev.converge.lab.history.Outcome;
import dev.converge.platform.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Fills a run with orders of every outcome, so that every invariant holds and has been tried. */
final class FaultlessRun {
  private static final List<Step> STEPS = SagaRules.PLACE_ORDER.stepsWithReplies();

  private final ConstructedRun run;

  private FaultlessRun(ConstructedRun run) {
    this.run = run;
  }

  static void fill(ConstructedRun run) {
    new FaultlessRun(run).fill();
  }

  private void fill() {
    for (String order : ORDERS) {
      run.place(order, Outcome.OK, 202, order);
      run.keys.add(new KeyRow(ConstructedRun.key(order), order));
    }
    // Refused, and not answered: neither has left anything.
    run.place(REFUSED, Outcome.FAIL, 400, null);
    run.place("lost", Outcome.UNKNOWN, null, null);
    run.cancel(CANCELLED);
    run.poll(COMPLETED, 1, "PENDING");
    run.poll(COMPLETED, STEPS.size() + 1, "COMPLETED");
    run.order(COMPLETED, "COMPLETED", null);
    run.order(DECLINED, "REJECTED", "PAYMENT_DECLINED");
    run.order(CANCELLED, "CANCELLED", "CANCELLED_BY_CUSTOMER");
    run.order(OUT_OF_STOCK, "REJECTED", "OUT_OF_STOCK");
    run.order(CONTENDED_WON, "COMPLETED", null);
    run.order(CONTENDED_LOST, "REJECTED", "OUT_OF_STOCK");
    sagas();
    effects();
    messages();
    observations();
    trace();
    run.stockSamples.add(new StockSample(1, new StockRow("sku", 8, 2, 0, 10)));
    run.stockSamples.add(new StockSample(2, new StockRow("sku", 8, 0, 2, 10)));
    run.slotSamples.add(new SlotSample(1, "order", 1_000, "reserved"));
    run.slotsWhenQuiescent.add(new SlotSample(2, "order", 10, "reserved"));
  }

  private void sagas() {
    for (String order : List.of(COMPLETED, CONTENDED_WON)) {
      run.path(order, pathToCompletion());
    }
    run.path(
        DECLINED,
        "OrderPlaced RUNNING reserve-stock ReserveStock",
        "StockReserved RUNNING charge-payment ChargePayment",
        "PaymentDeclined COMPENSATING reserve-stock ReleaseStock",
        "StockReleased COMPENSATED reserve-stock OrderRejected");
    run.path(
        CANCELLED,
        "OrderPlaced RUNNING reserve-stock ReserveStock",
        "StockReserved RUNNING charge-payment ChargePayment",
        "CancelRequested COMPENSATING charge-payment RefundPayment",
        "PaymentRefunded COMPENSATING reserve-stock ReleaseStock",
        "StockReleased COMPENSATED reserve-stock OrderCancelled");
    for (String order : List.of(OUT_OF_STOCK, CONTENDED_LOST)) {
      run.path(
          order,
          "OrderPlaced RUNNING reserve-stock ReserveStock",
          "StockRefused COMPENSATED reserve-stock OrderRejected");
    }
  }

  private void effects() {
    run.reservations.add(new ReservationRow(COMPLETED, "SHIPPED", List.of(LINE), 2));
    run.reservations.add(new ReservationRow(DECLINED, "RELEASED", List.of(LINE), 2));
    run.reservations.add(new ReservationRow(CANCELLED, "RELEASED", List.of(LINE), 2));
    run.reservations.add(new ReservationRow(OUT_OF_STOCK, "REFUSED", List.of(LINE), 1));
    run.stock.add(new StockRow("sku", 8, 0, 2, 10));
    run.payments.add(new PaymentRow(COMPLETED, "CHARGED", 100, "EUR"));
    run.payments.add(new PaymentRow(DECLINED, "DECLINED", 100, "EUR"));
    run.payments.add(new PaymentRow(CANCELLED, "REFUNDED", 100, "EUR"));
    run.ledger.add(new ChargeRow(COMPLETED, "CHARGED", 100, "EUR"));
    run.ledger.add(new ChargeRow(DECLINED, "DECLINED", 100, "EUR"));
    run.ledger.add(new ChargeRow(CANCELLED, "REFUNDED", 100, "EUR"));
    run.reservations.add(new ReservationRow(CONTENDED_WON, "SHIPPED", List.of(CONTENDED), 2));
    run.reservations.add(new ReservationRow(CONTENDED_LOST, "REFUSED", List.of(CONTENDED), 1));
    run.stock.add(new StockRow(OrderKind.CONTENDED_SKU, 0, 0, 1, 1));
    run.payments.add(new PaymentRow(CONTENDED_WON, "CHARGED", 100, "EUR"));
    run.ledger.add(new ChargeRow(CONTENDED_WON, "CHARGED", 100, "EUR"));
    run.calls.add(new CallRow(COMPLETED, 2));
    run.calls.add(new CallRow(CANCELLED, 2));
  }

  private void messages() {
    Map<String, String> replies = new HashMap<>();
    for (Transition at : List.copyOf(run.transitions)) {
      String topic = topic(at);
      String cause = replies.get(at.orderId() + " " + at.signal());
      String command = run.message("order", topic, at.orderId(), at.sent(), cause);
      String reply = reply(at);
      if (!topic.equals("order.events")) {
        // The first reply about the payment of the cancelled order is too late to move its saga.
        String sender = topic.substring(0, topic.indexOf('.'));
        String id = run.message(sender, "order.replies", at.orderId(), reply, command);
        replies.put(at.orderId() + " " + reply, id);
      }
    }
    // Published twice: no fault, after a crash of the connector.
    TopicRecord first = run.topics.get(0);
    run.record(first.place().topic(), first.id(), first.source(), first.key(), first.sequence());
    sendForeign("stranger");
    run.poison.add("arsenic");
    run.topics.add(new TopicRecord(POISON, "poison", "", "stranger", 0, "", "arsenic"));
    run.deadLetters.add(
        new DeadLetterRow("payment-service", "poison", POISON, "unknown type", "arsenic"));
    run.inbox.add(new InboxRow("payment-service", "poison", HANDLED));
    run.ends.put("payment.commands", POISON.offset() + 1);
    Topology.topicNames().stream()
        .filter(topic -> Topology.consumerOf(topic).isPresent())
        .forEach(
            topic -> {
              String consumer = Topology.consumerOf(topic).orElseThrow();
              long end = run.ends.getOrDefault(topic, 0L);
              run.offsets.add(new OffsetRow(consumer, topic, 0, end, end));
              run.topics.stream()
                  .filter(found -> found.place().topic().equals(topic))
                  .filter(found -> !found.id().equals("poison") && !found.id().equals(FOREIGN))
                  .map(found -> new InboxRow(consumer, found.id(), HANDLED))
                  .distinct()
                  .forEach(run.inbox::add);
            });
    run.inbox.add(0, new InboxRow("order-service", FOREIGN, HANDLED));
  }

  /** Every step of the saga succeeds. */
  private static String[] pathToCompletion() {
    List<String> path = new ArrayList<>();
    String signal = "OrderPlaced";
    String last = "";
    for (Step step : STEPS) {
      path.add(signal + " RUNNING " + step.name() + " " + command(step));
      signal = step.success();
      last = step.name();
    }
    path.add(signal + " COMPLETED " + last + " OrderCompleted");
    return path.toArray(String[]::new);
  }

  /** The command of {@code reserve-stock} is {@code ReserveStock}. */
  private static String command(Step step) {
    return Stream.of(step.name().split("-", -1))
        .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
        .collect(Collectors.joining());
  }

  private static Optional<Step> stepOf(String command) {
    return STEPS.stream()
        .filter(step -> command.equals(command(step)) || command.equals(step.undo()))
        .findFirst();
  }

  private static String topic(Transition at) {
    return stepOf(at.sent()).map(step -> step.participant() + ".commands").orElse("order.events");
  }

  private static String reply(Transition at) {
    return stepOf(at.sent())
        .map(step -> command(step).equals(at.sent()) ? answer(step, at.orderId()) : step.undone())
        .orElse("");
  }

  private static String answer(Step step, String order) {
    boolean refuses =
        switch (step.name()) {
          case "reserve-stock" -> order.equals(OUT_OF_STOCK) || order.equals(CONTENDED_LOST);
          case "charge-payment" -> order.equals(DECLINED);
          default -> false;
        };
    return refuses ? requireNonNull(step.refusal()) : step.success();
  }

  // The consumer can handle it, though no service has sent it.
  private void sendForeign(String name) {
    run.foreign.add(name);
    long offset = run.ends.merge("order.replies", 1L, Long::sum) - 1;
    run.topics.add(
        new TopicRecord(
            new Place("order.replies", 0, offset), FOREIGN, "/lab", COMPLETED, 1, "any", name));
  }

  private void observations() {
    run.balances.add(new Balance(1, "sku reserved", 2, 2));
    run.balances.add(new Balance(2, "sku reserved", 0, 0));
    run.resourceSamples.add(new ResourceSample("order-service", 7, false, 40L, 90L, 8L, 20L << 20));
    run.resourceSamples.add(new ResourceSample("order-service", 7, true, 41L, 88L, 7L, 21L << 20));
    run.clockSteps.add(new ClockStep("order-service", 3));
  }

  // As in the trace UI: a message is created by its sender, and handled by its consumer.
  private void trace() {
    run.spans.add(new Span("root", "", "order-service", "SERVER", "post /orders"));
    String parent = "root";
    for (OutboxRow row : run.outbox) {
      if (row.orderId().equals(COMPLETED)) {
        String made = "made " + row.id();
        run.spans.add(new Span(made, parent, row.domain() + "-service", "PRODUCER", "create"));
        String reader = row.topic().substring(0, row.topic().indexOf('.')) + "-service";
        if (!row.topic().equals("order.events")) {
          parent = "handled " + row.id();
          run.spans.add(new Span(parent, made, reader, "CONSUMER", "process"));
        }
      }
    }
  }
}
