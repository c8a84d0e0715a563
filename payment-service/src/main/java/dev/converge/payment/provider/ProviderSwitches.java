package dev.converge.payment.provider;

import java.util.Map;

/**
 * How the simulated provider behaves.
 *
 * @param behaviour towards every charge whose token does not ask for another
 * @param delayMillis how long {@link Behaviour#SLOW} takes
 */
public record ProviderSwitches(Behaviour behaviour, int delayMillis) {

  /** What goes wrong. */
  public enum Behaviour {
    NORMAL,
    /** Charges are refused. */
    DECLINE,
    /** Charges take their time. */
    SLOW,
    /** Charges fail and do nothing; as the switch for all, undoing fails too. */
    FAIL,
    /** The first charge of a key takes the money, and its answer is lost. */
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
