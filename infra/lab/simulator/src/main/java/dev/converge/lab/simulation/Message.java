package dev.converge.lab.simulation;

import java.util.UUID;

/**
 * A row of an outbox, and what is published of it.
 *
 * @param id what consumers deduplicate by
 * @param source who sent it
 * @param order the aggregate, and the record's key
 * @param sequence 1, 2, 3 … per order and source
 */
record Message(long id, String source, String topic, UUID order, long sequence, Record payload) {

  /** The payload of a record that cannot be decoded. */
  record Unreadable() {}

  String name() {
    return payload.getClass().getSimpleName() + " m" + id;
  }
}
