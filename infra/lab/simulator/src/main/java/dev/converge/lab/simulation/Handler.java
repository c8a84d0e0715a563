package dev.converge.lab.simulation;

import java.util.List;

/** Handles a batch of messages, in the transaction that marks them as seen. */
interface Handler {
  /** The rows to lock before it decides. */
  List<Row> rows(List<Message> batch);

  /**
   * Decides, writes and replies.
   *
   * @return the action to run once the transaction has committed
   * @throws IllegalStateException where a message breaks the protocol
   */
  Runnable handle(Transaction tx, List<Message> batch);
}
