package dev.converge.payment.provider;

import io.vertx.core.Future;
import java.util.UUID;

/**
 * The port to a payment provider. Both calls are idempotent by their key. After a failed future the
 * effect is unknown: repeat the call, or undo it. A call is made on an event loop and completes
 * there, as those of Vert.x's clients do.
 */
public interface PaymentProvider {
  /**
   * A request to charge the customer.
   *
   * @param amountMinor in minor units of the currency
   */
  record ChargeRequest(UUID key, long amountMinor, String currency, String token) {}

  /**
   * The call failed because of our own environment. It does not count as an attempt: the call is
   * repeated as long as the fault lasts.
   */
  final class EnvironmentFaultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EnvironmentFaultException(Throwable cause) {
      super(cause.toString(), cause, false, false);
    }
  }

  /** The provider's answer to a charge. */
  enum ChargeAnswer {
    APPROVED,
    DECLINED
  }

  /** Charges the customer, unless the key was charged, refused or undone before. */
  Future<ChargeAnswer> charge(ChargeRequest request);

  /** Refunds a charge, and prevents a later one with the same key. */
  Future<Void> undo(UUID key);
}
