package dev.converge.edge;

import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The headers that a proxy removes and adds. All others pass unchanged, {@code traceparent} and
 * {@code tracestate} among them: the edge makes no span of its own.
 */
final class ProxyHeaders {
  static final String VIA = "1.1 converge-edge";

  /** Of one connection, not of the request (RFC 9110, 7.6.1). */
  private static final List<String> HOP_BY_HOP =
      List.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "upgrade",
          "http2-settings",
          // The edge itself has answered it.
          "expect");

  /** Addresses that a client could invent. */
  private static final List<String> FORGEABLE =
      List.of("forwarded", "x-forwarded-host", "x-forwarded-port");

  /**
   * A connection cannot declare these to be its own: the meaning of the message depends on them.
   */
  private static final Set<String> NOT_OF_A_CONNECTION =
      Set.of("host", "content-length", "content-type", "transfer-encoding", "idempotency-key");

  private ProxyHeaders() {}

  /** Changes the headers of a request for its replica. */
  static void ofRequest(MultiMap headers, String clientAddress) {
    removeHopByHop(headers);
    FORGEABLE.forEach(headers::remove);
    append(headers, "x-forwarded-for", clientAddress);
    headers.set("x-forwarded-proto", "http");
    append(headers, "via", VIA);
  }

  /** Changes the headers of a response for its client. */
  static void ofResponse(MultiMap headers) {
    removeHopByHop(headers);
    append(headers, "via", VIA);
  }

  private static void removeHopByHop(MultiMap headers) {
    for (String nominated : String.join(",", headers.getAll("connection")).split(",", -1)) {
      String name = nominated.strip().toLowerCase(Locale.ROOT);
      if (!name.isEmpty() && !NOT_OF_A_CONNECTION.contains(name)) {
        headers.remove(name);
      }
    }
    HOP_BY_HOP.forEach(headers::remove);
  }

  private static void append(MultiMap headers, String name, String value) {
    List<String> before = headers.getAll(name);
    headers.set(name, before.isEmpty() ? value : String.join(", ", before) + ", " + value);
  }
}
