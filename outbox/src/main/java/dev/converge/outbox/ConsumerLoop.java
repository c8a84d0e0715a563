package dev.converge.outbox;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.converge.outbox.FaultIsolation.BlockedException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecords;
import io.vertx.kafka.client.consumer.OffsetAndMetadata;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A consumer's loop: poll, handle, commit offsets, linger or back off. Runs on one event loop. */
final class ConsumerLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ConsumerLoop.class);
  private static final long COMMIT_OFFSETS_EVERY_NANOS = 100_000_000;

  // After a linger, the broker has answered the last fetch with the records that came first. The
  // poll that takes this answer sends the next fetch, which returns the others immediately.
  private static final Duration SECOND_POLL = Duration.ofMillis(2);

  private final Context context;
  private final Vertx vertx;
  private final ConsumerConfig config;
  private final ConsumerMetrics metrics;
  private final ConsumerFindings findings;
  private final HandledOffsets offsets = new HandledOffsets();
  private final RewoundPartitions rewound = new RewoundPartitions();
  private final ConsumerClient client;
  private final TopicVerification topic;
  private final BatchHandler batches;

  private final Promise<Void> drained = Promise.promise();
  private boolean stopping;
  private int failures;
  private long lingerMillis;
  private long offsetsCommittedNanos = System.nanoTime();

  ConsumerLoop(
      Context context,
      ConsumerConfig config,
      Pool pool,
      BatchTransaction transaction,
      ConsumerMetrics metrics,
      ConsumerFindings findings) {
    this.context = context;
    this.vertx = context.owner();
    this.config = config;
    this.metrics = metrics;
    this.findings = findings;
    this.client = new ConsumerClient(vertx, config, offsets::assigned, this::revoked);
    this.topic = new TopicVerification(vertx, config, pool, offsets, rewound, findings);
    this.batches = new BatchHandler(vertx, config, transaction, offsets, metrics);
  }

  private void revoked(Set<TopicPartition> partitions) {
    offsets.revoked(partitions);
    rewound.forget(partitions);
  }

  void start() {
    runTurn();
  }

  /** Stops after the current batch, with its transaction and its offsets. */
  Future<Void> stop() {
    stopping = true;
    return drained
        .future()
        .timeout(config.transactionTimeout().toMillis() * 2, MILLISECONDS)
        .transform(stopped -> close());
  }

  private Future<Void> close() {
    KafkaConsumer<byte[], byte[]> open = client.current();
    return open == null
        ? topic.close()
        : topic
            .finish(open)
            .transform(verified -> commitOffsets(open))
            .transform(committed -> open.close())
            .transform(closed -> topic.close());
  }

  private void runTurn() {
    if (stopping) {
      drained.complete();
      return;
    }
    client.get().compose(this::turn).onSuccess(done -> turnSucceeded()).onFailure(this::turnFailed);
  }

  private Future<Void> turn(KafkaConsumer<byte[], byte[]> consumer) {
    return topic.poll(consumer).compose(checked -> pollOnce(consumer));
  }

  private void turnSucceeded() {
    // Polls may return nothing, or another partition's records, before a failed batch returns.
    if (rewound.isEmpty()) {
      failures = 0;
      findings.progressed();
    }
    if (lingerMillis > 0) {
      vertx.setTimer(lingerMillis, timer -> runTurn());
    } else {
      // A new task on the event loop, so that the chain of turns does not grow.
      context.runOnContext(next -> runTurn());
    }
  }

  private void turnFailed(Throwable cause) {
    BlockedException blocked = cause instanceof BlockedException by ? by : null;
    failures = blocked != null && blocked.hasProgressed() ? 1 : failures + 1;
    metrics.retried();
    findings.failed(cause);
    long backoffMillis =
        blocked == null
            ? config.retry().backoffMillis(failures)
            : config.retry().blockedMillis(failures);
    LOG.warn(
        "{} on {}: retry {} in {} ms: {}",
        config.name(),
        config.topic(),
        failures,
        backoffMillis,
        blocked == null ? cause.toString() : blocked + ", last " + blocked.getCause());
    if (cause instanceof KafkaException && !(cause instanceof RetriableException)) {
      // Fenced by a successor, or broken for good: the next turn creates another client.
      offsets.clear();
      rewound.clear();
      client.discard();
    }
    vertx.setTimer(backoffMillis, timer -> runTurn());
  }

  // One turn's records.

  private Future<Void> pollOnce(KafkaConsumer<byte[], byte[]> consumer) {
    return consumer
        .poll(config.pollTimeout())
        .compose(polled -> rewound.forgetDeleted(consumer, polled.records()).map(polled))
        .compose(polled -> handlePolled(consumer, polled));
  }

  private Future<Void> handlePolled(
      KafkaConsumer<byte[], byte[]> consumer, KafkaConsumerRecords<byte[], byte[]> polled) {
    offsets.batchBegins();
    boolean lingered = lingerMillis > 0;
    lingerMillis = 0;
    if (polled.isEmpty()) {
      return commitOffsets(consumer);
    }
    List<ConsumerRecord<byte[], byte[]>> batch = new ArrayList<>(polled.size());
    polled.records().forEach(batch::add);
    boolean more = lingered && batch.size() < config.maxBatch();
    Future<Void> gathered = more ? pollAgain(consumer, batch) : Future.succeededFuture();
    return gathered
        .compose(all -> handleBatch(batch))
        .compose(done -> advance(consumer, batch))
        .recover(cause -> rewind(consumer, batch, cause));
  }

  private static Future<Void> pollAgain(
      KafkaConsumer<byte[], byte[]> consumer, List<ConsumerRecord<byte[], byte[]>> batch) {
    return consumer
        .poll(SECOND_POLL)
        .onSuccess(polled -> polled.records().forEach(batch::add))
        .mapEmpty();
  }

  private Future<Void> handleBatch(List<ConsumerRecord<byte[], byte[]>> batch) {
    long startNanos = System.nanoTime();
    return batches
        .handle(batch)
        .onSuccess(
            done ->
                lingerMillis =
                    Linger.millis(batch.size(), config.maxBatch(), System.nanoTime() - startNanos));
  }

  /** Records that a batch is handled, and commits offsets if it is time to. */
  private Future<Void> advance(
      KafkaConsumer<byte[], byte[]> consumer, List<ConsumerRecord<byte[], byte[]>> batch) {
    batch.forEach(entry -> offsets.handled(Records.partition(entry), entry.offset()));
    batch.forEach(entry -> rewound.forget(Set.of(Records.partition(entry))));
    boolean due = System.nanoTime() - offsetsCommittedNanos >= COMMIT_OFFSETS_EVERY_NANOS;
    return due ? commitOffsets(consumer) : Future.succeededFuture();
  }

  // The offsets lag behind the transactions. The inbox deduplicates what is redelivered for that.
  private Future<Void> commitOffsets(KafkaConsumer<byte[], byte[]> consumer) {
    Map<TopicPartition, OffsetAndMetadata> handled = offsets.take();
    if (handled.isEmpty()) {
      return Future.succeededFuture();
    }
    offsetsCommittedNanos = System.nanoTime();
    return consumer
        .commit(handled)
        .<Void>mapEmpty()
        .recover(
            cause -> {
              LOG.warn("{}: offsets not committed: {}", config.name(), String.valueOf(cause));
              offsets.putBack(handled);
              return Future.succeededFuture();
            });
  }

  /** Seeks back to the batch's first records, so that the next poll returns them again. */
  private Future<Void> rewind(
      KafkaConsumer<byte[], byte[]> consumer,
      List<ConsumerRecord<byte[], byte[]>> batch,
      Throwable cause) {
    Map<TopicPartition, Long> first = new LinkedHashMap<>();
    batch.forEach(entry -> first.putIfAbsent(Records.partition(entry), entry.offset()));
    rewound.add(first);
    List<Future<Void>> seeks = new ArrayList<>();
    first.forEach((partition, offset) -> seeks.add(consumer.seek(partition, offset)));
    // A partition that was revoked cannot be sought, and need not be.
    return Future.join(seeks).transform(sought -> Future.failedFuture(cause));
  }
}
