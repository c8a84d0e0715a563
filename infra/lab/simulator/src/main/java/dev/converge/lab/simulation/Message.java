package dev.converge.lab.simulation;

import java.util.UUID;

/**
 * A message: a row of an outbox, and the record that is published.
 *
 * @param id the key by which consumers deduplicate
 * @param source the name of the database whose outbox has it
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
