package dev.converge.order.http;

import dev.converge.order.application.OrderReads.LevelNotMetException;
import dev.converge.order.application.OrderReads.Served;
import dev.converge.order.reads.ConsistencyToken;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;

/** The headers of an answer to a read at a level, and of one to a write: who served it, how old. */
final class ServedHeaders {
  private static final String SERVED_BY = "Read-Served-By";
  private static final String STALENESS = "Read-Staleness-Ms";

  private ServedHeaders() {}

  /** Adds the headers, also for a refusal that follows. */
  static <T> T put(RoutingContext request, Served<T> served) {
    HttpServerResponse response = request.response();
    response
        .putHeader(SERVED_BY, served.by())
        .putHeader(STALENESS, Long.toString(served.staleMillis()));
    served.token().ifPresent(token -> put(request, token));
    return served.value();
  }

  static void put(RoutingContext request, ConsistencyToken token) {
    request.response().putHeader(ReadConsistencyHeader.TOKEN, token.text());
  }

  /** The problem of a read that no node may answer. */
  static <T> Future<T> refused(Throwable cause) {
    return Future.failedFuture(
        cause instanceof LevelNotMetException
            ? Problem.retryLater(
                ProblemType.READ_LEVEL_NOT_MET,
                "no node can answer a read of this level now: " + cause.getMessage(),
                1)
            : cause);
  }
}
