package dev.converge.service;

import java.time.Duration;

/**
 * What a server bears, of one request and of all its clients together. The limits of an order, its
 * lines and its amounts, stand with the order; docs/reference/http.md lists them all.
 *
 * <p>Connections are bounded for the server as a whole and not for each address: behind a proxy or
 * a gateway all clients have one address, and a bound on it would cut off everybody for the sake of
 * one. A connection has one request in hand, so this bounds the requests in flight, too.
 *
 * @param connections open at the same time; beyond it, the one that has asked nothing for the
 *     longest time makes room, and where none does, new ones are told to come later
 * @param probeConnections open beyond these, for probes alone
 * @param unasked how long a connection asks nothing before it makes room
 * @param head from the first byte of a request to the end of its headers
 * @param body from the end of the headers to the end of the body
 * @param idle a connection on which nothing is read and no answer's write ends
 * @param linger how long the rest of a body is still taken in after a refusal, so that the client
 *     reads the answer before its connection ends
 * @param notice how long {@code /readyz} says no before a stopping server turns connections away
 * @param drain how long requests in flight may take once it does
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
