package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;

/** Handles a batch of messages. */
@FunctionalInterface
public interface MessageHandler {
  /**
   * Handles a batch in the transaction that also marks its messages as seen: decide, write, append
   * the replies. The messages of each aggregate are in order. A message that was handled before
   * cannot be handled again: the transaction is rolled back, and the batch is delivered again
   * without it.
   *
   * <p>A failed future rolls back the whole batch. The consumer then determines whether the
   * environment or one message is at fault. It retries in the first case and delivers message by
   * message in the second, so that only the message at fault is parked. To find out, it may deliver
   * a message and roll it back.
   *
   * @return the action after the commit; failed with {@link UnprocessableMessageException} if no
   *     retry can help
   */
  Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch);
}
