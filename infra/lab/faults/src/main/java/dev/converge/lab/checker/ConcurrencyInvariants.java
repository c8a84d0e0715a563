package dev.converge.lab.checker;

import dev.converge.lab.SagaRules;
import dev.converge.lab.checker.Books.CallRow;
import dev.converge.lab.checker.Books.ChargeRow;
import dev.converge.lab.checker.Books.Line;
import dev.converge.lab.checker.Books.OrderRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.Transition;
import dev.converge.lab.checker.Observations.Balance;
import dev.converge.lab.history.OrderKind;
import dev.converge.lab.history.Outcome;
import dev.converge.lab.history.Request;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The invariants of concurrent writers of the same rows, and of their readers. */
final class ConcurrencyInvariants {
  private ConcurrencyInvariants() {}

  static List<InvariantResult> check(Evidence evidence) {
    return List.of(fencing(evidence), contention(evidence), isolation(evidence));
  }

  /**
   * I9: a late writer, which lost its lease or its turn, has no effect. A saga moves at most once
   * for a reply; the outcome of a call counts once, from any caller; no participant revokes its
   * reply.
   */
  static InvariantResult fencing(Evidence evidence) {
    Check check = new Check();
    Map<String, List<OutboxRow>> answers =
        evidence.messages().stream()
            .filter(row -> !row.domain().equals("order"))
            .sorted(Comparator.comparingLong(OutboxRow::sequence))
            .collect(Collectors.groupingBy(row -> row.domain() + " " + row.orderId()));
    answers.forEach((sender, rows) -> answers(check, sender, rows));
    long late = late(check, evidence);
    long again = again(evidence);
    return check.result(
        "I9",
        "a late writer, whose lease or turn is over, has no effect",
        late + again > 0,
        late + again == 0
            ? "nothing was late, so nothing was refused"
            : format("%d late replies moved nothing; %d calls were repeated", late, again));
  }

  private static void answers(Check check, String sender, List<OutboxRow> rows) {
    OutboxRow before = null;
    Set<String> answered = new HashSet<>();
    for (OutboxRow row : rows) {
      String cause = row.causationId();
      check.that(
          cause == null || answered.add(cause),
          row.orderId(),
          "%s has answered %s twice",
          sender,
          cause);
      check.that(
          before == null
              || SagaRules.PLACE_ORDER.answers().contains(name(before) + " -> " + name(row)),
          row.orderId(),
          "%s has answered %s after %s",
          sender,
          name(row),
          before == null ? "nothing" : name(before));
      before = row;
    }
  }

  /** How many replies were handled and moved no saga. */
  private static long late(Check check, Evidence evidence) {
    Set<String> handled =
        evidence.inbox().stream()
            .filter(row -> row.consumer().equals("order-service"))
            .map(Books.InboxRow::messageId)
            .collect(Collectors.toSet());
    evidence.deadLetters().forEach(row -> handled.remove(row.messageId()));
    Map<String, Long> came =
        evidence.messages().stream()
            .filter(row -> handled.contains(row.id()))
            .collect(
                Collectors.groupingBy(
                    row -> row.orderId() + " " + name(row), Collectors.counting()));
    Map<String, Long> moved =
        evidence.transitions().stream()
            .filter(at -> SagaRules.PLACE_ORDER.isReply(at.signal()))
            .collect(
                Collectors.groupingBy(
                    at -> at.orderId() + " " + at.signal(), Collectors.counting()));
    moved.forEach(
        (reply, times) ->
            check.that(
                times <= came.getOrDefault(reply, 0L),
                reply.substring(0, reply.indexOf(' ')),
                "%s moved the saga %d times and was handled %d times",
                reply,
                times,
                came.getOrDefault(reply, 0L)));
    return came.entrySet().stream()
        .mapToLong(each -> Math.max(0, each.getValue() - moved.getOrDefault(each.getKey(), 0L)))
        .sum();
  }

  // One call charges and one refunds. Further calls were made while the outcome of an earlier one
  // was unknown, by the process that held the lease by then.
  private static long again(Evidence evidence) {
    Map<String, ChargeRow> ledger = Invariants.ledger(evidence);
    long again = 0;
    for (CallRow call : evidence.calls()) {
      ChargeRow charge = ledger.get(call.orderId());
      boolean twofold = charge != null && charge.status().equals("REFUNDED");
      again += Math.max(0, call.requests() - (twofold ? 2 : 1));
    }
    return again;
  }

