package dev.converge.payment.domain;

import java.time.Duration;

/** A call to the provider that a payment awaits. */
public enum ProviderCall {
  CHARGE,
  /** Undoes a charge that may have been made. */
  UNDO;

  /** Shorter than the lease: a call ends before another process repeats it. */
  public static final Duration TIMEOUT = Duration.ofSeconds(6);

  /** How long no other process calls the provider for a payment. */
  public static final Duration LEASE = Duration.ofSeconds(8);

  /**
   * The call that a payment awaits.
   *
   * @throws IllegalStateException if it awaits none
   */
  public static ProviderCall of(Payment payment) {
    return switch (payment.status()) {
      case CHARGING -> CHARGE;
      case VOIDING, REFUNDING -> UNDO;
      case CHARGED, DECLINED, REFUNDED ->
          throw new IllegalStateException("no call for " + payment.status());
    };
  }
}
