package dev.converge.payment.provider;

import io.vertx.core.Future;
import java.util.UUID;

/**
 * The port to a payment provider. Both calls are idempotent by their key. A failed future says
 * nothing of what the provider did: repeat the call, or undo it.
 */
public interface PaymentProvider {
  /**
   * Asks for money.
   *
   * @param amountMinor in minor units of the currency
   */
  record ChargeRequest(UUID key, long amountMinor, String currency, String token) {}

  /**
   * The call failed for a fault of our own environment: it counts as no attempt, and is made again
   * for as long as that lasts. No charge is given up on for it.
   */
  final class EnvironmentFaultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EnvironmentFaultException(Throwable cause) {
      super(cause.toString(), cause, false, false);
    }
  }

  /** The provider's certain answer to a charge. */
  enum ChargeAnswer {
    APPROVED,
    DECLINED
  }

  /** Takes the money, unless that key was charged, refused or undone before. */
  Future<ChargeAnswer> charge(ChargeRequest request);

  /** Gives the money back if it was taken, and sees to it that it is not taken later. */
  Future<Void> undo(UUID key);
}
