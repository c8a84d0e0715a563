package dev.converge.payment.domain;

/**
 * The amount that an order pays, and the means of payment.
 *
 * @param amountMinor in minor units of the currency
 * @param currency ISO 4217
 * @param token identifies the customer's means of payment at the provider
 */
public record Charge(long amountMinor, String currency, String token) {
  /** No charge is known: the refund arrived first. */
  static final Charge NONE = new Charge(0, "XXX", "");
}
