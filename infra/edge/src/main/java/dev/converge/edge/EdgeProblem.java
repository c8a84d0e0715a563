package dev.converge.edge;

import dev.converge.service.http.problem.ProblemType;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/** The edge's own answers, in the format of the services' (RFC 9457). */
record EdgeProblem(ProblemType type, String detail) {
  static final String MEDIA_TYPE = "application/problem+json";
  static final String RETRY_AFTER_SECONDS = "1";

  static final EdgeProblem TOO_MANY_REQUESTS =
      new EdgeProblem(
          ProblemType.OVERLOADED, "More requests wait than can be served; nothing was changed.");
  static final EdgeProblem NO_HOST =
      new EdgeProblem(ProblemType.INVALID_REQUEST, "The request needs one valid Host header.");
  static final EdgeProblem BODY_TOO_SLOW =
      new EdgeProblem(ProblemType.REQUEST_TIMEOUT, "The body took too long to arrive.");

  static EdgeProblem of(Failure failure) {
    return new EdgeProblem(
        failure == Failure.NO_CONNECTION_LEFT ? ProblemType.OVERLOADED : ProblemType.UNAVAILABLE,
        failure.detail());
  }

  /** Whether the client may repeat the request later. */
  boolean passes() {
    return type.status() == 503;
  }

  Buffer body(String path) {
    return new JsonObject()
        .put("type", "/problems/" + type.slug())
        .put("title", type.title())
        .put("status", type.status())
        .put("detail", detail)
        .put("instance", path)
        .toBuffer();
  }
}
