package dev.converge.service.http.connection;

import java.time.Duration;

/**
 * The limits of a server's connections.
 *
 * <p>Connections are bounded for the server as a whole and not for each address: behind a proxy or
 * a gateway all clients have one address, and one client could use up its limit. A connection has
 * one request in flight, so this also bounds the requests in flight.
 *
 * @param most open at the same time; beyond it, the connection that has been idle for the longest
 *     time is closed, and where none is idle, new connections are answered with 503
 * @param mostForProbes open beyond these, for probes only
 * @param unasked how long a connection is idle before it may be closed for another
 * @param head from the first byte of a request to the end of its headers
 */
public record ConnectionLimits(int most, int mostForProbes, Duration unasked, Duration head) {
  public static final int REQUEST_LINE_BYTES = 4_096;
  public static final int HEADER_BYTES = 8_192;
}
