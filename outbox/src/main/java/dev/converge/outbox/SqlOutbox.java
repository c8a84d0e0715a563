package dev.converge.outbox;

import dev.converge.faults.RowCounts;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes messages to the table {@code outbox}, and records a {@code create} span for each. */
final class SqlOutbox implements Outbox {
  private static final String INSERT =
      """
      INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload,
                          correlationid, causationid, traceparent)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[],
                           $7::uuid[], $8::uuid[], $9::text[])
      """;

  private final MessagingSpans spans;

  SqlOutbox(Tracer tracer) {
    this.spans = new MessagingSpans(tracer);
  }

  @Override
  public Future<Void> append(SqlConnection tx, List<OutboxMessage> messages) {
    if (messages.isEmpty()) {
      return Future.succeededFuture();
    }
    Tuple columns =
        Tuple.of(
            column(messages, UUID[]::new, OutboxMessage::id),
            column(messages, String[]::new, OutboxMessage::topic),
            column(messages, String[]::new, OutboxMessage::aggregateId),
            column(messages, Long[]::new, OutboxMessage::sequence),
            column(messages, String[]::new, m -> m.payload().type()),
            column(messages, String[]::new, m -> m.payload().json()));
    columns.addValue(column(messages, UUID[]::new, m -> m.origin().correlationId()));
    columns.addValue(column(messages, UUID[]::new, m -> m.origin().causationId()));
    columns.addValue(column(messages, String[]::new, spans::created));
    return tx.preparedQuery(INSERT)
        .execute(columns)
        .compose(rows -> RowCounts.expect("outbox", rows.rowCount(), messages.size()));
  }

  private static <T extends @Nullable Object> T[] column(
      List<OutboxMessage> messages,
      java.util.function.IntFunction<T[]> array,
      Function<OutboxMessage, T> value) {
    return messages.stream().map(value).toArray(array);
  }
}
