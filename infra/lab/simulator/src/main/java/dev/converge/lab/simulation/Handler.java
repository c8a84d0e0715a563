package dev.converge.lab.simulation;

import java.util.List;

/** What a service does with a batch of messages, in the transaction that marks them as seen. */
interface Handler {
  /** The rows to lock before it decides. */
  List<Row> rows(List<Message> batch);

  /**
   * Decides, writes and replies.
   *
   * @return what to do once the transaction has committed
   * @throws IllegalStateException where a message breaks the protocol
   */
  Runnable handle(Transaction tx, List<Message> batch);
}
