package dev.converge.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.connector.base.ChangeEventQueue;
import io.debezium.connector.base.QueueProvider;
import io.debezium.pipeline.Sizeable;
import io.debezium.util.LoggingContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Uses Debezium's own queue, because its queries may change with its version. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PromptQueueProviderTest {
  private static final int MAX_BATCH = 4;

  private final ChangeEventQueue<Change> queue =
      new ChangeEventQueue.Builder<Change>()
          .pollInterval(Duration.ofHours(1))
          .maxBatchSize(MAX_BATCH)
          .maxQueueSize(8)
          .loggingContextSupplier(() -> LoggingContext.forConnector("test", "queue", "task"))
          .queueProvider(new PromptQueueProvider<>())
          .build();

  @Test
  void debeziumFindsTheProviderByName() {
    assertThat(ServiceLoader.load(QueueProvider.class))
        .anyMatch(found -> found.name().equals("prompt"));
  }

  @Test
  void pollReturnsAvailableChanges() throws InterruptedException {
    queue.enqueue(new Change(1));
    queue.enqueue(new Change(2));

    assertThat(queue.poll()).containsExactly(new Change(1), new Change(2));
  }

  @Test
  void firstChangeEndsAWaitingPoll()
      throws InterruptedException, ExecutionException, TimeoutException {
    CompletableFuture<List<Change>> polled = CompletableFuture.supplyAsync(this::poll);
    queue.enqueue(new Change(1));

    assertThat(polled.get(30, TimeUnit.SECONDS)).containsExactly(new Change(1));
  }

  @Test
  void drainsAFullQueueInBoundedBatches() throws InterruptedException {
    for (int i = 1; i <= 8; i++) {
      queue.enqueue(new Change(i));
    }

    assertThat(queue.remainingCapacity()).isZero();
    assertThat(queue.poll()).hasSize(MAX_BATCH);
    assertThat(queue.poll()).hasSize(MAX_BATCH);
  }

  @Test
  void deliversConcurrentChangesInOrderAndOnce() {
    int changes = 20_000;
    CompletableFuture<Void> producer =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < changes; i++) {
                enqueue(new Change(i));
              }
            });
    List<Change> taken = new ArrayList<>();
    while (taken.size() < changes) {
      taken.addAll(poll());
    }

    producer.join();
    for (int i = 0; i < changes; i++) {
      assertThat(taken.get(i).number()).isEqualTo(i);
    }
  }

  private List<Change> poll() {
    try {
      return queue.poll();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void enqueue(Change change) {
    try {
      queue.enqueue(change);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private record Change(int number) implements Sizeable {
    @Override
    public long objectSize() {
      return 0;
    }
  }
}
