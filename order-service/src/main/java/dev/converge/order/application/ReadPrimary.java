package dev.converge.order.application;

import io.vertx.core.Future;

/** The primary, for reads while there are replicas. */
public interface ReadPrimary extends ReadNode {
  /**
   * Commits a write that a standby confirms, where commits wait for one. When it has, the node was
   * still the primary, and no promotion loses what it had shown before.
   */
  Future<Void> barrier();

  /** Writes the clock and the log's timeline into the row that shows the age of replicas. */
  Future<Void> beat();
}
