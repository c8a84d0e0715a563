package dev.converge.lab.faults;

import dev.converge.lab.checker.EvidenceReader;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;

/** Waits until nothing is under way: every order has ended, and every message is handled. */
final class Quiescence {
  private static final long LOOK_EVERY_MS = 500;

  private final EvidenceReader reader;
  private final Duration within;

  Quiescence(EvidenceReader reader, Duration within) {
    this.reader = reader;
    this.within = within;
  }

  /** Whether there came a moment, in time, in which nothing was under way. */
  boolean await() throws InterruptedException {
    return reaches(this::isAtRest);
  }

  /**
   * Waits until each service's audit has looked at all that its outbox holds since a moment, and
   * until what it has published again is handled.
   *
   * @return whether that came to pass in time
   */
  boolean awaitAudits(long sinceMicros) throws InterruptedException {
    return reaches(() -> isAudited(sinceMicros) && isAtRest());
  }

  private boolean reaches(Waiting.Condition state) throws InterruptedException {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < within.toNanos()) {
      try {
        if (state.holds()) {
          return true;
        }
      } catch (IOException | SQLException | RuntimeException notYet) {
        // A part that has just been started: it is looked at again.
      }
      Thread.sleep(LOOK_EVERY_MS);
    }
    return false;
  }

  // A round that has come past this moment has begun since, and so has seen all that was lost
  // before.
  private boolean isAudited(long sinceMicros) throws SQLException {
    for (String domain : EvidenceReader.DOMAINS) {
      long past =
          reader.count(
              domain,
              """
              SELECT count(*) FROM outbox_audited
              WHERE compare_from IS NULL
                AND audited_to >= to_timestamp(%d / 1000000.0)
                AND audited_to >= (SELECT max(created_at) FROM outbox)
              """
                  .formatted(sinceMicros));
      if (past == 0) {
        return false;
      }
    }
    return true;
  }

  private boolean isAtRest() throws SQLException {
    return reader.count("order", "SELECT count(*) FROM saga WHERE ended_at IS NULL") == 0
        && reader.count(
                "payment",
                """
                SELECT count(*) FROM payment WHERE status IN ('CHARGING', 'VOIDING', 'REFUNDING')
                """)
            == 0
        && published("order", "inventory.commands") <= handled("inventory")
        && published("order", "payment.commands") <= handled("payment")
        && published("inventory", "order.replies") + published("payment", "order.replies")
            <= handled("order")
        && reader.offsets().stream().allMatch(at -> at.committed() >= at.end());
  }

  // A message that the audit has published again stands there twice.
  private long published(String domain, String topic) throws SQLException {
    return reader.count(
        domain, "SELECT count(DISTINCT id) FROM outbox WHERE aggregatetype = '" + topic + "'");
  }

  // Without what was parked: nobody of ours has published that.
  private long handled(String domain) throws SQLException {
    return reader.count(
        domain, "SELECT (SELECT count(*) FROM inbox) - (SELECT count(*) FROM dead_letter)");
  }
}
