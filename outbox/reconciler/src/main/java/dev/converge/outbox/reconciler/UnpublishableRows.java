package dev.converge.outbox.reconciler;

import dev.converge.outbox.reconciler.UnseenRows.Row;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Finds rows of the outbox that cannot be published again: the table would refuse their copies,
 * because the broker or the connector cannot accept them. Such rows are older than the table's
 * constraints.
 */
final class UnpublishableRows {
  private static final long WITHIN_MS = 10_000;
  private static final String FIND = "SELECT outbox_unpublishable($1, $2, $3)";

  private final Pool pool;

  UnpublishableRows(Pool pool) {
    this.pool = pool;
  }

  /** The ids of the rows that cannot be published. */
  Future<Set<UUID>> among(List<Row> rows) {
    UUID[] ids = rows.stream().map(Row::id).toArray(UUID[]::new);
    List<OffsetDateTime> created = rows.stream().map(Row::createdAt).sorted().toList();
    return pool.preparedQuery(FIND)
        .execute(Tuple.of(ids, created.get(0), created.get(created.size() - 1)))
        .map(UnpublishableRows::ids)
        .timeout(WITHIN_MS, TimeUnit.MILLISECONDS);
  }

  private static Set<UUID> ids(RowSet<io.vertx.sqlclient.Row> found) {
    Set<UUID> ids = new HashSet<>();
    found.forEach(row -> ids.add(row.getUUID(0)));
    return ids;
  }
}
