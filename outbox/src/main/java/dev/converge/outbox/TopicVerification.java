package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.sqlclient.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks that a consumer's offsets are valid in the topic that has the name now, and seeks where
 * they are not: to the beginning of a recreated topic, and back to the inbox's own position where
 * Kafka's offset has passed it.
 *
 * <p>Kafka's client does not always notice that a topic was recreated. If the new topic has already
 * grown past the client's position, the client reads on from there.
 */
final class TopicVerification {
  private static final Logger LOG = LoggerFactory.getLogger(TopicVerification.class);
  private static final long CHECK_EVERY_NANOS = 5_000_000_000L;

  private final Vertx vertx;
  private final ConsumerConfig config;
  private final Pool pool;
  private final InboxPositions positions;
  private final HandledOffsets offsets;
  private final RewoundPartitions rewound;
  private final ConsumerFindings findings;

  private @Nullable TopicStateReader reader;
  private @Nullable Future<TopicState> pending;
  private long checkedNanos = System.nanoTime();
  private boolean topicExists = true;

  TopicVerification(
      Vertx vertx,
      ConsumerConfig config,
      Pool pool,
      HandledOffsets offsets,
      RewoundPartitions rewound,
      ConsumerFindings findings) {
    this.vertx = vertx;
    this.config = config;
    this.pool = pool;
    this.positions = new InboxPositions(config.name(), config.topic());
    this.offsets = offsets;
    this.rewound = rewound;
    this.findings = findings;
  }

  /**
   * Starts a check if one is due, or applies a finished one. Never waits for an answer of Kafka.
   */
  Future<Void> poll(KafkaConsumer<byte[], byte[]> consumer) {
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
    topicExists = check.succeeded() && check.result().exists();
    if (check.failed()) {
      LOG.warn(
          "{}: topic {} not checked: {}",
          config.name(),
          config.topic(),
          String.valueOf(check.cause()));
      return Future.succeededFuture();
    }
    return verify(consumer, check.result());
  }

  private boolean isDue() {
    boolean elapsed = System.nanoTime() - checkedNanos >= CHECK_EVERY_NANOS;
    return (topicExists && offsets.hasUnverified()) || (elapsed && offsets.hasAssigned());
  }

  /** Checks the partitions that are still unverified, so that their offsets can be committed. */
  Future<Void> finish(KafkaConsumer<byte[], byte[]> consumer) {
    return offsets.hasUnverified()
        ? read().compose(topic -> verify(consumer, topic))
        : Future.succeededFuture();
  }

  Future<Void> close() {
    TopicStateReader open = reader;
    return open == null
        ? Future.succeededFuture()
        : vertx.executeBlocking(
            () -> {
              open.close();
              return null;
            });
  }

  private Future<TopicState> read() {
    checkedNanos = System.nanoTime();
    offsets.beginCheck();
    return vertx.executeBlocking(() -> reader().read());
  }

  // A verticle's blocking code runs in sequence, so only one reader is created.
  private TopicStateReader reader() {
    TopicStateReader created = reader;
    if (created == null) {
      created = new TopicStateReader(config);
      reader = created;
    }
    return created;
  }

  private Future<Void> verify(KafkaConsumer<byte[], byte[]> consumer, TopicState topic) {
    if (!topic.exists()) {
      return Future.succeededFuture();
    }
    return offsets.hasUnverified()
        ? positions.read(pool, topic.id()).compose(known -> verifyNew(consumer, topic, known))
        : seekToBeginning(consumer, offsets.verify(topic, Map.of()).recreated());
  }

  private Future<Void> verifyNew(
      KafkaConsumer<byte[], byte[]> consumer,
      TopicState topic,
      Map<TopicPartition, Long> handledTo) {
    Verification verified = offsets.verify(topic, handledTo);
    findings.passed(verified.passed());
    // The seeks first: they need no database. The positions of what was handled before the topic
    // was known follow.
    return seekToBeginning(consumer, verified.recreated())
        .compose(sought -> seek(consumer, verified.behind()))
        .compose(sought -> positions.move(pool, offsets.uncommitted()))
        .onFailure(cause -> offsets.unverify(verified.behind().keySet()));
  }

  private static Future<Void> seek(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> to) {
    List<Future<Void>> seeks = new ArrayList<>();
    to.forEach((partition, offset) -> seeks.add(consumer.seek(partition, offset)));
    return Future.join(seeks).mapEmpty();
  }

  // The inbox deduplicates what was handled before.
  private Future<Void> seekToBeginning(
      KafkaConsumer<byte[], byte[]> consumer, Set<TopicPartition> recreated) {
    if (recreated.isEmpty()) {
      return Future.succeededFuture();
    }
    LOG.warn("{}: topic {} was recreated: reading from its start", config.name(), config.topic());
    rewound.forget(recreated);
    return consumer.seekToBeginning(recreated);
  }
}
