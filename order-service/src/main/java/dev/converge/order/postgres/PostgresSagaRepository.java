package dev.converge.order.postgres;

import dev.converge.faults.RowCounts;
import dev.converge.order.application.SagaRepository;
import dev.converge.order.saga.OrderSaga;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaStatus;
import dev.converge.order.saga.SagaTransition;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The tables {@code saga} and {@code saga_log}. */
public final class PostgresSagaRepository implements SagaRepository {
  private static final String TABLE = "saga";

  private static final String INSERT =
      """
      INSERT INTO saga (order_id, status, step, attempt, abort_reason, version, messages, deadline_at)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::int[],
                           $7::bigint[], $8::timestamptz[])
      """;

  private static final String LOCK =
      """
      SELECT s.order_id, s.status AS saga_status, s.step, s.attempt, s.abort_reason, s.version,
             s.messages, s.deadline_at, o.customer_id, o.currency, o.total_minor, o.lines,
             o.payment_token, o.traceparent, o.placed_at
      FROM saga s JOIN placed_order o USING (order_id)
      WHERE s.order_id = ANY($1)
      ORDER BY s.order_id
      FOR NO KEY UPDATE OF s
      """;

  // The version guards against a writer that did not lock: it updates no row, and the count fails.
  private static final String UPDATE =
      """
      UPDATE saga
      SET status = moved.status, step = moved.step, attempt = moved.attempt,
          abort_reason = moved.abort_reason, version = moved.version, messages = moved.messages,
          deadline_at = moved.deadline_at,
          ended_at = CASE WHEN moved.status IN ('COMPLETED', 'COMPENSATED') THEN $9::timestamptz END
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::int[], $7::bigint[],
                  $8::timestamptz[])
           AS moved (order_id, status, step, attempt, abort_reason, version, messages, deadline_at)
      WHERE saga.order_id = moved.order_id AND saga.version < moved.version
        AND saga.ended_at IS NULL
      """;

  private static final String LOG =
      """
      INSERT INTO saga_log (order_id, version, at, signal, status, step, attempt, sent)
      SELECT * FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[], $5::text[],
                           $6::text[], $7::int[], $8::text[])
      """;

  private static final String OVERDUE =
      """
      SELECT order_id FROM saga
      WHERE status IN ('RUNNING', 'COMPENSATING') AND deadline_at <= $1
      ORDER BY order_id
      LIMIT $2
      FOR NO KEY UPDATE SKIP LOCKED
      """;

  private static final String STUCK =
      """
      SELECT order_id, status AS saga_status, step, attempt, abort_reason, version, messages,
             deadline_at
      FROM saga
      WHERE status = 'STUCK' AND ($1::uuid IS NULL OR order_id > $1)
      ORDER BY order_id
      LIMIT $2
      """;

  @Override
  public Future<Void> insert(SqlConnection tx, List<SagaInstance> sagas) {
    return tx.preparedQuery(INSERT)
        .execute(columns(sagas))
        .compose(rows -> RowCounts.expect(TABLE, rows.rowCount(), sagas.size()));
  }

  @Override
  public Future<Map<UUID, OrderSaga>> lock(SqlConnection tx, Collection<UUID> orderIds) {
    return tx.preparedQuery(LOCK)
        .execute(Tuple.of(orderIds.toArray(UUID[]::new)))
        .map(
            rows ->
                StoredRows.byKey(
                    TABLE,
                    rows,
                    PostgresSagaRepository::orderSaga,
                    locked -> locked.saga().orderId(),
                    orderIds));
  }

  @Override
  public Future<Void> update(SqlConnection tx, List<SagaInstance> sagas, Instant now) {
    return tx.preparedQuery(UPDATE)
        .execute(columns(sagas).addValue(PostgresOrderRepository.utc(now)))
        .compose(rows -> RowCounts.expect(TABLE, rows.rowCount(), sagas.size()));
  }

  @Override
  public Future<Void> log(SqlConnection tx, List<SagaTransition> transitions) {
    Tuple columns =
        Tuple.of(
            transitions.stream().map(SagaTransition::orderId).toArray(UUID[]::new),
            transitions.stream().map(SagaTransition::version).toArray(Integer[]::new),
            transitions.stream()
                .map(transition -> PostgresOrderRepository.utc(transition.at()))
                .toArray(OffsetDateTime[]::new),
            transitions.stream().map(SagaTransition::signal).toArray(String[]::new),
            transitions.stream()
                .map(transition -> transition.status().name())
                .toArray(String[]::new),
            transitions.stream().map(SagaTransition::step).toArray(String[]::new));
    columns.addValue(transitions.stream().map(SagaTransition::attempt).toArray(Integer[]::new));
    columns.addValue(transitions.stream().map(SagaTransition::sent).toArray(String[]::new));
    return tx.preparedQuery(LOG)
        .execute(columns)
        .compose(rows -> RowCounts.expect("saga_log", rows.rowCount(), transitions.size()));
  }

  @Override
  public Future<List<UUID>> overdue(SqlConnection tx, Instant now, int limit) {
    return tx.preparedQuery(OVERDUE)
        .execute(Tuple.of(PostgresOrderRepository.utc(now), limit))
        .map(rows -> StoredRows.list(TABLE, rows, row -> row.getUUID("order_id")));
  }

  @Override
  public Future<List<SagaInstance>> stuck(SqlClient client, @Nullable UUID after, int limit) {
    return client
        .preparedQuery(STUCK)
        .execute(Tuple.of(after, limit))
        .map(rows -> StoredRows.list(TABLE, rows, PostgresSagaRepository::saga));
  }

  private static Tuple columns(List<SagaInstance> sagas) {
    Tuple columns =
        Tuple.of(
            sagas.stream().map(SagaInstance::orderId).toArray(UUID[]::new),
            sagas.stream().map(saga -> saga.status().name()).toArray(String[]::new),
            sagas.stream().map(SagaInstance::step).toArray(String[]::new),
            sagas.stream().map(SagaInstance::attempt).toArray(Integer[]::new),
            sagas.stream()
                .map(saga -> PostgresOrderRepository.name(saga.abortReason()))
                .toArray(String[]::new),
            sagas.stream().map(SagaInstance::version).toArray(Integer[]::new));
    columns.addValue(sagas.stream().map(SagaInstance::messages).toArray(Long[]::new));
    columns.addValue(
        sagas.stream().map(PostgresSagaRepository::deadline).toArray(OffsetDateTime[]::new));
    return columns;
  }

  private static @Nullable OffsetDateTime deadline(SagaInstance saga) {
    return saga.deadline() == null ? null : PostgresOrderRepository.utc(saga.deadline());
  }

  private static OrderSaga orderSaga(Row row) {
    return new OrderSaga(saga(row), PostgresOrderRepository.placed(row));
  }

  static SagaInstance saga(Row row) {
    OffsetDateTime deadline = row.getOffsetDateTime("deadline_at");
    return new SagaInstance(
        row.getUUID("order_id"),
        StoredRows.constant(SagaStatus.class, "status", row.getString("saga_status")),
        StoredRows.text("step", row.getString("step")),
        row.getInteger("attempt"),
        PostgresOrderRepository.reason(row.getString("abort_reason")),
        row.getInteger("version"),
        row.getLong("messages"),
        deadline == null ? null : deadline.toInstant());
  }
}
