package dev.converge.connect;

import io.debezium.connector.base.QueueProvider;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Debezium's in-memory queue, {@code queue.provider.type=idle}, without its cost while it is empty.
 *
 * <p>A task that polls an empty queue waits for {@code poll.interval.ms} in whole milliseconds, and
 * for what is left of the last one it asks for the queue's size again and again ({@code
 * ChangeEventQueue.poll} in Debezium 3.7). At an interval of five milliseconds that is a fifth of a
 * core for each connector, all day. Here the one who asks in a row, and gets nothing, rests a
 * little before the answer.
 *
 * <p>Every method but {@link #size} is called under Debezium's lock, which is also held while it
 * rests: a change that comes then waits for the rest of it, {@value #REST_MICROS} microseconds at
 * most.
 */
public final class IdleQueueProvider<T> implements QueueProvider<T> {
  static final long REST_MICROS = 250;
  private static final long REST_NANOS = TimeUnit.MICROSECONDS.toNanos(REST_MICROS);

  /** A poll that does not spin asks some five times, in two rows with a wait between them. */
  private static final int ASKED_IN_A_ROW = 6;

  private static final long ROW_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

  private final Queue<T> queue = new ArrayDeque<>();
  private volatile @Nullable Thread producer;
  private long lastAskedNanos = System.nanoTime();
  private int askedInARow;

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public void configure(Map<String, ?> configuration) {
    // Bounded by the connector, with max.queue.size.
  }

  @Override
  public void enqueue(T change) {
    producer = Thread.currentThread();
    queue.add(change);
  }

  // Debezium asks for the size first.
  @Override
  @SuppressWarnings("NullAway")
  public T poll() {
    return queue.poll();
  }

  @Override
  public int size() {
    int size = queue.size();
    if (size > 0 || Thread.currentThread() == producer) {
      askedInARow = 0;
    } else {
      restIfAskedInARow();
    }
    return size;
  }

  private void restIfAskedInARow() {
    long now = System.nanoTime();
    askedInARow = now - lastAskedNanos < ROW_NANOS ? askedInARow + 1 : 1;
    if (askedInARow >= ASKED_IN_A_ROW) {
      LockSupport.parkNanos(REST_NANOS);
    }
    lastAskedNanos = System.nanoTime();
  }
}
