package dev.converge.payment.postgres;

import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.PaymentStatus;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The table {@code payment}. */
public final class PaymentRepository {
  private static final String LOCK =
      """
      SELECT order_id, status, amount_minor, currency, token, decline_reason, replies, command_id,
             traceparent, attempts
      FROM payment
      WHERE order_id = ANY($1)
      ORDER BY order_id
      FOR NO KEY UPDATE
      """;

  // What awaits the provider is due when the lease of the writer, who calls for it, ends; after
  // failed calls, after 200 ms doubled up to 10 s.
  private static final String SAVE =
      """
      INSERT INTO payment AS known (order_id, status, amount_minor, currency, token, decline_reason,
                                    replies, command_id, traceparent, attempts, next_attempt_at)
      SELECT order_id, status, amount_minor, currency, token, decline_reason, replies, command_id,
             traceparent, attempts,
             now() + CASE attempts WHEN 0 THEN $11 * interval '1 ms'
                     ELSE least(interval '10 s', interval '200 ms' * (2 ^ least(attempts - 1, 10))) END
      FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                  $7::bigint[], $8::uuid[], $9::text[], $10::int[])
           AS saved (order_id, status, amount_minor, currency, token, decline_reason, replies,
                     command_id, traceparent, attempts)
      ON CONFLICT (order_id) DO UPDATE
      SET status = excluded.status, decline_reason = excluded.decline_reason,
          replies = excluded.replies, command_id = excluded.command_id,
          traceparent = excluded.traceparent, attempts = excluded.attempts,
          next_attempt_at = CASE WHEN known.status = excluded.status
                                      AND known.attempts = excluded.attempts
                                 THEN known.next_attempt_at ELSE excluded.next_attempt_at END,
          updated_at = now()
      WHERE known.replies <= excluded.replies
      """;

  private static final String CLAIM =
      """
      UPDATE payment
      SET next_attempt_at = now() + $2 * interval '1 ms'
      WHERE order_id IN (
          SELECT order_id FROM payment
          WHERE status IN ('CHARGING', 'VOIDING', 'REFUNDING') AND next_attempt_at <= now()
          ORDER BY next_attempt_at
          LIMIT $1
          FOR NO KEY UPDATE SKIP LOCKED)
      RETURNING order_id, status, amount_minor, currency, token, decline_reason, replies, command_id,
                traceparent, attempts
      """;

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

  /** The payments of orders, locked until the transaction ends. */
  public Future<Map<UUID, Payment>> lock(SqlConnection tx, Collection<UUID> orderIds) {
    return tx.preparedQuery(LOCK)
        .execute(Tuple.of(orderIds.toArray(UUID[]::new)))
        .map(PaymentRepository::byOrder);
  }

  /**
   * Writes payments, new and changed.
   *
   * @param lease how long those that await their first call are left to the writer
   */
  public Future<Void> save(SqlConnection tx, List<Payment> payments, Duration lease) {
    int rows = payments.size();
    UUID[] orderIds = payments.stream().map(Payment::orderId).toArray(UUID[]::new);
    String[] statuses = payments.stream().map(p -> p.status().name()).toArray(String[]::new);
    Long[] amounts = payments.stream().map(Payment::amountMinor).toArray(Long[]::new);
    String[] currencies = payments.stream().map(Payment::currency).toArray(String[]::new);
    String[] tokens = payments.stream().map(Payment::token).toArray(String[]::new);
    String[] reasons = payments.stream().map(Payment::declineReason).toArray(String[]::new);
    Tuple columns = Tuple.of(orderIds, statuses, amounts, currencies, tokens, reasons);
    columns.addValue(payments.stream().map(Payment::replies).toArray(Long[]::new));
    columns.addValue(payments.stream().map(Payment::commandId).toArray(UUID[]::new));
    columns.addValue(payments.stream().map(Payment::traceparent).toArray(String[]::new));
    columns.addValue(payments.stream().map(Payment::attempts).toArray(Integer[]::new));
    columns.addValue(lease.toMillis());
    return tx.preparedQuery(SAVE).execute(columns).compose(saved -> expect(saved.rowCount(), rows));
  }

  /**
   * Takes payments that are due for a call, so that no one else calls for the length of a lease.
   */
  public Future<List<Payment>> claim(SqlClient client, int limit, Duration lease) {
    return client
        .preparedQuery(CLAIM)
        .execute(Tuple.of(limit, lease.toMillis()))
        .map(rows -> new ArrayList<>(byOrder(rows).values()));
  }

  /** Gives up leases before they end. Payments that await no call any more stay as they are. */
  public Future<Void> release(SqlClient client, List<Payment> leased) {
    UUID[] orderIds = leased.stream().map(Payment::orderId).toArray(UUID[]::new);
    return client.preparedQuery(RELEASE).execute(Tuple.of((Object) orderIds)).mapEmpty();
  }

  public Future<Optional<Payment>> find(SqlClient client, UUID orderId) {
    return client
        .preparedQuery(FIND)
        .execute(Tuple.of(orderId))
        .map(rows -> byOrder(rows).values().stream().findFirst());
  }

  private static Future<Void> expect(int actual, int expected) {
    return actual == expected
        ? Future.succeededFuture()
        : Future.failedFuture(
            new IllegalStateException(
                "payment rows written: " + actual + " (expected: " + expected + ")"));
  }

  private static Map<UUID, Payment> byOrder(RowSet<Row> rows) {
    Map<UUID, Payment> payments = new LinkedHashMap<>();
    rows.forEach(row -> payments.put(row.getUUID("order_id"), fromRow(row)));
    return payments;
  }

  private static Payment fromRow(Row row) {
    return new Payment(
        row.getUUID("order_id"),
        PaymentStatus.valueOf(row.getString("status")),
        row.getLong("amount_minor"),
        row.getString("currency"),
        row.getString("token"),
        row.getString("decline_reason"),
        row.getLong("replies"),
        row.getUUID("command_id"),
        row.getString("traceparent"),
        row.getInteger("attempts"));
  }
}
