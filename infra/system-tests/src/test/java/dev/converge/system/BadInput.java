package dev.converge.system;

import dev.converge.platform.Part;
import java.nio.charset.StandardCharsets;

/**
 * A request that no correct client sends.
 *
 * @param operation as in the OpenAPI document, such as {@code post /orders}; empty if there is none
 * @param latin1 its bytes, each as the character of that number
 * @param answers the most answers that it may get: one for each request in the bytes
 */
record BadInput(
    Part service,
    String operation,
    String latin1,
    Expected expected,
    int answers,
    boolean halfClose) {

  /** The expected outcome. */
  enum Expected {
    /** A problem with 4xx, or 501. */
    REFUSED,
    /**
     * The same, because of the content that was sent, and not because of its subject, whether or
     * not that exists.
     */
    REFUSED_AS_SENT,
    /** The first, or the end of the connection. */
    REFUSED_OR_CUT_OFF,
    /** Odd but harmless: it must be answered as if the oddity were not there. */
    ACCEPTED,
    /** An answer that is no fault of ours. */
    ANSWERED
  }

  static BadInput of(Part service, String operation, byte[] bytes, Expected expected) {
    String latin1 = new String(bytes, StandardCharsets.ISO_8859_1);
    return new BadInput(service, operation, latin1, expected, 1, false);
  }

  byte[] bytes() {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }

  boolean mayBeCutOff() {
    return expected == Expected.REFUSED_OR_CUT_OFF;
  }

  boolean allows(int status) {
    return switch (expected) {
      case REFUSED, REFUSED_OR_CUT_OFF -> (status >= 400 && status < 500) || status == 501;
      case REFUSED_AS_SENT -> status >= 400 && status < 500 && status != 404 && status != 409;
      case ACCEPTED -> status >= 200 && status < 300;
      case ANSWERED -> status < 500 || status == 501;
    };
  }

  @Override
  public String toString() {
    String shown = latin1.substring(0, Math.min(1_500, latin1.length()));
    return service.id() + " <- " + shown.replaceAll("[^\\x20-\\x7e\\n]", ".");
  }
}
