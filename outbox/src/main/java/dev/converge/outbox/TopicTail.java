package dev.converge.outbox;

import dev.converge.faults.TransientFaults;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the keys of the records that are appended to a topic from now on. It has no consumer group
 * and commits nothing, so each instance reads every record. A hint only: what is appended while it
 * does not listen, or while the broker is unavailable, is never read.
 *
 * <p>It reads for 30 s after each {@link #listen}, and pauses otherwise: then it sends nothing to
 * the broker.
 */
public final class TopicTail extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(TopicTail.class);

  /** How long it reads after the last call of {@link #listen}. */
  static final Duration LISTENS_FOR = Duration.ofSeconds(30);

  // Bounds the fetches while many records arrive, at a delay that no client notices.
  private static final Duration BETWEEN_POLLS = Duration.ofMillis(5);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

  private final String topic;
  private final Map<String, String> kafka;
  private final Consumer<List<String>> keys;
  private final Counter read;
  private final LongSupplier nanoTime;
  private volatile long listensUntilNanos;
  private volatile boolean paused = true;
  private volatile boolean stopped;
  private volatile @Nullable Context started;
  private @Nullable TailClient client;
  private @Nullable String failure;
  private Future<List<String>> polling = Future.succeededFuture(List.of());

  /**
   * @param kafka properties of the Kafka client, {@code bootstrap.servers} at least
   * @param keys receives the keys, in the order of their partitions; must not block
   */
  public TopicTail(
      String topic, Map<String, String> kafka, MeterRegistry meters, Consumer<List<String>> keys) {
    this(topic, kafka, meters, keys, System::nanoTime);
  }

  TopicTail(
      String topic,
      Map<String, String> kafka,
      MeterRegistry meters,
      Consumer<List<String>> keys,
      LongSupplier nanoTime) {
    this.topic = topic;
    this.kafka = Map.copyOf(kafka);
    this.keys = keys;
    this.read = meters.counter("topic.tail.records", "topic", topic);
    this.nanoTime = nanoTime;
    this.listensUntilNanos = nanoTime.getAsLong();
  }

  @Override
  public Future<?> start() {
    started = context;
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    stopped = true;
    return polling.transform(ended -> close());
  }

  /** Reads for a while from now on. Called from any thread; costs nothing while it reads. */
  public void listen() {
    listensUntilNanos = nanoTime.getAsLong() + LISTENS_FOR.toNanos();
    Context on = started;
    if (paused && on != null) {
      on.runOnContext(woken -> begin());
    }
  }

  boolean isPaused() {
    return paused;
  }

  // A client that has paused skips what was appended meanwhile.
  private void begin() {
    if (paused && !stopped) {
      paused = false;
      poll(true);
    }
  }

  private void poll(boolean fromTheEnd) {
    polling = vertx.executeBlocking(() -> client().poll(fromTheEnd), false);
    polling.onSuccess(this::received).onFailure(this::failed);
  }

  private TailClient client() {
    TailClient open = client;
    if (open == null) {
      open = new TailClient(topic, kafka);
      client = open;
    }
    return open;
  }

  private void received(List<String> polled) {
    failure = null;
    if (!polled.isEmpty()) {
      read.increment(polled.size());
      keys.accept(polled);
    }
    if (!stopped) {
      vertx.setTimer(BETWEEN_POLLS.toMillis(), timer -> continueOrPause());
    }
  }

  private void continueOrPause() {
    if (stopped) {
      return;
    }
    paused = listensUntilNanos - nanoTime.getAsLong() <= 0;
    // Read again: a call of listen() may have seen that it was not paused.
    if (paused && listensUntilNanos - nanoTime.getAsLong() > 0) {
      paused = false;
    }
    if (!paused) {
      poll(false);
    }
  }

  private void failed(Throwable cause) {
    String why = TransientFaults.describe(cause);
    if (!why.equals(failure)) {
      LOG.warn("end of topic {} not read, next attempt in {}: {}", topic, AFTER_FAILURE, why);
    }
    failure = why;
    close()
        .onComplete(
            closed -> {
              if (!stopped) {
                vertx.setTimer(AFTER_FAILURE.toMillis(), timer -> restart());
              }
            });
  }

  private void restart() {
    paused = true;
    if (listensUntilNanos - nanoTime.getAsLong() > 0) {
      begin();
    }
  }

  private Future<Void> close() {
    TailClient open = client;
    client = null;
    return open == null
        ? Future.succeededFuture()
        : vertx.executeBlocking(
            () -> {
              open.close();
              return null;
            });
  }
}
