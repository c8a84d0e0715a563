package dev.converge.connect;

import io.debezium.connector.postgresql.PostgresConnector;
import org.apache.kafka.connect.connector.Task;

/**
 * Debezium's PostgreSQL connector for an outbox, with the same settings, whose task keeps the order
 * of each aggregate's messages also where the broker refuses one of them: see {@link HeldRecords}.
 */
public final class OutboxConnector extends PostgresConnector {
  @Override
  public Class<? extends Task> taskClass() {
    return OutboxConnectorTask.class;
  }
}
