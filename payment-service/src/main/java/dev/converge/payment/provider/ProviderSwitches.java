package dev.converge.payment.provider;

import java.util.Map;

/**
 * How the simulated provider behaves.
 *
 * @param behaviour for every charge whose token does not select another one
 * @param delayMillis the delay of {@link Behaviour#SLOW}
 */
public record ProviderSwitches(Behaviour behaviour, int delayMillis) {

  /** The fault that is simulated. */
  public enum Behaviour {
    NORMAL,
    /** Charges are refused. */
    DECLINE,
    /** Charges are delayed. */
    SLOW,
    /** Charges fail without effect. As the switch for all charges, undo calls fail too. */
    FAIL,
    /** The first charge of a key succeeds, and its answer is lost. */
    LOSE_ANSWER
  }

  private static final Map<String, Behaviour> TOKENS =
      Map.of(
          "tok_declined", Behaviour.DECLINE,
          "tok_slow", Behaviour.SLOW,
          "tok_unavailable", Behaviour.FAIL,
          "tok_answer_lost", Behaviour.LOSE_ANSWER);

  static ProviderSwitches normal() {
    return new ProviderSwitches(Behaviour.NORMAL, 3_000);
  }

  Behaviour towards(String token) {
    return TOKENS.getOrDefault(token, behaviour);
  }
}
