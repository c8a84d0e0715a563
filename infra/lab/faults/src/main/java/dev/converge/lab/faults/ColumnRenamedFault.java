package dev.converge.lab.faults;

import dev.converge.platform.Platform;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;

/**
 * A column of the outbox that the service does not write has another name for a while. The log
 * keeps the rows of that time as they were written, and the connector cannot send them: the
 * platform must replace the slot.
 */
record ColumnRenamedFault(SqlFault change, InterventionLog done) implements SqlFaultWithSteps {
  // Until the task has failed often enough, and then until the reconciler has published again.
  private static final int BOUND_SECONDS = 90;

  static ColumnRenamedFault of(Platform platform, String domain, InterventionLog done) {
    return new ColumnRenamedFault(
        new SqlFault(
            platform,
            domain,
            new FaultSpec(
                "outbox-column-renamed", domain + "-db", "outbox", 2_000, 4_000, BOUND_SECONDS),
            List.of("ALTER TABLE outbox RENAME COLUMN specversion TO specversion_renamed"),
            List.of(
                """
                DO $$ BEGIN
                  ALTER TABLE outbox RENAME COLUMN specversion_renamed TO specversion;
                EXCEPTION WHEN undefined_column THEN NULL;
                END $$
                """)),
        done);
  }

  @Override
  public void heal() throws IOException, SQLException {
    // At any time from now on.
    done.slotDropped(change.domain());
    change.heal();
  }
}
