package dev.converge.service.http;

import dev.converge.faults.InvalidBodyException;
import dev.converge.faults.TransientFaults;
import dev.converge.service.http.connection.HeadTooSlowException;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.postgres.GroupCommit;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.ext.web.handler.HttpException;
import org.jspecify.annotations.Nullable;

/** Maps the failure of a request to the problem that answers it. */
final class Problems {
  static final int RETRY_AFTER_SECONDS = 2;
  private static final int RETRY_AFTER_OVERLOAD_SECONDS = 1;

  private Problems() {}

  /**
   * The problem of a request that failed.
   *
   * @param failure the exception of a handler; null where the router refused the request with a
   *     status alone
   * @param status the router's status for the failure; 500 for an exception of a handler
   */
  static Problem of(@Nullable Throwable failure, int status) {
    if (failure instanceof Problem problem) {
      return problem;
    }
    if (failure instanceof InvalidBodyException invalid) {
      return ofBody(invalid);
    }
    if (failure instanceof GroupCommit.OverloadedException
        || failure instanceof ConnectionPoolTooBusyException) {
      return Problem.retryLater(
          ProblemType.OVERLOADED,
          "more requests wait than can be served",
          RETRY_AFTER_OVERLOAD_SECONDS);
    }
    if (failure == null || isRefusedByRouter(failure, status)) {
      return ofStatus(status);
    }
    return TransientFaults.isTransient(failure) || TransientFaults.isRefusedBySchema(failure)
        ? EnvironmentProblem.of(failure)
        : internalError();
  }

  private static Problem ofBody(InvalidBodyException invalid) {
    return Problem.of(
        invalid.isStructural() ? ProblemType.INVALID_BODY : ProblemType.UNPROCESSABLE,
        invalid.faults().stream()
            .limit(Problem.MOST_FAULTS)
            .map(fault -> new Problem.Fault(fault.pointer(), fault.detail()))
            .toList());
  }

  private static boolean isRefusedByRouter(Throwable failure, int status) {
    return failure instanceof HttpException || (status >= 400 && status < 500);
  }

  private static Problem ofStatus(int status) {
    return switch (status) {
      case 404 -> Problem.of(ProblemType.NOT_FOUND, "no such resource");
      case 413 ->
          Problem.of(ProblemType.BODY_TOO_LARGE, "more than " + JsonBody.MAX_BYTES + " bytes");
      case 414 -> Problem.of(ProblemType.URI_TOO_LONG, "the request line is too long");
      case 415 -> Problem.of(ProblemType.UNSUPPORTED_MEDIA_TYPE, "see the Content-Type header");
      case 422 -> Problem.of(ProblemType.UNPROCESSABLE, "a field is missing or breaks a rule");
      case 500 -> internalError();
      default -> unacceptable(ProblemType.INVALID_REQUEST);
    };
  }

  private static Problem internalError() {
    return Problem.of(ProblemType.INTERNAL_ERROR, "see the log for the trace's id");
  }

  /** The problem of a request whose head the decoder refused. */
  static Problem ofUndecodable(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return unacceptable(ProblemType.URI_TOO_LONG);
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return unacceptable(ProblemType.HEADERS_TOO_LARGE);
    }
    if (cause instanceof HeadTooSlowException) {
      return unacceptable(ProblemType.REQUEST_TIMEOUT);
    }
    return unacceptable(ProblemType.INVALID_REQUEST);
  }

  private static Problem unacceptable(ProblemType type) {
    return Problem.of(type, "the request is not acceptable HTTP");
  }

  /** The problem of a request or a connection beyond the limit of open connections. */
  static Problem tooManyConnections() {
    return Problem.retryLater(ProblemType.OVERLOADED, "too many connections", RETRY_AFTER_SECONDS);
  }
}