  /**
   * I14: without a fault, as many orders get a scarce item as there are units of it, no fewer and
   * no more, however many want it concurrently.
   */
  static InvariantResult contention(Evidence evidence) {
    Check check = new Check();
    List<OrderRow> wanting = evidence.orders().stream().filter(order -> units(order) > 0).toList();
    long there = evidence.received().getOrDefault(OrderKind.CONTENDED_SKU, 0L);
    long wanted = wanting.stream().mapToLong(ConcurrencyInvariants::units).sum();
    long got =
        wanting.stream()
            .filter(OrderRow::isCompleted)
            .mapToLong(ConcurrencyInvariants::units)
            .sum();
    Long fault = evidence.observations().firstFaultMicros();
    boolean undisturbed =
        wanting.stream()
            .allMatch(
                order ->
                    order.endedMicros() != null && (fault == null || order.endedMicros() < fault));
    boolean tried = undisturbed && wanted > there;
    check.that(got <= there, null, "%d units were sold of %d", got, there);
    long shipped =
        evidence.reservations().stream()
            .filter(row -> row.status().equals("SHIPPED"))
            .flatMap(row -> row.lines().stream())
            .filter(line -> line.sku().equals(OrderKind.CONTENDED_SKU))
            .mapToLong(Line::quantity)
            .sum();
    check.that(shipped == got, null, "%d units were sold, %d shipped", got, shipped);
    if (tried) {
      check.that(got == there, null, "%d requested, %d in stock, %d sold", wanted, there, got);
      for (OrderRow order : wanting) {
        check.that(
            order.isCompleted() || Objects.equals(order.reason(), "OUT_OF_STOCK"),
            order.orderId(),
            "ended as %s %s, without a fault",
            order.status(),
            order.reason());
      }
    }
    return check.result(
        "I14",
        "without faults, contended stock is sold to the last unit",
        tried,
        wanting.isEmpty()
            ? "no order requested it"
            : undisturbed
                ? format("%d requested, %d in stock, %d sold", wanted, there, got)
                : "a fault was injected before all competing orders had ended");
  }

  private static long units(OrderRow order) {
    return order.lines().stream()
        .filter(line -> line.sku().equals(OrderKind.CONTENDED_SKU))
        .mapToLong(Line::quantity)
        .sum();
  }

  /**
   * I23: each transition is appended once, with the messages that it records as sent; a client
   * reads a version that was committed, unchanged; sums over different rows agree in each snapshot.
   */
  static InvariantResult isolation(Evidence evidence) {
    Check check = new Check();
    Map<String, List<Transition>> timelines =
        evidence.transitions().stream()
            .sorted(Comparator.comparing(Transition::version))
            .collect(Collectors.groupingBy(Transition::orderId));
    Map<String, List<OutboxRow>> sent =
        evidence.messages().stream()
            .filter(row -> row.domain().equals("order"))
            .sorted(Comparator.comparingLong(OutboxRow::sequence))
            .collect(Collectors.groupingBy(OutboxRow::orderId));
    timelines.forEach(
        (order, timeline) -> appended(check, timeline, sent.getOrDefault(order, List.of())));
    long reads = reads(check, evidence, timelines);
    for (Balance balance : evidence.observations().balances()) {
      check.that(
          balance.one() == balance.other(),
          null,
          "%s at %d: %d, and yet %d",
          balance.book(),
          balance.atMicros(),
          balance.one(),
          balance.other());
    }
    return check.result(
        "I23",
        "every read is committed and consistent, and no update is lost",
        reads > 0 && !evidence.observations().balances().isEmpty(),
        format("%d reads, %d balances", reads, evidence.observations().balances().size()));
  }

  // An update that is lost leaves a version twice, or a message that no version has sent.
  private static void appended(Check check, List<Transition> timeline, List<OutboxRow> sent) {
    String order = timeline.get(0).orderId();
    List<Integer> versions = timeline.stream().map(Transition::version).toList();
    boolean inTurn = true;
    for (int at = 0; at < versions.size(); at++) {
      inTurn &= versions.get(at) == at + 1;
    }
    check.that(inTurn, order, "versions %s (expected: 1 to %d)", versions, versions.size());
    List<String> said =
        timeline.stream()
            .flatMap(at -> Arrays.stream(at.sent().split(" ", -1)))
            .filter(name -> !name.isEmpty())
            .toList();
    List<String> appended = sent.stream().map(ConcurrencyInvariants::name).toList();
    check.that(
        said.equals(appended), order, "the timeline has sent %s, the outbox %s", said, appended);
  }

  private static long reads(
      Check check, Evidence evidence, Map<String, List<Transition>> timelines) {
    Map<String, OrderRow> orders = Invariants.orders(evidence);
    List<Request> reads =
        evidence.history().stream()
            .filter(request -> request.sent().kind() == Request.Kind.GET)
            .filter(
                request -> request.outcome() == Outcome.OK && request.answered().version() != null)
            .toList();
    for (Request read : reads) {
      String order = String.valueOf(read.sent().asked());
      int version = Objects.requireNonNull(read.answered().version());
      List<Transition> timeline = timelines.getOrDefault(order, List.of());
      boolean committed = version >= 1 && version <= timeline.size();
      check.that(committed, order, "version %d was read and never committed", version);
      if (committed) {
        String then = statusAt(timeline.get(version - 1), orders.get(order));
        check.that(
            then.equals(read.answered().orderStatus()),
            order,
            "version %d was read as %s and was %s",
            version,
            read.answered().orderStatus(),
            then);
      }
    }
    return reads.size();
  }

  private static String statusAt(Transition at, @Nullable OrderRow order) {
    return switch (at.status()) {
      case "COMPLETED" -> "COMPLETED";
      case "COMPENSATED" -> order == null ? "none" : order.status();
      default -> "PENDING";
    };
  }

  /** A message's name without its place and version, such as {@code StockReserved}. */
  private static String name(OutboxRow row) {
    String type = row.type().replaceFirst("\\.v\\d+$", "");
    return type.substring(type.lastIndexOf('.') + 1);
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
