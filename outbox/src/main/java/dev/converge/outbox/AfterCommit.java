package dev.converge.outbox;

/**
 * What to do once the transaction of a batch has committed, such as to wake a poller early. It runs
 * at most once, and not at all where the process ends before: a timer or a later poll must find the
 * same work.
 */
@FunctionalInterface
public interface AfterCommit {
  /** Nothing follows. */
  AfterCommit NOTHING = () -> {};

  /** Runs on the event loop of the consumer; must not block. */
  void run();
}
