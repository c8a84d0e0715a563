package dev.converge.service;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;

/**
 * Admits connections up to the limit. Some more are admitted for probes alone, and further ones are
 * answered with 503 and closed.
 */
final class ConnectionAdmission {
  private final HttpLimits limits;
  private final ProblemAnswers problems;
  private final OpenConnections connections;

  ConnectionAdmission(HttpLimits limits, ProblemAnswers problems) {
    this.limits = limits;
    this.problems = problems;
    this.connections = new OpenConnections(limits);
  }

  void register(MeterRegistry meters) {
    Gauge.builder("http.server.connections", connections, OpenConnections::count).register(meters);
  }

  /** Admits or refuses a new connection before anything is read from it. */
  void admit(HttpConnection connection, HttpServerOptions options) {
    OpenConnections.Entry entry = connections.admit(connection);
    if (entry == null) {
      StrictRequestDecoder.refuseConnection(connection, problems.tooManyConnections());
    } else {
      StrictRequestDecoder.install(
          connection, options, limits.head(), () -> connections.received(entry));
    }
  }

  /** Counts the answer of a request once its body is written. */
  void awaitAnswer(HttpServerRequest request) {
    HttpConnection connection = request.connection();
    request.response().bodyEndHandler(ended -> connections.answered(connection));
  }

  /** Refuses every request but probes on a connection that was admitted for probes alone. */
  void refuseAllButProbes(RoutingContext request) {
    HttpConnection connection = request.request().connection();
    if (Probes.isProbe(request.request().path()) || !connections.isForProbesOnly(connection)) {
      request.next();
      return;
    }
    request.response().putHeader(HttpHeaders.CONNECTION, "close");
    request.addEndHandler(answered -> connection.close());
    request.fail(Problems.tooManyConnections());
  }
}
