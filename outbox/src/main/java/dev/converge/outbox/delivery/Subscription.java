package dev.converge.outbox.delivery;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * A consumer's client of the broker.
 *
 * @param <E> an entry
 */
public interface Subscription<E> {
  /**
   * Returns the next entries, a partition's entries in their order. Changes of the assignment are
   * passed to {@link Delivery#assigned} and {@link Delivery#revoked} before the poll completes.
   */
  Future<List<E>> poll(Duration timeout);

  /** Commits offsets, each with the position's topic id as its metadata. */
  Future<Void> commit(ConsumerPosition handled);

  /** Reads a partition from an offset on. */
  Future<Void> seek(Partition partition, long offset);

  /** Reads partitions from their first record on. */
  Future<Void> seekToBeginning(Set<Partition> partitions);

  /**
   * The offset that the next poll reads from.
   *
   * @return failed with {@link IllegalStateException} if the partition is not assigned; any other
   *     failure means that the offset is not known
   */
  Future<Long> position(Partition partition);
}
