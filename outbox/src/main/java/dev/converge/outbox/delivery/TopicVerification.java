package dev.converge.outbox.delivery;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a consumer's offsets are valid in the topic that has the name now, and seeks where
 * they are not: to the beginning of a recreated topic, and back to the inbox's own position where
 * Kafka's offset has passed it.
 *
 * <p>Kafka's client does not always notice that a topic was recreated. If the new topic has already
 * grown past the client's position, the client reads on from there.
 */
final class TopicVerification<E> {
  private static final long CHECK_EVERY_NANOS = 5_000_000_000L;

  private final Timing timing;
  private final ConsumedTopic topic;
  private final HandledOffsets<E> offsets;
  private final RewoundPartitions<E> rewound;

  private @Nullable Future<TopicState> pending;
  private long checkedNanos;
  private boolean topicExists = true;
  private boolean readable = true;

  TopicVerification(
      Timing timing, ConsumedTopic topic, HandledOffsets<E> offsets, RewoundPartitions<E> rewound) {
    this.timing = timing;
    this.topic = topic;
    this.offsets = offsets;
    this.rewound = rewound;
    this.checkedNanos = timing.nanoTime();
  }

  /** Starts a check if one is due, or applies a finished one. Never waits for the topic. */
  Future<Void> poll(Subscription<E> subscription) {
    Future<TopicState> check = pending;
    if (check == null) {
      if (isDue()) {
        pending = read();
      }
      return Future.succeededFuture();
    }
    if (!check.isComplete()) {
      return Future.succeededFuture();
    }
    pending = null;
    readable = check.succeeded();
    topicExists = check.succeeded() && check.result().exists();
    if (check.failed()) {
      topic.notRead(check.cause());
      return Future.succeededFuture();
    }
    return verify(subscription, check.result());
  }

  /** Whether the last check could read the topic. */
  boolean isReadable() {
    return readable;
  }

  private boolean isDue() {
    boolean elapsed = timing.nanoTime() - checkedNanos >= CHECK_EVERY_NANOS;
    return (topicExists && offsets.hasUnverified()) || (elapsed && offsets.hasAssigned());
  }

  /** Checks the partitions that are still unverified, so that their offsets can be committed. */
  Future<Void> finish(Subscription<E> subscription) {
    return offsets.hasUnverified()
        ? read().compose(state -> verify(subscription, state))
        : Future.succeededFuture();
  }

  private Future<TopicState> read() {
    checkedNanos = timing.nanoTime();
    offsets.beginCheck();
    return topic.read();
  }

  private Future<Void> verify(Subscription<E> subscription, TopicState state) {
    if (!state.exists()) {
      return Future.succeededFuture();
    }
    return offsets.hasUnverified()
        ? topic
            .positions(state.id())
            .compose(handledTo -> verifyNew(subscription, state, handledTo))
        : seekToBeginning(subscription, offsets.verify(state, Map.of()).recreated());
  }

  private Future<Void> verifyNew(
      Subscription<E> subscription, TopicState state, Map<Partition, Long> handledTo) {
    Verification verified = offsets.verify(state, handledTo);
    topic.passed(verified.passed());
    // The seeks first: they need no database. The positions of what was handled before the topic
    // was known follow.
    return seekToBeginning(subscription, verified.recreated())
        .compose(sought -> seek(subscription, verified.behind()))
        .compose(sought -> topic.move(offsets.uncommitted()))
        .onFailure(cause -> offsets.unverify(verified.behind().keySet()));
  }

  private static Future<Void> seek(Subscription<?> subscription, Map<Partition, Long> to) {
    List<Future<Void>> seeks = new ArrayList<>();
    to.forEach((partition, offset) -> seeks.add(subscription.seek(partition, offset)));
    return Future.join(seeks).mapEmpty();
  }

  // The inbox deduplicates what was handled before.
  private Future<Void> seekToBeginning(Subscription<E> subscription, Set<Partition> recreated) {
    if (recreated.isEmpty()) {
      return Future.succeededFuture();
    }
    topic.recreated();
    rewound.forget(recreated);
    return subscription.seekToBeginning(recreated);
  }
}
