package dev.converge.service;

import io.vertx.core.VertxException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Bounds the connections that the client opens and neither uses nor closes: those whose login
 * succeeded without an encoding that it knows, as behind a proxy whose server hangs. The socket's
 * read timeout ends them later. Until then no more are opened than a pool has, and one every ten
 * seconds to find out whether it works again.
 */
final class AbandonedConnections {
  private static final String REFUSED_ENCODING = "is not supported in the client only UTF8";
  private static final long TRIED_EVERY_NANOS = 10_000_000_000L;

  private final int most;
  private final long closedAfterNanos;
  private final Deque<Long> abandonedAtNanos = new ArrayDeque<>();
  private long triedAtNanos;

  /**
   * @param most that may be open before fewer are tried
   * @param closedAfterNanos when the socket of one that is silent is closed
   */
  AbandonedConnections(int most, long closedAfterNanos) {
    this.most = most;
    this.closedAfterNanos = closedAfterNanos;
  }

  /** Takes note of why there was no connection, or no answer on one. */
  synchronized void failed(Throwable cause, long nowNanos) {
    if (cause instanceof VertxException
        && String.valueOf(cause.getMessage()).endsWith(REFUSED_ENCODING)) {
      forget(nowNanos);
      abandonedAtNanos.addLast(nowNanos);
    }
  }

  /** Whether a connection may be opened now. */
  synchronized boolean mayOpen(long nowNanos) {
    forget(nowNanos);
    if (abandonedAtNanos.size() < most) {
      triedAtNanos = nowNanos;
      return true;
    }
    if (nowNanos - triedAtNanos < TRIED_EVERY_NANOS) {
      return false;
    }
    triedAtNanos = nowNanos;
    return true;
  }

  /** The server has answered a statement: those that are abandoned bound no other. */
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
