package dev.converge.commitment.postgres;

import dev.converge.commitment.Divergences;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Divergences as a table of the participant's database, so that they survive a restart. */
public final class DivergenceTable implements Divergences {
  private static final long TIMEOUT_MS = 5_000;

  /** Any client can send decisions on unknown transactions: the table is bounded. */
  private static final int MAX_ROWS = 10_000;

  private final Pool pool;

  public DivergenceTable(Pool pool) {
    this.pool = pool;
  }

  /**
   * Records a divergence.
   *
   * @param state of the branch when the decision arrived
   * @param message the decision
   * @return whether it was not recorded before; also true if the table is full
   */
  public Future<Boolean> record(GlobalId id, BranchState state, BranchEvent message) {
    return pool.preparedQuery(
            """
            WITH room AS (
              SELECT count(*) < $4 AS is_left FROM transaction_divergence
            ), added AS (
              INSERT INTO transaction_divergence (gid, state, message)
              SELECT $1::text, $2::text, $3::text FROM room WHERE is_left
              ON CONFLICT DO NOTHING
              RETURNING gid
            )
            SELECT EXISTS (SELECT 1 FROM added)
                OR NOT EXISTS (SELECT 1 FROM transaction_divergence WHERE gid = $1::text)
            """)
        .execute(Tuple.of(id.text(), state.name(), message.name(), (long) MAX_ROWS))
        .map(rows -> rows.iterator().next().getBoolean(0))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public Future<List<Entry>> open(int limit) {
    return pool.preparedQuery(
            """
            SELECT gid, state, message,
                   greatest(0, extract(epoch FROM clock_timestamp() - at) * 1000)::bigint
              FROM transaction_divergence
             WHERE acknowledged_at IS NULL
             ORDER BY at, gid
             LIMIT $1
            """)
        .execute(Tuple.of(limit))
        .map(DivergenceTable::entries)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static List<Entry> entries(RowSet<Row> rows) {
    List<Entry> entries = new ArrayList<>(rows.size());
    for (Row row : rows) {
      entries.add(
          new Entry(
              row.getString(0),
              BranchState.valueOf(row.getString(1)),
              BranchEvent.valueOf(row.getString(2)),
              Duration.ofMillis(row.getLong(3))));
    }
    return entries;
  }

  @Override
  public Future<Boolean> isOpen(GlobalId id) {
    return pool.preparedQuery(
            """
            SELECT 1 FROM transaction_divergence WHERE gid = $1 AND acknowledged_at IS NULL
            """)
        .execute(Tuple.of(id.text()))
        .map(rows -> rows.size() > 0)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public Future<Boolean> acknowledge(GlobalId id) {
    return pool.preparedQuery(
            """
            UPDATE transaction_divergence SET acknowledged_at = now()
             WHERE gid = $1 AND acknowledged_at IS NULL
            """)
        .execute(Tuple.of(id.text()))
        .map(rows -> rows.rowCount() == 1)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }
}
