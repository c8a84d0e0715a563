package dev.converge.service.http;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.faults.TransientFaults;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers requests that failed with their problem, each with the id of a trace. */
final class ProblemAnswers {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemAnswers.class);
  private static final String MEDIA_TYPE = "application/problem+json";

  private final Tracer tracer;
  private Function<Throwable, Future<Boolean>> isTransient =
      failure -> Future.succeededFuture(TransientFaults.isTransient(failure));

  ProblemAnswers(Tracer tracer) {
    this.tracer = tracer;
  }

  void classifyFailures(Function<Throwable, Future<Boolean>> isTransient) {
    this.isTransient = isTransient;
  }

  /** Answers a request whose handler or route failed. */
  void answerFailure(RoutingContext request) {
    Throwable failure = request.failure();
    Problem problem = Problems.of(failure, request.statusCode());
    if (failure == null || problem.type() != ProblemType.INTERNAL_ERROR) {
      answer(request, problem);
      return;
    }
    isTransient
        .apply(failure)
        .otherwise(false)
        .map(environment -> environment ? EnvironmentProblem.of(failure) : problem)
        .onSuccess(classified -> answer(request, classified));
  }

  private void answer(RoutingContext request, Problem problem) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.headWritten()) {
      return;
    }
    if (problem.type() == ProblemType.INTERNAL_ERROR) {
      LOG.error(
          "{} {}, trace {}",
          request.request().method(),
          request.request().path(),
          RequestSpans.traceId(request),
          request.failure());
    }
    String traceId = RequestSpans.traceId(request);
    if (traceId.isEmpty()) {
      traceId = RequestSpans.refused(tracer, problem.type().status());
      response.putHeader(RequestSpans.TRACE_ID, traceId);
    }
    Integer retryAfter = problem.retryAfterSeconds();
    if (retryAfter != null) {
      response.putHeader(HttpHeaders.RETRY_AFTER, retryAfter.toString());
    }
    putHead(response, problem);
    String path = request.request().path();
    Answers.end(request.request(), problem.toJson(path == null ? "" : path, traceId));
  }

  /** Answers a request that could not be decoded, and closes its connection. */
  void answerUndecodable(HttpServerRequest request) {
    Problem problem = Problems.ofUndecodable(request.decoderResult().cause());
    String traceId = RequestSpans.refused(tracer, problem.type().status());
    putHead(request.response(), problem)
        .putHeader(HttpHeaders.CONNECTION, "close")
        .putHeader(RequestSpans.TRACE_ID, traceId);
    Answers.end(request, problem.toJson("", traceId))
        .eventually(() -> request.connection().close())
        .onFailure(left -> LOG.debug("client left before the answer: {}", left.getMessage()));
  }

  @CanIgnoreReturnValue
  private static HttpServerResponse putHead(HttpServerResponse response, Problem problem) {
    return response
        .setStatusCode(problem.type().status())
        .putHeader(HttpHeaders.CONTENT_TYPE, MEDIA_TYPE)
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
  }

  /** The bytes that answer a connection beyond the limit, which has not sent a request yet. */
  String tooManyConnections() {
    Problem problem = Problems.tooManyConnections();
    String traceId = RequestSpans.refused(tracer, problem.type().status());
    String body = problem.toJson("", traceId);
    List<String> lines = new ArrayList<>();
    lines.add("HTTP/1.1 503 Service Unavailable");
    lines.addAll(Answers.commonHeaderLines());
    lines.add("content-type: " + MEDIA_TYPE);
    lines.add("cache-control: no-store");
    lines.add("content-length: " + body.getBytes(StandardCharsets.UTF_8).length);
    lines.add("retry-after: " + problem.retryAfterSeconds());
    lines.add("connection: close");
    lines.add(RequestSpans.TRACE_ID + ": " + traceId);
    return String.join("\r\n", lines) + "\r\n\r\n" + body;
  }
}
