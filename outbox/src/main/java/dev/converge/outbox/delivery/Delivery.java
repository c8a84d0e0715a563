package dev.converge.outbox.delivery;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One consumer's rules, turn by turn: verify the topic, poll, handle, commit offsets; linger after
 * success, rewind and back off after a failure. The caller runs one turn at a time, on one thread,
 * and schedules the next one.
 *
 * @param <E> an entry of the topic
 */
public final class Delivery<E> {
  private static final long COMMIT_OFFSETS_EVERY_NANOS = 100_000_000;

  // After a linger, the broker has answered the last fetch with the records that came first. The
  // poll that takes this answer sends the next fetch, which returns the others immediately.
  private static final Duration SECOND_POLL = Duration.ofMillis(2);

  private final Timing timing;
  private final DeliverySettings settings;
  private final EntryReader<E> reader;
  private final HandledOffsets<E> offsets;
  private final RewoundPartitions<E> rewound;
  private final TopicVerification<E> topic;
  private final BatchHandler<E> batches;

  private int failures;
  private boolean handled;
  private long lingerMillis;
  private long offsetsCommittedNanos;

  /**
   * The consequence of a turn that succeeded.
   *
   * @param lingerMillis how long to linger before the next turn
   * @param progressed whether no failed batch is still to be handled, and entries were handled or
   *     the broker answers
   */
  public record Next(long lingerMillis, boolean progressed) {}

  /**
   * The consequence of a turn that failed.
   *
   * @param failures the number of consecutive failures
   * @param backoffMillis how long to back off before the next turn
   */
  public record Retry(int failures, long backoffMillis) {}

  public Delivery(
      EntryReader<E> reader,
      Timing timing,
      DeliverySettings settings,
      Transactions<E> transactions,
      ConsumedTopic topic) {
    this.reader = reader;
    this.timing = timing;
    this.settings = settings;
    this.offsets = new HandledOffsets<>(reader);
    this.rewound = new RewoundPartitions<>(reader);
    this.topic = new TopicVerification<>(timing, topic, offsets, rewound);
    this.batches = new BatchHandler<>(reader, timing, settings, transactions, offsets);
    this.offsetsCommittedNanos = timing.nanoTime();
  }

  /** Partitions are read from the group's committed offsets. */
  public void assigned(Set<Partition> partitions) {
    offsets.assigned(partitions);
  }

  /** Partitions moved to another consumer or were deleted. */
  public void revoked(Set<Partition> partitions) {
    offsets.revoked(partitions);
    rewound.forget(partitions);
  }

  /** The subscription is lost: another one gets its own assignment. */
  public void reset() {
    offsets.clear();
    rewound.clear();
  }

  /** Whether a turn without new entries would have nothing to verify, to retry or to commit. */
  public boolean isSettled() {
    return !offsets.hasUnverified()
        && rewound.isEmpty()
        && offsets.uncommitted().nextOffsets().isEmpty();
  }

  /** Runs a turn. */
  public Future<Void> turn(Subscription<E> subscription) {
    handled = false;
    return topic.poll(subscription).compose(checked -> pollOnce(subscription));
  }

  /** Decides what follows a turn that succeeded. */
  public Next succeeded() {
    // Polls may return nothing, or another partition's entries, before a failed batch returns.
    if (!rewound.isEmpty()) {
      return new Next(lingerMillis, false);
    }
    failures = 0;
    // While the broker is unavailable, polls return nothing, and do not fail.
    return new Next(lingerMillis, handled || topic.isReadable());
  }

  /** Decides what follows a turn that failed. */
  public Retry failed(Throwable cause) {
    Backoff backoff = settings.backoff();
    if (cause instanceof BlockedException blocked) {
      failures = blocked.hasProgressed() ? 1 : failures + 1;
      return new Retry(failures, backoff.blockedMillis(failures));
    }
    failures++;
    return new Retry(failures, backoff.millis(failures));
  }

  /** Commits what is handled, before the subscription is closed. Never fails. */
  public Future<Void> finish(Subscription<E> subscription) {
    return topic.finish(subscription).transform(verified -> commitOffsets(subscription));
  }

  // One turn's entries.

  private Future<Void> pollOnce(Subscription<E> subscription) {
    return subscription
        .poll(settings.pollTimeout())
        .compose(polled -> rewound.forgetDeleted(subscription, polled).map(polled))
        .compose(polled -> handlePolled(subscription, polled));
  }

  private Future<Void> handlePolled(Subscription<E> subscription, List<E> polled) {
    offsets.batchBegins();
    boolean lingered = lingerMillis > 0;
    lingerMillis = 0;
    if (polled.isEmpty()) {
      return commitOffsets(subscription);
    }
    boolean more = lingered && polled.size() < settings.maxBatch();
    List<E> batch = more ? new ArrayList<>(polled) : polled;
    Future<Void> gathered = more ? pollAgain(subscription, batch) : Future.succeededFuture();
    return gathered
        .compose(all -> handleBatch(batch))
        .compose(done -> advance(subscription, batch))
        .recover(cause -> rewind(subscription, batch, cause));
  }

  private Future<Void> pollAgain(Subscription<E> subscription, List<E> batch) {
    return subscription.poll(SECOND_POLL).onSuccess(batch::addAll).mapEmpty();
  }

  private Future<Void> handleBatch(List<E> batch) {
    long startNanos = timing.nanoTime();
    return batches.handle(batch).onSuccess(done -> linger(batch, timing.nanoTime() - startNanos));
  }

  private void linger(List<E> batch, long workedNanos) {
    lingerMillis = Linger.millis(batch.size(), settings.maxBatch(), workedNanos);
  }

  /** Records that a batch is handled, and commits offsets if it is time to. */
  private Future<Void> advance(Subscription<E> subscription, List<E> batch) {
    batch.forEach(entry -> offsets.handled(reader.partition(entry), reader.offset(entry)));
    rewound.handled(batch);
    handled = true;
    boolean due = timing.nanoTime() - offsetsCommittedNanos >= COMMIT_OFFSETS_EVERY_NANOS;
    return due ? commitOffsets(subscription) : Future.succeededFuture();
  }

  // The offsets lag behind the transactions. The inbox deduplicates what is redelivered for that.
  private Future<Void> commitOffsets(Subscription<E> subscription) {
    ConsumerPosition handled = offsets.take();
    if (handled.nextOffsets().isEmpty()) {
      return Future.succeededFuture();
    }
    offsetsCommittedNanos = timing.nanoTime();
    return subscription
        .commit(handled)
        .recover(
            cause -> {
              offsets.putBack(handled);
              return Future.succeededFuture();
            });
  }

  /** Seeks back, so that the next poll returns the batch again. */
  private Future<Void> rewind(Subscription<E> subscription, List<E> batch, Throwable cause) {
    return rewound.rewind(subscription, batch).compose(sought -> Future.failedFuture(cause));
  }
}
