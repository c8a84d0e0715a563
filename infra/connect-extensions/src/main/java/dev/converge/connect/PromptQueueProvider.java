package dev.converge.connect;

import io.debezium.connector.base.QueueProvider;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Debezium's in-memory queue, {@code queue.provider.type=prompt}, that hands over what there is.
 *
 * <p>A task that polls Debezium's queue waits for a whole batch, or for the rest of {@code
 * poll.interval.ms}, whether or not there are changes ({@code ChangeEventQueue.poll} in Debezium
 * 3.7). So the interval is paid in latency at every hop, and a short one in processor time all day.
 * Two answers to the question for its size change that: after a change was added, that a batch is
 * there, which wakes the task; after changes were taken, that the queue is full, which ends its
 * poll. The interval can then be long, and nothing waits for it.
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
