package dev.converge.order.http;

import dev.converge.order.domain.OrderProtocol;
import dev.converge.service.http.json.JsonBody;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Identifies the content of a request, to detect an idempotency key that is used again. */
final class RequestFingerprint {
  private RequestFingerprint() {}

  /**
   * SHA-256 over the route, the protocol unless it is the saga, and the body in canonical form:
   * fixed field order, no spaces.
   */
  static String of(OrderProtocol protocol, PlaceOrderRequest.Valid body) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update("POST /orders\n".getBytes(StandardCharsets.UTF_8));
      if (protocol != OrderProtocol.SAGA) {
        sha256.update((protocol.label() + "\n").getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of()
          .formatHex(sha256.digest(JsonBody.write(body).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
