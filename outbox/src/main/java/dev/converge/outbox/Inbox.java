package dev.converge.outbox;

import dev.converge.faults.RowCounts;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Records which messages a consumer has handled. It inserts first, in the transaction of the
 * effect; it never checks and then acts.
 */
final class Inbox {
  // Sorted, so that two consumers that overlap in a rebalance wait for each other instead of
  // deadlocking.
  private static final String INSERT =
      """
      INSERT INTO inbox (message_id, consumer)
      SELECT id, $1 FROM unnest($2::uuid[]) AS id ORDER BY id
      """;

  private static final String INSERT_UNSEEN =
      INSERT
          + """
          ON CONFLICT DO NOTHING
          RETURNING message_id
          """;

  private static final String COUNT =
      """
      SELECT count(*) AS stored FROM inbox WHERE consumer = $1 AND message_id = ANY ($2)
      """;

  private static final String UNIQUE_VIOLATION = "23505";

  private final String consumer;

  Inbox(String consumer) {
    this.consumer = consumer;
  }

  /**
   * Marks messages that are expected to be new, as nearly all are, at half the cost of {@link
   * #insertUnseen}. Fails, and the transaction with it, if one {@link #isDuplicate was seen}
   * before.
   */
  Future<Void> insertAll(SqlConnection tx, Collection<UUID> messageIds) {
    int expected = (int) messageIds.stream().distinct().count();
    return tx.preparedQuery(INSERT)
        .execute(parameters(messageIds))
        .compose(rows -> RowCounts.expect("inbox", rows.rowCount(), expected));
  }

  /** Whether a transaction failed because one of its messages was seen before. */
  static boolean isDuplicate(Throwable cause) {
    return cause instanceof PgException failure
        && UNIQUE_VIOLATION.equals(failure.getSqlState())
        && String.valueOf(failure.getTable()).startsWith("inbox");
  }

  /** Marks messages as seen and returns the ids of those that were new. */
  Future<Set<UUID>> insertUnseen(SqlConnection tx, Collection<UUID> messageIds) {
    return tx.preparedQuery(INSERT_UNSEEN)
        .execute(parameters(messageIds))
        .map(Inbox::ids)
        .compose(fresh -> expectSeen(tx, messageIds, fresh));
  }

  // A message without a row is no duplicate: a trigger dropped its row.
  private Future<Set<UUID>> expectSeen(
      SqlConnection tx, Collection<UUID> messageIds, Set<UUID> fresh) {
    Set<UUID> seen = new HashSet<>(messageIds);
    seen.removeAll(fresh);
    return seen.isEmpty()
        ? Future.succeededFuture(fresh)
        : tx.preparedQuery(COUNT)
            .execute(parameters(seen))
            .map(rows -> rows.iterator().next().getLong("stored").intValue())
            .compose(stored -> RowCounts.expect("inbox", stored, seen.size()))
            .map(fresh);
  }

  private Tuple parameters(Collection<UUID> messageIds) {
    UUID[] distinct = messageIds.stream().distinct().toArray(UUID[]::new);
    // Cast: an array as the last argument would be spread over the varargs.
    return Tuple.of(consumer, (Object) distinct);
  }

  private static Set<UUID> ids(RowSet<Row> rows) {
    Set<UUID> ids = new HashSet<>();
    rows.forEach(row -> ids.add(row.getUUID("message_id")));
    return ids;
  }
}
