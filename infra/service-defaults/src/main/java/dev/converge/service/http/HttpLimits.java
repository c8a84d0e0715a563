package dev.converge.service.http;

import dev.converge.service.http.connection.ConnectionLimits;
import java.time.Duration;

/**
 * The limits of a server, for one request and for all clients together. The limits of an order, its
 * lines and its amounts are in the order service. docs/reference/http.md lists all of them.
 */
record HttpLimits(ConnectionLimits connections, Timeouts timeouts, Shutdown shutdown) {
  static final HttpLimits STANDARD =
      new HttpLimits(
          new ConnectionLimits(4_096, 64, Duration.ofSeconds(1), Duration.ofSeconds(10)),
          new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(1)),
          new Shutdown(Duration.ofSeconds(1), Duration.ofSeconds(10)));

  /**
   * The timeouts after the head of a request.
   *
   * @param body from the end of the headers to the end of the body
   * @param idle timeout of a connection on which nothing is read and no write completes
   * @param linger how long the rest of a body is read after a refusal, so that the client reads the
   *     answer before its connection closes
   */
  record Timeouts(Duration body, Duration idle, Duration linger) {}

  /**
   * The stop of a server.
   *
   * @param notice how long {@code /readyz} reports 503 before the server refuses connections
   * @param drain how long requests in flight may take after that
   */
  record Shutdown(Duration notice, Duration drain) {}
}
