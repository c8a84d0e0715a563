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
  /** Short, so that a task that is to stop, or whose producer has failed, ends. */
  private static final Duration WAIT = Duration.ofMillis(100);

  private final HeldRecords held = new HeldRecords(WAIT);

  @Override
  public List<SourceRecord> doPoll() throws InterruptedException {
    // Nothing new is polled while records are held: their number stays that of one batch.
    if (held.isEmpty()) {
      held.add(super.doPoll());
    }
    return held.release();
  }

  /**
   * Called once the broker has the record, and never for one that it has refused. Debezium confirms
   * to the database up to the last record that it is given here: no further than all are
   * acknowledged, or a refused row would not be sent again.
   */
  @Override
  public void commitRecord(SourceRecord sent, @Nullable RecordMetadata metadata)
      throws InterruptedException {
    SourceRecord complete = held.acknowledged(sent).orElse(null);
    if (complete != null) {
      super.commitRecord(complete, metadata);
    }
  }

  /** Also where Debezium restarts its reader by itself: it reads again what was held. */
  @Override
  protected void doStop() {
    held.clear();
    super.doStop();
  }
}
