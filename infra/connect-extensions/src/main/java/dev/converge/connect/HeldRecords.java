package dev.converge.connect;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Releases the rows of an outbox in their order, and none while an earlier row of the same topic
 * and aggregate is sent but not acknowledged.
 *
 * <p>Connect's producer goes on after a batch that the broker refuses for good: the batches behind
 * it are delivered, then the task fails, and its restart sends all of them again. What is held here
 * was not sent, so a refused message has no successor of its aggregate in the topic.
 *
 * <p>Rows leave as a prefix of what was polled, never past a held one: Connect commits source
 * offsets in the order in which it was given the records. Safe for use by several threads.
 */
final class HeldRecords {
  private record Aggregate(Object topic, Object id) {}

  private final long waitNanos;
  private final Queue<SourceRecord> held = new ArrayDeque<>();
  private final Set<Aggregate> sent = new HashSet<>();
  private final Queue<SourceRecord> unacknowledged = new ArrayDeque<>();
  private final Set<SourceRecord> acknowledged = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * @param wait how long a release waits for an acknowledgement where nothing can be sent
   */
  HeldRecords(Duration wait) {
    this.waitNanos = wait.toNanos();
  }

  synchronized boolean isEmpty() {
    return held.isEmpty();
  }

  synchronized void add(List<SourceRecord> polled) {
    held.addAll(polled);
  }

  /** The records that can be sent now. */
  synchronized List<SourceRecord> release() throws InterruptedException {
    List<SourceRecord> released = new ArrayList<>(held.size());
    long deadline = System.nanoTime() + waitNanos;
    releaseTo(released);
    long left = waitNanos;
    while (released.isEmpty() && !held.isEmpty() && left > 0) {
      NANOSECONDS.timedWait(this, left);
      releaseTo(released);
      left = deadline - System.nanoTime();
    }
    return released;
  }

  private void releaseTo(List<SourceRecord> released) {
    for (SourceRecord next = held.peek(); next != null; next = held.peek()) {
      Aggregate aggregate = aggregate(next);
      if (aggregate != null && !sent.add(aggregate)) {
        return;
      }
      unacknowledged.add(next);
      released.add(held.remove());
    }
  }

  /**
   * Takes an acknowledgement. They come in any order where topics or partitions differ.
   *
   * @return the last record up to which all that were released are acknowledged, where it is
   *     another than before
   */
  synchronized Optional<SourceRecord> acknowledged(SourceRecord record) {
    Aggregate aggregate = aggregate(record);
    if (aggregate != null && sent.remove(aggregate)) {
      notifyAll();
    }
    acknowledged.add(record);
    SourceRecord last = null;
    while (!unacknowledged.isEmpty() && acknowledged.remove(unacknowledged.peek())) {
      last = unacknowledged.remove();
    }
    if (unacknowledged.isEmpty()) {
      acknowledged.clear();
    }
    return Optional.ofNullable(last);
  }

  /**
   * Drops what is held, and what was released: it is read again. An aggregate whose message was
   * sent still waits for its acknowledgement.
   */
  synchronized void clear() {
    held.clear();
    unacknowledged.clear();
    acknowledged.clear();
  }

  /** Whose message a row is; null for a record that is no row of an outbox, such as a heartbeat. */
  private static @Nullable Aggregate aggregate(SourceRecord record) {
    if (!(record.value() instanceof Struct change
        && field(change, "after") instanceof Struct row)) {
      return null;
    }
    Object topic = field(row, "aggregatetype");
    Object id = field(row, "aggregateid");
    return topic == null || id == null ? null : new Aggregate(topic, id);
  }

  private static @Nullable Object field(Struct struct, String name) {
    Field field = struct.schema().field(name);
    return field == null ? null : struct.get(field);
  }
}
