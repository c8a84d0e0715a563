package dev.converge.service.postgres;

import io.vertx.core.VertxException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeoutException;

/**
 * Bounds the logins that a server accepts and does not finish: it does not answer in time, or
 * without an encoding that the client knows, as behind a proxy whose server hangs. The client
 * closes their sockets, but the server may keep their sessions. So no more are tried than a pool
 * has connections, and then one at intervals until the server works again. A login that is allowed
 * ends with {@link #failed} or {@link #succeeded}.
 */
final class AbandonedConnections {
  private static final String REFUSED_ENCODING = "is not supported in the client only UTF8";
  private static final long RETRY_REFUSED_NANOS = 10_000_000_000L;
  private static final long RETRY_UNANSWERED_NANOS = 5_000_000_000L;

  private final int most;
  private final long closedAfterNanos;
  private final Deque<Long> abandonedAtNanos = new ArrayDeque<>();
  private long retryNanos = RETRY_REFUSED_NANOS;
  private long triedAtNanos;
  private int inProgress;

  /**
   * @param most logins that may be abandoned before fewer are tried
   * @param closedAfterNanos after which the server is expected to have ended a session
   */
  AbandonedConnections(int most, long closedAfterNanos) {
    this.most = most;
    this.closedAfterNanos = closedAfterNanos;
  }

  /** Records that a login succeeded: logins are no longer bounded. */
  synchronized void succeeded() {
    inProgress = Math.max(0, inProgress - 1);
    abandonedAtNanos.clear();
  }

  /** Records why a login failed. */
  synchronized void failed(Throwable cause, long nowNanos) {
    inProgress = Math.max(0, inProgress - 1);
    boolean isUnanswered = cause instanceof TimeoutException;
    boolean isRefused =
        cause instanceof VertxException
            && String.valueOf(cause.getMessage()).endsWith(REFUSED_ENCODING);
    if (isUnanswered || isRefused) {
      forget(nowNanos);
      abandonedAtNanos.addLast(nowNanos);
      triedAtNanos = nowNanos;
      retryNanos = isUnanswered ? RETRY_UNANSWERED_NANOS : RETRY_REFUSED_NANOS;
    }
  }

  /** Whether a login may begin now. */
  synchronized boolean mayOpen(long nowNanos) {
    forget(nowNanos);
    // Those in progress may be abandoned, too.
    boolean isBounded = abandonedAtNanos.size() + inProgress >= most;
    if (isBounded && !isProbeDue(nowNanos)) {
      return false;
    }
    triedAtNanos = nowNanos;
    inProgress++;
    return true;
  }

  private boolean isProbeDue(long nowNanos) {
    return abandonedAtNanos.isEmpty() || nowNanos - triedAtNanos >= retryNanos;
  }

  /** The server has answered a statement: logins are no longer bounded. */
  synchronized void answered() {
    abandonedAtNanos.clear();
  }

  private void forget(long nowNanos) {
    while (!abandonedAtNanos.isEmpty()
        && nowNanos - abandonedAtNanos.getFirst() >= closedAfterNanos) {
      abandonedAtNanos.removeFirst();
    }
  }
}
