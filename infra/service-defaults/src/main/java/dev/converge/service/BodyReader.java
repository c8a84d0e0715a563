package dev.converge.service;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;

/** Reads the body of a request, with limits for its size and its time. */
final class BodyReader {
  private final HttpLimits limits;
  private final BodyHandler handler = BodyHandler.create(false).setBodyLimit(HttpLimits.BODY_BYTES);

  BodyReader(HttpLimits limits) {
    this.limits = limits;
  }

  /** A filter that fails the request where its body does not end in time. */
  void limitTime(RoutingContext request) {
    HttpServerRequest incoming = request.request();
    long timer =
        request
            .vertx()
            .setTimer(
                limits.body().toMillis(),
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
