package dev.converge.inventory.postgres;

import static java.util.stream.Collectors.partitioningBy;

import dev.converge.faults.RowCounts;
import dev.converge.inventory.application.ReservationRepository;
import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.ReservationStatus;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The table {@code reservation}. */
public final class PostgresReservationRepository implements ReservationRepository {
  private static final String LOCK =
      """
      SELECT order_id, status, lines, version FROM reservation
      WHERE order_id = ANY($1)
      ORDER BY order_id
      FOR NO KEY UPDATE
      """;

  private static final String INSERT =
      """
      INSERT INTO reservation (order_id, status, lines, version)
      SELECT order_id, status, lines::json, version
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[])
           AS new (order_id, status, lines, version)
      """;

  // The version detects a writer without a lock: its row count is too low, and it fails.
  private static final String UPDATE =
      """
      UPDATE reservation
      SET status = changed.status, version = changed.version, updated_at = now()
      FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS changed (order_id, status, version)
      WHERE reservation.order_id = changed.order_id AND reservation.version < changed.version
      """;

  @Override
  public Future<Map<UUID, Reservation>> lock(SqlConnection tx, Collection<UUID> orderIds) {
    return tx.preparedQuery(LOCK)
        .execute(Tuple.of(orderIds.toArray(UUID[]::new)))
        .map(
            rows ->
                StoredRows.byKey(
                    "reservation",
                    rows,
                    PostgresReservationRepository::fromRow,
                    Reservation::orderId,
                    orderIds));
  }

  @Override
  public Future<Void> save(SqlConnection tx, List<Reservation> changed, Set<UUID> known) {
    Map<Boolean, List<Reservation>> byKnown =
        changed.stream().collect(partitioningBy(one -> known.contains(one.orderId())));
    return Future.join(
            insert(tx, byKnown.getOrDefault(false, List.of())),
            update(tx, byKnown.getOrDefault(true, List.of())))
        .mapEmpty();
  }

  private static Future<Void> insert(SqlConnection tx, List<Reservation> reservations) {
    if (reservations.isEmpty()) {
      return Future.succeededFuture();
    }
    String[] lines =
        reservations.stream().map(PostgresReservationRepository::json).toArray(String[]::new);
    return tx.preparedQuery(INSERT)
        .execute(Tuple.of(ids(reservations), statuses(reservations), lines, versions(reservations)))
        .compose(rows -> RowCounts.expect("reservation", rows.rowCount(), reservations.size()));
  }

  private static Future<Void> update(SqlConnection tx, List<Reservation> reservations) {
    if (reservations.isEmpty()) {
      return Future.succeededFuture();
    }
    return tx.preparedQuery(UPDATE)
        .execute(Tuple.of(ids(reservations), statuses(reservations), versions(reservations)))
        .compose(rows -> RowCounts.expect("reservation", rows.rowCount(), reservations.size()));
  }

  private static UUID[] ids(List<Reservation> reservations) {
    return reservations.stream().map(Reservation::orderId).toArray(UUID[]::new);
  }

  private static String[] statuses(List<Reservation> reservations) {
    return reservations.stream().map(one -> one.status().name()).toArray(String[]::new);
  }

  private static Long[] versions(List<Reservation> reservations) {
    return reservations.stream().map(Reservation::version).toArray(Long[]::new);
  }

  private static Reservation fromRow(Row row) {
    return new Reservation(
        row.getUUID("order_id"),
        StoredRows.constant(ReservationStatus.class, "status", row.getString("status")),
        lines((JsonArray) row.getJson("lines")),
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
        .map(
            line ->
                new ReservationLine(
                    StoredRows.text("lines", line.getString("sku")), line.getInteger("quantity")))
        .toList();
  }
}
