package dev.converge.lab.checker;

import dev.converge.lab.SagaRules;
import dev.converge.lab.checker.Books.DeadLetterRow;
import dev.converge.lab.checker.Books.InboxRow;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Books.PaymentRow;
import dev.converge.lab.checker.Books.Transition;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a message that a consumer has marked as handled has had its effect, by each consumer's
 * rules.
 */
final class HandledEffects {
  // The transaction that marked a message may have waited for its saga: paused, for as long as the
  // database allows it to be idle, and a second more.
  private static final long UNDECIDED_MICROS = TimeUnit.SECONDS.toMicros(16);

  private final Check check;
  private final Evidence evidence;
  private final Map<String, OutboxRow> messages = new HashMap<>();
  private final Map<String, Long> answers = new HashMap<>();

  private HandledEffects(Check check, Evidence evidence) {
    this.check = check;
    this.evidence = evidence;
    for (OutboxRow row : evidence.messages()) {
      messages.put(row.id(), row);
      if (row.causationId() != null) {
        answers.merge(row.domain() + " " + row.causationId(), 1L, Long::sum);
      }
    }
  }

  static void check(Check check, Evidence evidence) {
    HandledEffects effects = new HandledEffects(check, evidence);
    effects.ofStockCommands();
    effects.ofPaymentCommands();
    effects.ofReplies();
  }

  private List<InboxRow> handled(String consumer) {
    Set<String> parked =
        evidence.deadLetters().stream()
            .filter(row -> row.consumer().equals(consumer))
            .map(DeadLetterRow::messageId)
            .collect(Collectors.toSet());
    return evidence.inbox().stream()
        .filter(row -> row.consumer().equals(consumer) && !parked.contains(row.messageId()))
        .distinct()
        .toList();
  }

  private Set<String> handledIds(String consumer) {
    return handled(consumer).stream().map(InboxRow::messageId).collect(Collectors.toSet());
  }

  private long answered(String domain, String command) {
    return answers.getOrDefault(domain + " " + command, 0L);
  }

  private @Nullable String orderOf(String message) {
    OutboxRow row = messages.get(message);
    return row == null ? null : row.orderId();
  }

  /** Inventory answers each command in the transaction that marks it. */
  private void ofStockCommands() {
    Set<String> handled = handledIds("inventory-service");
    for (String id : with(handled, "inventory")) {
      long answered = answered("inventory", id);
      check.that(
          answered == (handled.contains(id) ? 1 : 0),
          orderOf(id),
          "inventory has %s command %s and answered it %d times",
          handled.contains(id) ? "marked" : "not marked",
          id,
          answered);
    }
  }

  /** The messages that were handled or answered. */
  private Set<String> with(Set<String> handled, String domain) {
    Set<String> either = new HashSet<>(handled);
    evidence.messages().stream()
        .filter(row -> row.domain().equals(domain) && row.causationId() != null)
        .forEach(row -> either.add(String.valueOf(row.causationId())));
    return either;
  }

  /**
   * Payment replies to a command once the provider has answered, for the last command that it
   * served. A charge may have no reply of its own if another command of its order has one, and a
   * refund if another refund has one. But then the payment existed by then, and not just the mark
   * that bars it.
   */
  private void ofPaymentCommands() {
    Set<String> handled = handledIds("payment-service");
    Set<String> paid =
        evidence.payments().stream()
            .filter(row -> row.amountMinor() > 0)
            .map(PaymentRow::orderId)
            .collect(Collectors.toSet());
    Set<String> either = with(handled, "payment");
    Set<String> answeredOf = new HashSet<>();
    for (String id : either) {
      OutboxRow command = messages.get(id);
      if (command != null && answered("payment", id) > 0) {
        answeredOf.add(command.orderId());
        answeredOf.add(command.orderId() + " " + name(command));
      }
    }
    for (String id : either) {
      OutboxRow command = messages.get(id);
      String order = command == null ? null : command.orderId();
      long answered = answered("payment", id);
      check.that(
          answered <= (handled.contains(id) ? 1 : 0),
          order,
          "payment has %s command %s and answered it %d times",
          handled.contains(id) ? "marked" : "not marked",
          id,
          answered);
      if (answered == 0 && handled.contains(id) && command != null) {
        boolean isCharge = name(command).equals("ChargePayment");
        check.that(
            paid.contains(order)
                && answeredOf.contains(isCharge ? order : order + " " + name(command)),
            order,
            "payment has marked %s %s, and answered neither it nor another that replaces it",
            name(command),
            id);
      }
    }
  }

  /**
   * A reply that its saga awaited has moved it, and caused the next message. A reply that moved
   * nothing was no longer awaited when it arrived. That is decidable if the saga left that state
   * long after the reply was marked.
   */
  private void ofReplies() {
    Map<String, List<Transition>> log =
        evidence.transitions().stream()
            .sorted(Comparator.comparing(Transition::version))
            .collect(Collectors.groupingBy(Transition::orderId));
    for (InboxRow row : handled("order-service")) {
      OutboxRow reply = messages.get(row.messageId());
      if (reply != null && answered("order", reply.id()) == 0) {
        List<Transition> path = log.getOrDefault(reply.orderId(), List.of());
        check.that(
            !wasAwaited(name(reply), row.handledByMicros(), path),
            reply.orderId(),
            "order has marked %s %s, which its saga awaited, and moved it 0 times",
            name(reply),
            reply.id());
      }
    }
  }

  private static boolean wasAwaited(String name, long handledByMicros, List<Transition> path) {
    String state = SagaRules.PLACE_ORDER.awaitedIn(name);
    for (int at = 0; at + 1 < path.size(); at++) {
      Transition entered = path.get(at);
      Transition left = path.get(at + 1);
      if ((entered.status() + " " + entered.step()).equals(state)
          && entered.atMicros() <= handledByMicros
          && handledByMicros < left.atMicros() - UNDECIDED_MICROS) {
        return true;
      }
    }
    return false;
  }

  private static String name(OutboxRow message) {
    String[] words = message.type().split("\\.", -1);
    return words.length < 2 ? message.type() : words[words.length - 2];
  }
}
