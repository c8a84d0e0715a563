package dev.converge.payment.postgres;

import static java.util.stream.Collectors.partitioningBy;

import dev.converge.faults.RowCounts;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.domain.Charge;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.Payment.Cause;
import dev.converge.payment.domain.PaymentStatus;
import dev.converge.payment.domain.Payments;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.StreamSupport;

/** The table {@code payment}. */
public final class PostgresPaymentRepository implements PaymentRepository {
  private static final String TABLE = "payment";

  private static final String LOCK =
      """
      SELECT order_id, status, amount_minor, currency, token, decline_reason, replies, command_id,
             traceparent, attempts
      FROM payment
      WHERE order_id = ANY($1)
      ORDER BY order_id
      FOR NO KEY UPDATE
      """;

  private static final String INSERT =
      """
      INSERT INTO payment (order_id, status, amount_minor, currency, token, decline_reason, replies,
                           command_id, traceparent, attempts, next_attempt_at)
      SELECT order_id, status, amount_minor, currency, token, decline_reason, replies, command_id,
             traceparent, attempts, now() + wait_ms * interval '1 ms'
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::text[], $7::int[],
                  $8::bigint[], $9::bigint[], $10::text[], $11::text[])
           AS new (order_id, status, decline_reason, replies, command_id, traceparent, attempts,
                   wait_ms, amount_minor, currency, token)
      """;

  // The charge never changes.
  private static final String UPDATE =
      """
      UPDATE payment
      SET status = changed.status, decline_reason = changed.decline_reason,
          replies = changed.replies, command_id = changed.command_id,
          traceparent = changed.traceparent, attempts = changed.attempts,
          next_attempt_at = CASE WHEN payment.status = changed.status
                                      AND payment.attempts = changed.attempts
                                 THEN payment.next_attempt_at
                                 ELSE now() + changed.wait_ms * interval '1 ms' END,
          updated_at = now()
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::uuid[], $6::text[],
                  $7::int[], $8::bigint[])
           AS changed (order_id, status, decline_reason, replies, command_id, traceparent, attempts,
                       wait_ms)
      WHERE payment.order_id = changed.order_id AND payment.replies <= changed.replies
      """;

  private static final String CLAIM =
      """
      WITH due AS (
          SELECT order_id AS due_id FROM payment
          WHERE status IN ('CHARGING', 'VOIDING', 'REFUNDING') AND next_attempt_at <= now()
          ORDER BY next_attempt_at
          LIMIT $1
          FOR NO KEY UPDATE SKIP LOCKED
      ), claimed AS (
          UPDATE payment
          SET next_attempt_at = now() + $2 * interval '1 ms'
          WHERE order_id IN (SELECT due_id FROM due)
          RETURNING order_id, status, amount_minor, currency, token, decline_reason, replies,
                    command_id, traceparent, attempts
      )
      SELECT order_id, status, amount_minor, currency, token, decline_reason, replies, command_id,
             traceparent, attempts
      FROM due LEFT JOIN claimed ON order_id = due_id
      """;

  // The number of rows is not checked: some may be settled, and a lease that stays expires.
  private static final String RELEASE =
      """
      UPDATE payment
      SET next_attempt_at = now()
      WHERE order_id = ANY($1) AND status IN ('CHARGING', 'VOIDING', 'REFUNDING')
      """;

  private static final String FIND =
      """
      SELECT order_id, status, amount_minor, currency, token, decline_reason, replies, command_id,
             traceparent, attempts
      FROM payment WHERE order_id = $1
      """;

  @Override
  public Future<Map<UUID, Payment>> lock(SqlConnection tx, Collection<UUID> orderIds) {
    return tx.preparedQuery(LOCK)
        .execute(Tuple.of(orderIds.toArray(UUID[]::new)))
        .map(rows -> byOrder(rows, orderIds));
  }

  @Override
  public Future<Void> save(
      SqlConnection tx, List<Payment> payments, Set<UUID> known, Duration lease) {
    Map<Boolean, List<Payment>> byKnown =
        payments.stream().collect(partitioningBy(one -> known.contains(one.orderId())));
    return Future.join(
            insert(tx, byKnown.getOrDefault(false, List.of()), lease),
            update(tx, byKnown.getOrDefault(true, List.of()), lease))
        .mapEmpty();
  }

