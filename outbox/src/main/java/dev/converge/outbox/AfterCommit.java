package dev.converge.outbox;

/**
 * Runs after the transaction of a batch has committed, for example to wake a poller early. It runs
 * at most once, and not at all if the process ends first: a timer or a later poll must find the
 * same work.
 */
@FunctionalInterface
public interface AfterCommit {
  /** Does nothing. */
  AfterCommit NOTHING = () -> {};

  /** Runs on the event loop of the consumer; must not block. */
  void run();
}
