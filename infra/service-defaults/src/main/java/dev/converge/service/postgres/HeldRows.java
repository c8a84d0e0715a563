package dev.converge.service.postgres;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether branches in doubt may hold rows that others need. A prepared transaction keeps its locks:
 * a transaction for many messages that needs one such row waits, fails at its lock timeout, and
 * fails again at each repetition. So after a lock timeout, and for some seconds after the last held
 * row was seen, work asks for the held rows first and leaves out what needs them. Until then it
 * asks nothing, as nearly always no row is held.
 */
public final class HeldRows {
  private static final long SUSPECTED_NANOS = Duration.ofSeconds(10).toNanos();
  private static final String LOCK_NOT_AVAILABLE = "55P03";
  private static final String WAIT_BRIEFLY = "SET LOCAL lock_timeout = '1s'";

  private final boolean arePossible;
  private final LongSupplier nanoTime;
  private volatile long suspectedAtNanos;

  /**
   * @param arePossible whether other protocols than the saga are on
   */
  public HeldRows(boolean arePossible) {
    this(arePossible, System::nanoTime);
  }

  HeldRows(boolean arePossible, LongSupplier nanoTime) {
    this.arePossible = arePossible;
    this.nanoTime = nanoTime;
    this.suspectedAtNanos = nanoTime.getAsLong() - SUSPECTED_NANOS;
  }

  /** Whether a row can be held at all: then no transaction should wait long for one. */
  public boolean arePossible() {
    return arePossible;
  }

  /** Whether to ask which rows are held. */
  public boolean areSuspected() {
    return arePossible && nanoTime.getAsLong() - suspectedAtNanos < SUSPECTED_NANOS;
  }

  /** Records that a row is held, or may be. */
  public void suspect() {
    suspectedAtNanos = nanoTime.getAsLong();
  }

  /** Records a failure; returns whether a row may be held for it. */
  public boolean suspectAfter(Throwable cause) {
    boolean mayBeHeld = arePossible && isLockTimeout(cause);
    if (mayBeHeld) {
      suspect();
    }
    return mayBeHeld;
  }

  /** Whether a statement has waited for a lock as long as it may. */
  public static boolean isLockTimeout(Throwable cause) {
    return cause instanceof PgException refused && LOCK_NOT_AVAILABLE.equals(refused.getSqlState());
  }

  /** Makes a transaction wait a second at most for each lock, from its next statement on. */
  public static Future<Void> waitBriefly(SqlConnection tx) {
    return tx.query(WAIT_BRIEFLY).execute().mapEmpty();
  }
}
