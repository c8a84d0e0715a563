package dev.converge.payment.domain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The result of a batch of commands, or of a batch of the provider's answers. They are decided in
 * order; each sees the results of those before it.
 *
 * @param decisions one for each command or answer, in the same order
 * @param payments the payments to write, as the last decision left them
 * @param toCall those of the payments that begin to await the provider with this batch
 */
public record PaymentBatch(
    List<PaymentDecision> decisions, List<Payment> payments, List<Payment> toCall) {

  /**
   * Decides on commands.
   *
   * @param known the payments of the commands' orders, as far as they exist
   */
  public static PaymentBatch decide(List<PaymentCommand> commands, Map<UUID, Payment> known) {
    Map<UUID, Payment> now = new LinkedHashMap<>();
    List<PaymentDecision> decisions = new ArrayList<>(commands.size());
    for (PaymentCommand command : commands) {
      PaymentDecision decision = command.decide(latest(command.orderId(), now, known));
      now.put(command.orderId(), decision.payment());
      decisions.add(decision);
    }
    return of(decisions, now, known);
  }

  /**
   * Decides on answers of the provider.
   *
   * @param known the payments of the answers' orders
   */
  public static PaymentBatch decideAnswers(List<ProviderAnswer> answers, Map<UUID, Payment> known) {
    Map<UUID, Payment> now = new LinkedHashMap<>();
    List<PaymentDecision> decisions = new ArrayList<>(answers.size());
    for (ProviderAnswer answer : answers) {
      Payment payment = latest(answer.orderId(), now, known);
      if (payment == null) {
        throw new IllegalStateException("order " + answer.orderId() + " has no payment");
      }
      PaymentDecision decision = answer.decide(payment);
      now.put(answer.orderId(), decision.payment());
      decisions.add(decision);
    }
    return of(decisions, now, known);
  }

  private static @Nullable Payment latest(
      UUID orderId, Map<UUID, Payment> now, Map<UUID, Payment> known) {
    return now.getOrDefault(orderId, known.get(orderId));
  }

  private static PaymentBatch of(
      List<PaymentDecision> decisions, Map<UUID, Payment> now, Map<UUID, Payment> known) {
    List<Payment> toCall =
        now.values().stream()
            .filter(payment -> payment.status().awaitsProvider())
            .filter(payment -> !isAwaited(payment, known.get(payment.orderId())))
            .toList();
    return new PaymentBatch(decisions, List.copyOf(now.values()), toCall);
  }

  // The holder of the lease calls the provider for a payment that stays as it was.
  private static boolean isAwaited(Payment payment, @Nullable Payment before) {
    return before != null
        && before.status() == payment.status()
        && before.attempts() == payment.attempts();
  }
}