  private static Future<Void> insert(SqlConnection tx, List<Payment> payments, Duration lease) {
    if (payments.isEmpty()) {
      return Future.succeededFuture();
    }
    Tuple columns = columns(payments, lease);
    columns.addValue(payments.stream().map(one -> one.charge().amountMinor()).toArray(Long[]::new));
    columns.addValue(payments.stream().map(one -> one.charge().currency()).toArray(String[]::new));
    columns.addValue(payments.stream().map(one -> one.charge().token()).toArray(String[]::new));
    return tx.preparedQuery(INSERT)
        .execute(columns)
        .compose(rows -> RowCounts.expect(TABLE, rows.rowCount(), payments.size()));
  }

  private static Future<Void> update(SqlConnection tx, List<Payment> payments, Duration lease) {
    if (payments.isEmpty()) {
      return Future.succeededFuture();
    }
    return tx.preparedQuery(UPDATE)
        .execute(columns(payments, lease))
        .compose(rows -> RowCounts.expect(TABLE, rows.rowCount(), payments.size()));
  }

  private static Tuple columns(List<Payment> payments, Duration lease) {
    Tuple columns =
        Tuple.of(
            payments.stream().map(Payment::orderId).toArray(UUID[]::new),
            payments.stream().map(payment -> payment.status().name()).toArray(String[]::new),
            payments.stream().map(Payment::declineReason).toArray(String[]::new),
            payments.stream().map(Payment::replies).toArray(Long[]::new),
            payments.stream().map(one -> one.cause().commandId()).toArray(UUID[]::new),
            payments.stream().map(one -> one.cause().traceparent()).toArray(String[]::new));
    columns.addValue(payments.stream().map(Payment::attempts).toArray(Integer[]::new));
    return columns.addValue(
        payments.stream()
            .map(payment -> Payments.untilNextAttempt(payment, lease).toMillis())
            .toArray(Long[]::new));
  }

  @Override
  public Future<List<Payment>> claim(SqlClient client, int limit, Duration lease) {
    return client
        .preparedQuery(CLAIM)
        .execute(Tuple.of(limit, lease.toMillis()))
        .compose(PostgresPaymentRepository::claimed);
  }

  // Of a payment whose claim a trigger dropped, the row has nulls.
  private static Future<List<Payment>> claimed(RowSet<Row> due) {
    long claimed =
        StreamSupport.stream(due.spliterator(), false)
            .filter(row -> row.getUUID("order_id") != null)
            .count();
    return RowCounts.expect(TABLE, (int) claimed, due.size())
        .map(all -> StoredRows.list(TABLE, due, PostgresPaymentRepository::fromRow));
  }

  @Override
  public Future<Void> release(SqlClient client, List<Payment> leased) {
    UUID[] orderIds = leased.stream().map(Payment::orderId).toArray(UUID[]::new);
    return client.preparedQuery(RELEASE).execute(Tuple.of((Object) orderIds)).mapEmpty();
  }

  @Override
  public Future<Optional<Payment>> find(SqlClient client, UUID orderId) {
    return client
        .preparedQuery(FIND)
        .execute(Tuple.of(orderId))
        .map(rows -> Optional.ofNullable(byOrder(rows, List.of(orderId)).get(orderId)));
  }

  private static Map<UUID, Payment> byOrder(RowSet<Row> rows, Collection<UUID> asked) {
    return StoredRows.byKey(
        TABLE, rows, PostgresPaymentRepository::fromRow, Payment::orderId, asked);
  }

  private static Payment fromRow(Row row) {
    Charge charge =
        new Charge(
            row.getLong("amount_minor"),
            StoredRows.text("currency", row.getString("currency")),
            StoredRows.text("token", row.getString("token")));
    return new Payment(
        row.getUUID("order_id"),
        charge,
        StoredRows.constant(PaymentStatus.class, "status", row.getString("status")),
        StoredRows.textOrNull("decline_reason", row.getString("decline_reason")),
        row.getInteger("attempts"),
        new Cause(
            row.getUUID("command_id"),
            StoredRows.textOrNull("traceparent", row.getString("traceparent"))),
        row.getLong("replies"));
  }
}
