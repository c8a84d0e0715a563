package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Writes a row into {@code effect} for each message, then calls the test. */
final class RecordingHandler implements MessageHandler {
  private static final String INSERT =
      """
      INSERT INTO effect (message_id, payload, batch)
      SELECT id, payload, $3 FROM unnest($1::uuid[], $2::text[]) AS message (id, payload)
      """;

  private final Function<List<InboundMessage>, Future<Void>> afterwards;
  private final List<InboundMessage> received = new CopyOnWriteArrayList<>();

  RecordingHandler() {
    this(batch -> Future.succeededFuture());
  }

  /**
   * @param afterwards decides the outcome of a batch, after its effects were written
   */
  RecordingHandler(Function<List<InboundMessage>, Future<Void>> afterwards) {
    this.afterwards = afterwards;
  }

  /** Fails every batch that has a message with that payload. */
  static RecordingHandler failingOn(String payload, Throwable fault) {
    return new RecordingHandler(
        batch ->
            batch.stream().anyMatch(message -> message.payload().equals(payload))
                ? Future.failedFuture(fault)
                : Future.succeededFuture());
  }

  @Override
  public Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch) {
    received.addAll(batch);
    Object ids = batch.stream().map(InboundMessage::id).toArray(java.util.UUID[]::new);
    Object payloads = batch.stream().map(InboundMessage::payload).toArray(String[]::new);
    return tx.preparedQuery(INSERT)
        .execute(Tuple.of(ids, payloads, batch.size()))
        .compose(written -> afterwards.apply(batch))
        .map(AfterCommit.NOTHING);
  }

  /** Every message received so far, including those of failed attempts. */
  List<InboundMessage> received() {
    return received;
  }
}
