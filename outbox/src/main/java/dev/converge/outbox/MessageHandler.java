package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;

/** A service's reaction to messages. */
@FunctionalInterface
public interface MessageHandler {
  /**
   * Handles a batch in the transaction that also marks its messages as seen: decide, write, append
   * the replies. The messages are in the order of each aggregate. One that was handled before
   * cannot be handled again: its transaction is rolled back, and the batch is delivered again
   * without it.
   *
   * <p>A failed future rolls back the whole batch. The consumer then finds out whether the
   * environment or one message was at fault. It retries for the former and delivers message by
   * message for the latter, so that only the message that fails by itself is parked. To find out,
   * it may deliver a message and roll that back.
   *
   * @return what to do after the commit; failed with {@link UnprocessableMessageException} where no
   *     retry can help
   */
  Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch);
}
