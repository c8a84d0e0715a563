package dev.converge.service.http;

import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.Duration;

/** Reads the body of a request, with limits for its size and its time. */
final class BodyReader {
  private final Duration timeout;
  private final BodyHandler handler = BodyHandler.create(false).setBodyLimit(JsonBody.MAX_BYTES);

  /**
   * @param timeout from the end of the headers to the end of the body
   */
  BodyReader(Duration timeout) {
    this.timeout = timeout;
  }

  /** A filter that fails the request where its body does not end in time. */
  void limitTime(RoutingContext request) {
    HttpServerRequest incoming = request.request();
    long timer =
        request
            .vertx()
            .setTimer(
                timeout.toMillis(),
                late -> {
                  if (!incoming.isEnded() && !request.response().ended()) {
                    request.fail(
                        Problem.of(ProblemType.REQUEST_TIMEOUT, "body not complete in time"));
                  }
                });
    request.addEndHandler(done -> request.vertx().cancelTimer(timer));
    request.next();
  }

  /** A filter that continues with the next handler once the body is complete. */
  void read(RoutingContext request) {
    handler.handle(request);
    if (RequestRules.hasBody(request.request()) && !request.failed()) {
      // Replaces the handler's own, which fails the request with status 200.
      request.request().exceptionHandler(broken -> request.fail(unreadable()));
    }
  }

  private static Problem unreadable() {
    return Problem.of(ProblemType.INVALID_REQUEST, "the body could not be read");
  }
}
