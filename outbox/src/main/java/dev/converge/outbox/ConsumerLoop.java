package dev.converge.outbox;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.converge.outbox.delivery.BlockedException;
import dev.converge.outbox.delivery.Delivery;
import dev.converge.outbox.delivery.Delivery.Next;
import dev.converge.outbox.delivery.Delivery.Retry;
import dev.converge.outbox.delivery.Timing;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.sqlclient.Pool;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A consumer's loop: runs the turns of {@link Delivery} on one event loop. */
final class ConsumerLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ConsumerLoop.class);

  private final Context context;
  private final Vertx vertx;
  private final ConsumerConfig config;
  private final ConsumerMetrics metrics;
  private final ConsumerFindings findings;
  private final ConsumerClient client;
  private final KafkaTopic topic;
  private final Delivery<ConsumerRecord<byte[], byte[]>> delivery;

  private final Promise<Void> drained = Promise.promise();
  private boolean stopping;

  /** The time of an event loop. */
  private record EventLoopTiming(Vertx vertx) implements Timing {
    @Override
    public long nanoTime() {
      return System.nanoTime();
    }

    @Override
    public Future<Void> delay(long millis) {
      return vertx.timer(millis, MILLISECONDS);
    }
  }

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
    this.topic = new KafkaTopic(vertx, config, pool, findings);
    this.delivery =
        new Delivery<>(
            new RecordReader(), new EventLoopTiming(vertx), config.delivery(), transaction, topic);
    this.client =
        new ConsumerClient(
            vertx,
            config,
            assigned -> delivery.assigned(KafkaSubscription.partitions(assigned)),
            revoked -> delivery.revoked(KafkaSubscription.partitions(revoked)));
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
        : delivery
            .finish(subscription(open))
            .transform(committed -> open.close())
            .transform(closed -> topic.close());
  }

  private void runTurn() {
    if (stopping) {
      drained.complete();
      return;
    }
    client
        .get()
        .compose(consumer -> delivery.turn(subscription(consumer)))
        .onSuccess(done -> turnSucceeded())
        .onFailure(this::turnFailed);
  }

  private KafkaSubscription subscription(KafkaConsumer<byte[], byte[]> consumer) {
    return new KafkaSubscription(config.name(), consumer, client.budget());
  }

  private void turnSucceeded() {
    Next next = delivery.succeeded();
    if (next.progressed()) {
      findings.progressed();
    }
    if (next.lingerMillis() > 0) {
      vertx.setTimer(next.lingerMillis(), timer -> runTurn());
    } else {
      // A new task on the event loop, so that the chain of turns does not grow.
      context.runOnContext(done -> runTurn());
    }
  }

  private void turnFailed(Throwable cause) {
    Retry retry = delivery.failed(cause);
    metrics.retried();
    findings.failed(cause);
    LOG.warn(
        "{} on {}: retry {} in {} ms: {}",
        config.name(),
        config.topic(),
        retry.failures(),
        retry.backoffMillis(),
        cause instanceof BlockedException blocked
            ? blocked + ", last " + blocked.getCause()
            : cause.toString());
    if (cause instanceof KafkaException && !(cause instanceof RetriableException)) {
      // Fenced by a successor, or permanently broken: the next turn creates another client.
      delivery.reset();
      client.discard();
    }
    vertx.setTimer(retry.backoffMillis(), timer -> runTurn());
  }
}
