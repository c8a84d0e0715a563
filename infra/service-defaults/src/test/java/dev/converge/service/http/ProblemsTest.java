package dev.converge.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.faults.InvalidBodyException;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.postgres.GroupCommit;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.VertxException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.ext.web.handler.HttpException;
import io.vertx.pgclient.PgException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: each failure has one problem, and only an unexpected exception is an internal error.
 * Method: the mapping alone, without a server.
 */
class ProblemsTest {
  @Test
  void problemIsTheAnswer() {
    Problem problem = Problem.of(ProblemType.SAGA_NOT_STUCK, "RUNNING");

    assertThat(Problems.of(problem, 500)).isSameAs(problem);
  }

  @Test
  void fullQueuesAreAnOverload() {
    Problem queue = Problems.of(new GroupCommit.OverloadedException(7), 500);
    Problem pool = Problems.of(new ConnectionPoolTooBusyException("full"), 500);

    assertThat(queue.type()).isEqualTo(ProblemType.OVERLOADED);
    assertThat(queue.retryAfterSeconds()).isEqualTo(1);
    assertThat(pool.type()).isEqualTo(ProblemType.OVERLOADED);
  }

  @Test
  void lockTimeoutNamesTheLockAndNotTheDatabase() {
    Problem locked = Problems.of(new PgException("lock timeout", "ERROR", "55P03", ""), 500);
    Problem down = Problems.of(new PgException("shutting down", "FATAL", "57P01", ""), 500);

    assertThat(locked.type()).isEqualTo(ProblemType.UNAVAILABLE);
    assertThat(locked.retryAfterSeconds()).isEqualTo(2);
    assertThat(locked).hasMessageContaining("a row is locked by another transaction");
    assertThat(down).hasMessage("the database is not available");
  }

  @Test
  void fieldsAtFaultOfALibrarysRouteAreNamed() {
    List<InvalidBodyException.Fault> faults =
        List.of(new InvalidBodyException.Fault("/reason", "is required"));
    Problem unknown = Problems.of(new InvalidBodyException(true, faults), 400);
    Problem rule = Problems.of(new InvalidBodyException(false, faults), 422);

    assertThat(unknown.type()).isEqualTo(ProblemType.INVALID_BODY);
    assertThat(rule.type()).isEqualTo(ProblemType.UNPROCESSABLE);
    assertThat(rule.faults()).containsExactly(new Problem.Fault("/reason", "is required"));
  }

  @ParameterizedTest
  @CsvSource({
    "400,INVALID_REQUEST",
    "404,NOT_FOUND",
    "413,BODY_TOO_LARGE",
    "414,URI_TOO_LONG",
    "415,UNSUPPORTED_MEDIA_TYPE",
    "417,INVALID_REQUEST",
    "422,UNPROCESSABLE",
    "500,INTERNAL_ERROR"
  })
  void statusOfTheRouterHasItsProblem(int status, ProblemType type) {
    assertThat(Problems.of(null, status).type()).isEqualTo(type);
    assertThat(Problems.of(new HttpException(status), status).type()).isEqualTo(type);
  }

  @Test
  void exceptionThatTheRouterRefusesWithAClientStatusIsNotInternal() {
    Problem problem = Problems.of(new IllegalArgumentException("path"), 400);

    assertThat(problem.type()).isEqualTo(ProblemType.INVALID_REQUEST);
  }

  @Test
  void environmentFaultIsAnsweredWith503() {
    Problem timeout = Problems.of(new TimeoutException("5 s"), 500);
    Problem pool = Problems.of(VertxException.noStackTrace("Timeout"), 500);

    assertThat(timeout.type()).isEqualTo(ProblemType.UNAVAILABLE);
    assertThat(timeout.retryAfterSeconds()).isEqualTo(Problems.RETRY_AFTER_SECONDS);
    assertThat(pool.type()).isEqualTo(ProblemType.UNAVAILABLE);
  }

  @Test
  void unexpectedExceptionIsAnInternalErrorWithoutDetails() {
    Problem problem = Problems.of(new IllegalStateException("secret"), 500);

    assertThat(problem.type()).isEqualTo(ProblemType.INTERNAL_ERROR);
    assertThat(problem.getMessage()).doesNotContain("secret");
  }

  @Test
  void decodersFailureDecidesTheStatus() {
    assertThat(Problems.ofUndecodable(new TooLongHttpLineException()).type())
        .isEqualTo(ProblemType.URI_TOO_LONG);
    assertThat(Problems.ofUndecodable(new TooLongHttpHeaderException()).type())
        .isEqualTo(ProblemType.HEADERS_TOO_LARGE);
    assertThat(Problems.ofUndecodable(new IllegalArgumentException()).type())
        .isEqualTo(ProblemType.INVALID_REQUEST);
  }
}
