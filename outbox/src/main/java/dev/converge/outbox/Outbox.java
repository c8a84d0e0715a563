package dev.converge.outbox;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;

/**
 * Appends messages to the outbox table. They are published if, and only if, the transaction that
 * appends them commits. A unit test implements this interface to collect messages without a
 * database.
 *
 * <p>The pattern: Chris Richardson, "Transactional outbox"; the relay is Debezium's outbox event
 * router.
 */
@FunctionalInterface
public interface Outbox {
  /** An outbox without spans: a message's trace context is passed on as it was given. */
  static Outbox create() {
    return create(OpenTelemetry.noop().getTracer("dev.converge.outbox"));
  }

  /** An outbox that records a {@code create} span for each message. */
  static Outbox create(Tracer tracer) {
    return new SqlOutbox(tracer);
  }

  /**
   * Appends messages, in order, with one statement.
   *
   * @param tx the caller's transaction: the messages become visible with its other effects
   */
  Future<Void> append(SqlConnection tx, List<OutboxMessage> messages);
}
