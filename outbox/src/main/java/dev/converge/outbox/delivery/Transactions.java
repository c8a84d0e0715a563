package dev.converge.outbox.delivery;

import io.vertx.core.Future;
import java.util.List;

/**
 * The transactions in which a batch, or one message of it, is handled.
 *
 * @param <E> an entry
 */
public interface Transactions<E> {
  /**
   * Handles a batch and moves the consumer's position.
   *
   * @return how many messages of the batch were new
   */
  Future<Integer> handle(List<E> batch, ConsumerPosition after);

  /** Moves the consumer's position, after messages that were handled one by one. */
  Future<Void> move(ConsumerPosition after);

  /** Handles a message in a transaction of its own. Completes with 1 if it was new, otherwise 0. */
  Future<Integer> handleAlone(E entry);

  /** Handles a message and rolls back. Fails if the handler fails or the message was seen. */
  Future<Void> rehearse(E entry);

  /** Classifies a failure. */
  Future<Fault> fault(Throwable cause);

  /** Parks a message as a dead letter. */
  Future<Void> park(E entry, Throwable cause);
}
