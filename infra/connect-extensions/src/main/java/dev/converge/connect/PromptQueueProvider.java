package dev.converge.connect;

import io.debezium.connector.base.QueueProvider;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Debezium's in-memory queue, {@code queue.provider.type=prompt}, that returns available changes
 * immediately.
 *
 * <p>A task that polls Debezium's queue waits for a whole batch, or for the rest of {@code
 * poll.interval.ms}, whether or not there are changes ({@code ChangeEventQueue.poll} in Debezium
 * 3.7). A long interval costs latency at every hop, a short one processor time while idle. Two
 * answers to the query for its size avoid both: after a change was added, the queue reports a full
 * batch, which wakes the task; after changes were taken, it reports that it is full, which ends the
 * poll. The interval can then be long, because no task waits for it.
 *
 * <p>Every method is called under Debezium's lock.
 */
public final class PromptQueueProvider<T> implements QueueProvider<T> {
  /** More than any batch or queue holds. */
  static final int FULL = Integer.MAX_VALUE;

  private final Queue<T> queue = new ArrayDeque<>();
  private @Nullable Thread changedBy;

  @Override
  public String name() {
    return "prompt";
  }

  @Override
  public void configure(Map<String, ?> configuration) {
    // Bounded by the connector, with max.queue.size.
  }

  @Override
  public void enqueue(T change) {
    queue.add(change);
    changedBy = Thread.currentThread();
  }

  // Debezium asks for the size first.
  @Override
  @SuppressWarnings("NullAway")
  public T poll() {
    changedBy = Thread.currentThread();
    return queue.poll();
  }

  /** The size; {@link #FULL} to the thread that added or took a change and now asks for it. */
  @Override
  public int size() {
    if (changedBy == Thread.currentThread()) {
      changedBy = null;
      return FULL;
    }
    return queue.size();
  }
}
