package dev.converge.service.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection after an answer where no further request should follow on it: the body was
 * not fully read, the client asks for it, or the server stops.
 */
final class ConnectionEnd {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionEnd.class);

  private final Duration linger;
  private final BooleanSupplier draining;

  /**
   * @param linger how long the rest of a body is read before the connection closes
   */
  ConnectionEnd(Duration linger, BooleanSupplier draining) {
    this.linger = linger;
    this.draining = draining;
  }

  /** A filter that arranges the end of the connection before the request is handled. */
  void closeAfterAnswer(RoutingContext routing) {
    HttpServerRequest request = routing.request();
    routing.addHeadersEndHandler(
        head -> {
          if (draining.getAsBoolean() || isUnread(request) || RequestRules.asksToClose(request)) {
            routing.response().putHeader(HttpHeaders.CONNECTION, "close");
          }
        });
    routing.addEndHandler(answered -> close(request));
    routing.next();
  }

  private void close(HttpServerRequest request) {
    if (isUnread(request)) {
      closeAfterBody(request);
    } else if (RequestRules.asksToClose(request)) {
      request.connection().close();
    }
  }

  // A close while the client still sends would reset the connection and lose the answer.
  private void closeAfterBody(HttpServerRequest request) {
    request
        .end()
        .timeout(linger.toMillis(), TimeUnit.MILLISECONDS)
        .eventually(() -> request.connection().close())
        .onFailure(late -> LOG.debug("{}: {}", request.path(), late.getMessage()));
  }

  private static boolean isUnread(HttpServerRequest request) {
    return RequestRules.hasBody(request) && !request.isEnded();
  }
}
