package dev.converge.payment.provider;

/** The provider did not answer, or not with an answer: what it did is not known. */
final class ProviderFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ProviderFailedException(String reason) {
    super(reason, null, false, false);
  }
}
