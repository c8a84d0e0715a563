package dev.converge.connect;

import io.debezium.connector.postgresql.PostgresConnector;
import org.apache.kafka.connect.connector.Task;

/**
 * Debezium's PostgreSQL connector for an outbox. It has the same settings; its task keeps the order
 * of each aggregate's messages even if the broker refuses one of them: see {@link HeldRecords}.
 */
public final class OutboxConnector extends PostgresConnector {
  @Override
  public Class<? extends Task> taskClass() {
    return OutboxConnectorTask.class;
  }
}
