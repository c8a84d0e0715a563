package dev.converge.service.transactions;

import dev.converge.commitment.Divergences;
import dev.converge.commitment.postgres.DivergenceTable;
import dev.converge.service.audit.Audit;
import io.vertx.sqlclient.Pool;
import java.util.Locale;

/** The audit's check of branches that have ended differently from their decision. */
final class DivergenceCheck {
  private static final String NAME = "transactions-diverged";
  private static final int MOST_CASES = 100;

  private DivergenceCheck() {}

  /** The check {@code transactions-diverged}: divergences that no operator has acknowledged. */
  static Audit.Check of(Pool pool) {
    Divergences divergences = new DivergenceTable(pool);
    return new Audit.Check(
        NAME,
        () ->
            divergences
                .open(MOST_CASES)
                .map(open -> open.stream().map(DivergenceCheck::text).toList()));
  }

  static String text(Divergences.Entry entry) {
    return String.format(
        Locale.ROOT,
        "%s: %s when %s arrived, %d s ago",
        entry.gid(),
        entry.state(),
        entry.message(),
        entry.age().toSeconds());
  }
}
