package dev.converge.inventory.postgres;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * Stock that is set aside for an order that needs none any more. Reservations that have been held
 * for a while are looked at a hundred at a time, in the order of their ids and round again; those
 * that were found are looked at each time until they are gone.
 *
 * <p>An order ends only after every reply that it waits for. So a reservation that is held after
 * its order was seen to have ended is held for nothing, whatever is still on its way.
 */
final class OrphanedReservations {
  private static final int AT_A_TIME = 100;
  private static final UUID BEGIN = new UUID(0, 0);

  private static final String HELD =
      """
      SELECT order_id FROM reservation
      WHERE status = 'RESERVED' AND order_id > $1
        AND updated_at < now() - interval '15 seconds'
      ORDER BY order_id
      LIMIT $2
      """;

  private static final String STILL_HELD =
      """
      SELECT order_id FROM reservation
      WHERE order_id = ANY ($1) AND status = 'RESERVED'
      ORDER BY order_id
      LIMIT $2
      """;

  private final SqlClient client;
  private final Function<UUID, Future<Boolean>> isOver;
  private UUID cursor = BEGIN;
  private List<UUID> found = List.of();

  /**
   * @param isOver whether an order has ended, or is none
   */
  OrphanedReservations(SqlClient client, Function<UUID, Future<Boolean>> isOver) {
    this.client = client;
    this.isOver = isOver;
  }

  /** The orders of those found so far that still hold stock, a hundred at most. */
  Future<List<String>> look() {
    return ids(HELD, cursor)
        .compose(this::over)
        .compose(this::stillHeld)
        .onSuccess(orphans -> found = orphans)
        .map(orphans -> orphans.stream().map(UUID::toString).toList());
  }

  private Future<List<UUID>> over(List<UUID> held) {
    List<Future<Boolean>> asked = held.stream().map(isOver).toList();
    return Future.all(asked)
        .onSuccess(all -> cursor = held.size() < AT_A_TIME ? BEGIN : held.get(AT_A_TIME - 1))
        .map(
            all -> {
              List<UUID> over = new ArrayList<>();
              for (int each = 0; each < held.size(); each++) {
                if (all.<Boolean>resultAt(each)) {
                  over.add(held.get(each));
                }
              }
              return over;
            });
  }

  private Future<List<UUID>> stillHeld(List<UUID> over) {
    Set<UUID> all = new LinkedHashSet<>(found);
    all.addAll(over);
    return all.isEmpty()
        ? Future.succeededFuture(List.of())
        : ids(STILL_HELD, all.toArray(UUID[]::new));
  }

  private Future<List<UUID>> ids(String sql, Object of) {
    return client
        .preparedQuery(sql)
        .execute(Tuple.of(of, (long) AT_A_TIME))
        .map(OrphanedReservations::ids);
  }

  private static List<UUID> ids(RowSet<Row> rows) {
    List<UUID> ids = new ArrayList<>(rows.size());
    rows.forEach(row -> ids.add(row.getUUID(0)));
    return ids;
  }
}
