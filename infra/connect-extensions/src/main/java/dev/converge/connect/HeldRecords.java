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
 * Releases the rows of an outbox in order, and holds a row while an earlier row of the same topic
 * and aggregate is sent but not acknowledged.
 *
 * <p>Connect's producer continues after a batch that the broker refuses permanently: it delivers
 * the batches behind it, then the task fails, and its restart sends all of them again. A held row
 * was not sent, so a refused message has no successor of its aggregate in the topic.
 *
 * <p>Released rows are a prefix of the polled rows, because Connect commits source offsets in the
 * order in which it received the records. Thread-safe.
 */
final class HeldRecords {
  private record Aggregate(Object topic, Object id) {}

  private final long waitNanos;
  private final Queue<SourceRecord> held = new ArrayDeque<>();
  private final Set<Aggregate> sent = new HashSet<>();
  private final Queue<SourceRecord> unacknowledged = new ArrayDeque<>();
  private final Set<SourceRecord> acknowledged = Collections.newSetFromMap(new IdentityHashMap<>());

  /**
   * @param wait how long a release waits for an acknowledgement if no record can be sent
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
   * Records an acknowledgement. Acknowledgements of different partitions arrive in any order.
   *
   * @return the last record up to which all released records are acknowledged, if it has changed
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
   * Drops held and released records, because the task reads them again. An aggregate whose message
   * was sent still waits for its acknowledgement.
   */
  synchronized void clear() {
    held.clear();
    unacknowledged.clear();
    acknowledged.clear();
  }

  /** The topic and aggregate of a row; null for other records, such as a heartbeat. */
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
