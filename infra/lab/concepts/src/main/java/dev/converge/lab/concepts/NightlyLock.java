package dev.converge.lab.concepts;

import java.sql.Connection;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** A lock as one process sees it. Used by one thread. */
interface NightlyLock {
  /** The token if this process holds the lock now; 0 if the lock has no tokens. */
  OptionalLong tryAcquire() throws Exception;

  /** Whether this process may still hold it, as far as it can know. */
  boolean mayHold();

  void release() throws Exception;

  /** Ends the connection to the lock; a lock that is still held then ends, or expires. */
  void end() throws Exception;

  /** The session that holds the lock, if writes must use it. */
  default @Nullable Connection session() {
    return null;
  }
}
