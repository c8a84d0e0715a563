package dev.converge.payment.provider;

/** The provider failed or did not answer: the effect of the call is unknown. */
final class ProviderFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ProviderFailedException(String reason) {
    super(reason, null, false, false);
  }
}
