package dev.converge.connect;

import io.debezium.connector.postgresql.PostgresConnectorTask;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * The task of an {@link OutboxConnector}. Connect acknowledges records on the producer's thread.
 */
public final class OutboxConnectorTask extends PostgresConnectorTask {
  /** Short, so that a task that is asked to stop, or whose producer has failed, ends. */
  private static final Duration WAIT = Duration.ofMillis(100);

  private final HeldRecords held = new HeldRecords(WAIT);

  @Override
  public List<SourceRecord> doPoll() throws InterruptedException {
    // Does not poll while records are held, which bounds their number by one batch.
    if (held.isEmpty()) {
      held.add(super.doPoll());
    }
    return held.release();
  }

  /**
   * Called when the broker has acknowledged the record, and never for a refused one. Debezium
   * confirms to the database up to the last record that it receives here. That must not exceed the
   * acknowledged prefix, or a refused row would not be sent again.
   */
  @Override
  public void commitRecord(SourceRecord sent, @Nullable RecordMetadata metadata)
      throws InterruptedException {
    SourceRecord complete = held.acknowledged(sent).orElse(null);
    if (complete != null) {
      super.commitRecord(complete, metadata);
    }
  }

  /** Debezium also restarts its reader by itself, and then reads held records again. */
  @Override
  protected void doStop() {
    held.clear();
    super.doStop();
  }
}
