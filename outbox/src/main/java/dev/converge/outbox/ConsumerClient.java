package dev.converge.outbox;

import dev.converge.bounds.PollBudget;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A consumer's Kafka client: created and subscribed on demand, discarded once it is broken. */
final class ConsumerClient {
  private static final Logger LOG = LoggerFactory.getLogger(ConsumerClient.class);

  /** A full batch of usual messages, or one record of the broker's limit. */
  private static final int FETCH_BYTES = 1 << 20;

  private final Vertx vertx;
  private final ConsumerConfig config;
  private final Handler<Set<TopicPartition>> assigned;
  private final Handler<Set<TopicPartition>> revoked;
  private final PollBudget<byte[]> budget = new PollBudget<>(Utils::toArray);
  private @Nullable KafkaConsumer<byte[], byte[]> open;

  /** The handlers are called within a poll, before the poll returns its records. */
  ConsumerClient(
      Vertx vertx,
      ConsumerConfig config,
      Handler<Set<TopicPartition>> assigned,
      Handler<Set<TopicPartition>> revoked) {
    this.vertx = vertx;
    this.config = config;
    this.assigned = assigned;
    this.revoked = revoked;
  }

  /** The subscribed client. */
  Future<KafkaConsumer<byte[], byte[]>> get() {
    if (open != null) {
      return Future.succeededFuture(open);
    }
    // Resolves host names and reads certificates, hence off the event loop. Fails while the
    // broker's name does not resolve.
    return vertx
        .executeBlocking(() -> KafkaConsumer.create(vertx, properties(config), budget, budget))
        .compose(this::subscribe);
  }

  private Future<KafkaConsumer<byte[], byte[]>> subscribe(KafkaConsumer<byte[], byte[]> created) {
    created.partitionsAssignedHandler(assigned);
    created.partitionsRevokedHandler(revoked);
    return created
        .subscribe(config.topic())
        .onSuccess(subscribed -> open = created)
        .onFailure(cause -> close(created))
        .map(created);
  }

  /** The budget of a poll; the caller begins it with each poll. */
  PollBudget<byte[]> budget() {
    return budget;
  }

  /** The client, if there is one. */
  @Nullable KafkaConsumer<byte[], byte[]> current() {
    return open;
  }

  /** Closes the client; the next {@link #get} creates another. */
  void discard() {
    KafkaConsumer<byte[], byte[]> broken = open;
    open = null;
    if (broken != null) {
      close(broken);
    }
  }

  private void close(KafkaConsumer<byte[], byte[]> broken) {
    broken
        .close()
        .onFailure(
            cause -> LOG.warn("{}: client not closed: {}", config.name(), String.valueOf(cause)));
  }

  /** Kafka's properties: defaults, the caller's own, and those that the consumer depends on. */
  static Map<String, String> properties(ConsumerConfig config) {
    Map<String, String> properties = new HashMap<>(config.kafka());
    properties.putIfAbsent("auto.offset.reset", "earliest");
    // No sender here writes in transactions. A consumer of committed records would wait for every
    // transaction that a foreign producer has left open, for up to 15 minutes.
    properties.putIfAbsent("isolation.level", "read_uncommitted");
    // A successor soon replaces a killed consumer, and a topic that is created after the consumer
    // has started is found soon.
    properties.putIfAbsent("session.timeout.ms", "6000");
    properties.putIfAbsent("heartbeat.interval.ms", "2000");
    properties.putIfAbsent("metadata.max.age.ms", "5000");
    properties.putIfAbsent("reconnect.backoff.max.ms", "1000");
    // A host that has disappeared does not answer; the default is 30 s.
    properties.putIfAbsent("request.timeout.ms", "10000");
    // How long the broker holds an empty fetch; it answers a new message immediately. With the
    // default of half a second an idle consumer sends four times as many fetches.
    properties.putIfAbsent("fetch.max.wait.ms", "2000");
    // The limit of the client's buffer; a larger record is fetched alone. Empty headers take 40
    // times their bytes in memory.
    properties.putIfAbsent("fetch.max.bytes", Integer.toString(FETCH_BYTES));
    properties.put("group.id", config.name());
    properties.put("enable.auto.commit", "false");
    properties.put("max.poll.records", Integer.toString(config.maxBatch()));
    return properties;
  }
}
