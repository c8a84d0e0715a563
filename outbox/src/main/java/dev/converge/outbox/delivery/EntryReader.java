package dev.converge.outbox.delivery;

import java.util.UUID;

/**
 * Reads what the rules need of an entry of a topic, without a copy.
 *
 * @param <E> an entry
 */
public interface EntryReader<E> {
  Partition partition(E entry);

  long offset(E entry);

  /** The message's own id, or one derived from its place. */
  UUID id(E entry);

  /** The message's type; empty if it has none. */
  String type(E entry);

  /** The aggregate whose messages must stay in order; unique if the entry names none. */
  String aggregate(E entry);

  /** Where the entry is, such as {@code topic-0@42}. */
  default String place(E entry) {
    return partition(entry) + "@" + offset(entry);
  }
}
