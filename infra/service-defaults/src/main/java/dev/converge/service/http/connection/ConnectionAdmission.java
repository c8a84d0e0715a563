package dev.converge.service.http.connection;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Supplier;

/**
 * Admits connections up to the limit. Some more are admitted for probes alone, and further ones are
 * answered and closed.
 */
public final class ConnectionAdmission {
  private final ConnectionLimits limits;
  private final Supplier<String> refusal;
  private final OpenConnections connections;

  /**
   * @param refusal the whole answer to a connection that is not admitted
   */
  public ConnectionAdmission(ConnectionLimits limits, Supplier<String> refusal) {
    this.limits = limits;
    this.refusal = refusal;
    this.connections = new OpenConnections(limits);
  }

  /** Registers the number of open connections. */
  public void register(MeterRegistry meters) {
    Gauge.builder("http.server.connections", connections, OpenConnections::count).register(meters);
  }

  /** Admits or refuses a new connection before anything is read from it. */
  public void admit(HttpConnection connection, HttpServerOptions options) {
    OpenConnections.Entry entry = connections.admit(connection);
    if (entry == null) {
      StrictRequestDecoder.refuseConnection(connection, refusal.get());
    } else {
      StrictRequestDecoder.install(
          connection, options, limits.head(), () -> connections.received(entry));
    }
  }

  /** Counts the answer of a request once its body is written. */
  public void awaitAnswer(HttpServerRequest request) {
    HttpConnection connection = request.connection();
    request.response().bodyEndHandler(ended -> connections.answered(connection));
  }

  /** Whether a connection was admitted for probes alone. */
  public boolean isForProbesOnly(HttpConnection connection) {
    return connections.isForProbesOnly(connection);
  }
}
