package dev.converge.inventory.postgres;

import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.ReservationStatus;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The table {@code reservation}. */
public final class ReservationRepository {
  private static final String LOCK =
      """
      SELECT order_id, status, lines, version FROM reservation
      WHERE order_id = ANY($1)
      ORDER BY order_id
      FOR NO KEY UPDATE
      """;

  // The version guards against a writer that did not lock: its row is not touched, and is missed.
  private static final String SAVE =
      """
      INSERT INTO reservation (order_id, status, lines, version)
      SELECT order_id, status, lines::jsonb, version
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[])
           AS saved (order_id, status, lines, version)
      ON CONFLICT (order_id) DO UPDATE
      SET status = excluded.status, version = excluded.version, updated_at = now()
      WHERE reservation.version < excluded.version
      """;

  /** The reservations of orders, locked until the transaction ends. */
  public Future<Map<UUID, Reservation>> lock(SqlConnection tx, Collection<UUID> orderIds) {
    return tx.preparedQuery(LOCK)
        .execute(Tuple.of(orderIds.toArray(UUID[]::new)))
        .map(ReservationRepository::byOrder);
  }

  /** Writes reservations, new and changed. */
  public Future<Void> save(SqlConnection tx, List<Reservation> changed) {
    UUID[] orderIds = changed.stream().map(Reservation::orderId).toArray(UUID[]::new);
    String[] statuses = changed.stream().map(r -> r.status().name()).toArray(String[]::new);
    String[] lines = changed.stream().map(ReservationRepository::json).toArray(String[]::new);
    Long[] versions = changed.stream().map(Reservation::version).toArray(Long[]::new);
    return tx.preparedQuery(SAVE)
        .execute(Tuple.of(orderIds, statuses, lines, versions))
        .compose(rows -> RowCounts.expect("reservation", rows.rowCount(), orderIds.length));
  }

  private static Map<UUID, Reservation> byOrder(RowSet<Row> rows) {
    Map<UUID, Reservation> found = new LinkedHashMap<>();
    rows.forEach(row -> found.put(row.getUUID("order_id"), fromRow(row)));
    return found;
  }

  private static Reservation fromRow(Row row) {
    return new Reservation(
        row.getUUID("order_id"),
        ReservationStatus.valueOf(row.getString("status")),
        lines(row.getJsonArray("lines")),
        row.getLong("version"));
  }

  private static String json(Reservation reservation) {
    JsonArray lines = new JsonArray();
    reservation
        .lines()
        .forEach(
            line ->
                lines.add(
                    new JsonObject().put("sku", line.sku()).put("quantity", line.quantity())));
    return lines.encode();
  }

  private static List<ReservationLine> lines(JsonArray lines) {
    return lines.stream()
        .map(JsonObject.class::cast)
        .map(line -> new ReservationLine(line.getString("sku"), line.getInteger("quantity")))
        .toList();
  }
}
