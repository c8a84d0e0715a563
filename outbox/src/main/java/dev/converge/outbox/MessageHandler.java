package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;

/** A service's reaction to messages. */
@FunctionalInterface
public interface MessageHandler {
  /**
   * Handles a batch in the transaction that also marks its messages as seen: decide, write, append
   * the replies. The messages stand in the order of each aggregate. One that was handled before
   * cannot be handled again: its transaction is rolled back, and the batch comes again without it.
   *
   * <p>A failed future rolls all of it back. The consumer then finds out whether the environment or
   * one message was at fault: it retries for the former and hands over message by message for the
   * latter, so that only the message that fails by itself is parked. To find out, it may hand over
   * a message and roll that back.
   *
   * @return failed with {@link UnprocessableMessageException} where no retry can help
   */
  Future<Void> handle(SqlConnection tx, List<InboundMessage> batch);

  /**
   * Told after the transaction of a batch has committed; may be missed, if the process ends between
   * the two. For hurrying what a timer would find anyway.
   */
  default void committed() {}
}
