package dev.converge.order.application;

import java.time.Duration;

/**
 * Whether a replica is worth asking. After a failure it is not for a while; then one read tries it,
 * and the others wait for what that finds. Belongs to one event loop.
 */
final class ReplicaCircuit {
  static final Duration PAUSE = Duration.ofSeconds(1);

  private boolean failed;
  private long triedAtNanos;

  /** Whether to ask the replica. If it has failed before, the caller is the one that tries it. */
  boolean admits(long nowNanos) {
    if (!failed) {
      return true;
    }
    if (nowNanos - triedAtNanos < PAUSE.toNanos()) {
      return false;
    }
    triedAtNanos = nowNanos;
    return true;
  }

  void answered() {
    failed = false;
  }

  /** Returns whether this is the first failure in a row. */
  boolean failed(long nowNanos) {
    boolean first = !failed;
    failed = true;
    triedAtNanos = nowNanos;
    return first;
  }
}
