package dev.converge.service;

import java.time.Duration;

/**
 * The limits of a server, for one request and for all clients together. The limits of an order, its
 * lines and its amounts are in the order service. docs/reference/http.md lists all of them.
 *
 * <p>Connections are bounded for the server as a whole and not for each address: behind a proxy or
 * a gateway all clients have one address, and one client could use up its limit. A connection has
 * one request in flight, so this also bounds the requests in flight.
 *
 * @param connections open at the same time; beyond it, the connection that has been idle for the
 *     longest time is closed, and where none is idle, new connections are answered with 503
 * @param probeConnections open beyond these, for probes only
 * @param unasked how long a connection is idle before it may be closed for another
 * @param head from the first byte of a request to the end of its headers
 * @param body from the end of the headers to the end of the body
 * @param idle timeout of a connection on which nothing is read and no write completes
 * @param linger how long the rest of a body is read after a refusal, so that the client reads the
 *     answer before its connection closes
 * @param notice how long {@code /readyz} reports 503 before a stopping server refuses connections
 * @param drain how long requests in flight may take after that
 */
record HttpLimits(
    int connections,
    int probeConnections,
    Duration unasked,
    Duration head,
    Duration body,
    Duration idle,
    Duration linger,
    Duration notice,
    Duration drain) {
  static final int BODY_BYTES = 65_536;
  static final int HEADER_BYTES = 8_192;
  static final int REQUEST_LINE_BYTES = 4_096;
  static final int JSON_DEPTH = 16;
  static final int JSON_STRING_CHARS = 256;

  static final HttpLimits STANDARD =
      new HttpLimits(
          4_096,
          64,
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10));
}
