package dev.converge.outbox;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.converge.outbox.FaultIsolation.BlockedException;
import dev.converge.outbox.MessagingSpans.Processing;
import dev.converge.outbox.TopicWatch.Look;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.VertxException;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecords;
import io.vertx.kafka.client.consumer.OffsetAndMetadata;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a topic and has each message's effect happen once.
 *
 * <p>A turn of its loop: poll a bounded batch, and once more after a rest; in one transaction mark
 * its messages as seen and hand those not seen before to the handler; commit the transaction;
 * commit the offsets, at most ten times a second; rest a little where messages come quickly. A
 * crash anywhere, or a rebalance within a turn, leads to a redelivery, which the inbox turns away.
 *
 * <p>A batch that fails for a fault of the environment (the database is away, a login or a right is
 * missing, the schema is another) is read again after a backoff, for as long as it takes. A batch
 * that fails for one message's sake is handled message by message; a message that is at fault
 * itself is parked as a dead letter, see {@link Suspects}.
 */
public final class MessageConsumer extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(MessageConsumer.class);

  private static final long COMMIT_OFFSETS_EVERY_NANOS = 100_000_000;

  // Kafka's client does not always notice that a topic was made anew: where the new one has grown
  // past the client's position already, it reads on from there.
  private static final long LOOK_AT_TOPIC_EVERY_NANOS = 5_000_000_000L;

  // After a batch of several it rests for a multiple of the time the batch took: what comes
  // meanwhile shares the next transaction, and all that a transaction costs from here to the next
  // consumer. While messages come one by one, none waits; where two have met by chance, the next
  // hardly does; nor does it rest while many wait.
  private static final int REST_FACTOR = 3;
  private static final long REST_MILLIS_A_MESSAGE = 3;
  private static final long MAX_REST_MILLIS = 25;

  // The broker has answered the last fetch with what came first during the rest; the next fetch,
  // sent by the poll that takes that answer, brings the remainder at once.
  private static final Duration GATHER = Duration.ofMillis(2);

  private static final long SHOWN_FOR_NANOS = 60_000_000_000L;

  private final ConsumerConfig config;
  private final Pool pool;
  private final MessageHandler handler;
  private final Inbox inbox;
  private final InboxPositions positions;
  private final DeadLetters deadLetters;
  private final MessagingSpans spans;
  private final DistributionSummary batchSizes;
  private final Counter handled;
  private final Counter duplicates;
  private final Counter parked;
  private final Counter retries;
  private final Counter passed;

  private final Promise<Void> stopped = Promise.promise();
  private @Nullable KafkaConsumer<byte[], byte[]> kafka;
  private final HandledOffsets offsets = new HandledOffsets();
  private @Nullable TopicWatch watch;
  private @Nullable Future<Look> topicAsked;
  private long topicAskedNanos = System.nanoTime();
  private boolean topicKnown = true;
  private long offsetsCommittedNanos = System.nanoTime();
  private final RewoundPartitions rewound = new RewoundPartitions();
  private boolean stopping;
  private int failures;
  private long restMillis;
  // Redeliveries come in rows, after a crash or a rebalance; else there are none.
  private boolean redelivered = true;
  private final Suspects suspects;
  private final Blockage blockage;
  private @Nullable FaultIsolation isolation;
  private volatile Passed lastPassed = new Passed(System.nanoTime() - SHOWN_FOR_NANOS, List.of());

  /**
   * What became of a batch.
   *
   * @param fresh the messages that were new; fewer than the batch has where some were redelivered
   */
  private record Handled(int fresh, AfterCommit afterCommit) {}

  /** Which records Kafka's offsets had passed, and when that was seen. */
  private record Passed(long atNanos, List<String> records) {}

  /** A consumer without spans, whose meters are in Micrometer's global registry. */
  public MessageConsumer(ConsumerConfig config, Pool pool, MessageHandler handler) {
    this(
        config,
        pool,
        handler,
        OpenTelemetry.noop().getTracer("dev.converge.outbox"),
        Metrics.globalRegistry);
  }

  public MessageConsumer(
      ConsumerConfig config,
      Pool pool,
      MessageHandler handler,
      Tracer tracer,
      MeterRegistry meters) {
    this.config = config;
    this.pool = pool;
    this.handler = handler;
    this.inbox = new Inbox(config.name());
    this.positions = new InboxPositions(config.name(), config.topic());
    this.deadLetters = new DeadLetters(pool);
    this.spans = new MessagingSpans(tracer);
    String[] tags = {"consumer", config.name(), "topic", config.topic()};
    this.batchSizes =
        DistributionSummary.builder("inbox.transaction.messages").tags(tags).register(meters);
    this.handled = meters.counter("inbox.messages.handled", tags);
    this.duplicates = meters.counter("inbox.messages.duplicate", tags);
    this.parked = meters.counter("inbox.messages.parked", tags);
    this.retries = meters.counter("inbox.batches.retried", tags);
    this.passed = meters.counter("inbox.records.passed", tags);
    this.suspects = new Suspects(config.retry().attempts());
    this.blockage = new Blockage(meters, System::nanoTime, tags);
  }

  /**
   * What is wrong: {@code inbox-passed}, where Kafka's offsets were ahead of what is handled (the
   * records between are read again; reported for a minute), and {@code inbox-blocked}, where the
   * consumer has not got on for five seconds: since when, and the cause. Empty when all is well.
   */
  public Map<String, List<String>> findings() {
    Map<String, List<String>> findings = new HashMap<>();
    Passed last = lastPassed;
    if (!last.records().isEmpty() && System.nanoTime() - last.atNanos() <= SHOWN_FOR_NANOS) {
      findings.put("inbox-passed", last.records());
    }
    blockage
        .finding()
        .ifPresent(
            blocked ->
                findings.put(
                    "inbox-blocked",
                    List.of(config.name() + " on " + config.topic() + " " + blocked)));
    return findings;
  }

  /** Starts reading. Succeeds at once: a service is up whether or not its broker is. */
  @Override
  public Future<?> start() {
    turn();
    return Future.succeededFuture();
  }

  /** Ends after the batch in hand, its transaction and its offsets, is done with. */
  @Override
  public Future<?> stop() {
    stopping = true;
    return stopped
        .future()
        .timeout(config.transactionTimeout().toMillis() * 2, MILLISECONDS)
        .transform(drained -> close());
  }

  private void turn() {
    if (stopping) {
      stopped.complete();
      return;
    }
    consumer().compose(this::turn).onSuccess(done -> succeeded()).onFailure(this::failed);
  }

  private Future<Void> turn(KafkaConsumer<byte[], byte[]> consumer) {
    return lookAtTopic(consumer).compose(looked -> pollOnce(consumer));
  }

  private void succeeded() {
    // A poll may bring nothing, or another partition's messages, before a batch comes again.
    if (rewound.isEmpty()) {
      failures = 0;
      blockage.ended();
    }
    if (restMillis > 0) {
      vertx.setTimer(restMillis, timer -> turn());
    } else {
      // A new task on the event loop, so that the chain of turns does not grow.
      context.runOnContext(next -> turn());
    }
  }

  private void failed(Throwable cause) {
    failures = cause instanceof BlockedException by && by.hasProgressed() ? 1 : failures + 1;
    retries.increment();
    blockage.failed(Fault.describe(cause));
    long backoffMillis =
        cause instanceof BlockedException
            ? config.retry().blockedMillis(failures)
            : config.retry().backoffMillis(failures);
    LOG.warn(
        "{} on {}: retry {} in {} ms: {}",
        config.name(),
        config.topic(),
        failures,
        backoffMillis,
        cause instanceof BlockedException
            ? cause + ", last " + cause.getCause()
            : cause.toString());
    if (cause instanceof KafkaException && !(cause instanceof RetriableException)) {
      forgetClient();
    }
    vertx.setTimer(backoffMillis, timer -> turn());
  }

  // Fenced by a successor, or broken for good: the next turn makes a new client.
  private void forgetClient() {
    KafkaConsumer<byte[], byte[]> broken = kafka;
    kafka = null;
    offsets.clear();
    rewound.clear();
    if (broken != null) {
      discard(broken);
    }
  }

  private void discard(KafkaConsumer<byte[], byte[]> broken) {
    broken
        .close()
        .onFailure(e -> LOG.warn("{}: client not closed: {}", config.name(), String.valueOf(e)));
  }

  private Future<KafkaConsumer<byte[], byte[]>> consumer() {
    if (kafka != null) {
      return Future.succeededFuture(kafka);
    }
    // Resolves host names and reads certificates, hence off the event loop; fails while the
    // broker's name does not resolve.
    return vertx
        .executeBlocking(() -> KafkaConsumer.<byte[], byte[]>create(vertx, properties()))
        .compose(this::subscribe);
  }

  private Future<KafkaConsumer<byte[], byte[]>> subscribe(KafkaConsumer<byte[], byte[]> created) {
    // Both are called before what the same poll brings is handed over.
    created.partitionsAssignedHandler(offsets::assigned);
    created.partitionsRevokedHandler(this::revoked);
    return created
        .subscribe(config.topic())
        .onSuccess(subscribed -> kafka = created)
        .onFailure(cause -> discard(created))
        .map(created);
  }

  private void revoked(Set<TopicPartition> partitions) {
    offsets.revoked(partitions);
    rewound.forget(partitions);
  }

  private Future<Void> close() {
    KafkaConsumer<byte[], byte[]> open = kafka;
    return open == null
        ? closeWatch()
        : verifyAll(open)
            .transform(verified -> commitOffsets(open))
            .transform(committed -> open.close())
            .transform(closed -> closeWatch());
  }

  private Future<Void> closeWatch() {
    TopicWatch open = watch;
    return open == null
        ? Future.succeededFuture()
        : vertx.executeBlocking(
            () -> {
              open.close();
              return null;
            });
  }

  private Map<String, String> properties() {
    Map<String, String> properties = new HashMap<>(config.kafka());
    properties.putIfAbsent("auto.offset.reset", "earliest");
    properties.putIfAbsent("isolation.level", "read_committed");
    // A consumer that was killed gives way to its successor soon, and a topic that is made after
    // the consumer has started is found soon.
    properties.putIfAbsent("session.timeout.ms", "6000");
    properties.putIfAbsent("heartbeat.interval.ms", "2000");
    properties.putIfAbsent("metadata.max.age.ms", "5000");
    properties.putIfAbsent("reconnect.backoff.max.ms", "1000");
    // An answer that does not come, as from a host that is gone; by default 30 s.
    properties.putIfAbsent("request.timeout.ms", "10000");
    // How long a fetch waits at a broker that has nothing: it answers a new message at once. The
    // default of half a second makes an idle consumer ask four times as often.
    properties.putIfAbsent("fetch.max.wait.ms", "2000");
    properties.put("group.id", config.name());
    properties.put("enable.auto.commit", "false");
    properties.put("max.poll.records", Integer.toString(config.maxBatch()));
    properties.put("key.deserializer", ByteArrayDeserializer.class.getName());
    properties.put("value.deserializer", ByteArrayDeserializer.class.getName());
    return properties;
  }

  // The topic.

  /** Takes in what was asked before, and asks where it is time to; no turn waits for the answer. */
  private Future<Void> lookAtTopic(KafkaConsumer<byte[], byte[]> consumer) {
    Future<Look> asked = topicAsked;
    if (asked == null) {
      boolean due = System.nanoTime() - topicAskedNanos >= LOOK_AT_TOPIC_EVERY_NANOS;
      boolean atOnce = topicKnown && offsets.isUnverified();
      if (atOnce || (due && offsets.isAssigned())) {
        topicAsked = askForTopic();
      }
      return Future.succeededFuture();
    }
    if (!asked.isComplete()) {
      return Future.succeededFuture();
    }
    topicAsked = null;
    topicKnown = asked.succeeded() && !asked.result().id().isEmpty();
    if (asked.failed()) {
      LOG.warn(
          "{}: not known whether {} was made anew: {}",
          config.name(),
          config.topic(),
          String.valueOf(asked.cause()));
      return Future.succeededFuture();
    }
    return verify(consumer, asked.result());
  }

  private Future<Look> askForTopic() {
    topicAskedNanos = System.nanoTime();
    offsets.ask();
    return vertx.executeBlocking(() -> watch().look());
  }

  // Blocking code of one verticle runs one after the other, so one is made.
  private TopicWatch watch() {
    TopicWatch made = watch;
    if (made == null) {
      made = new TopicWatch(config.topic(), config.name(), config.kafka());
      watch = made;
    }
    return made;
  }

  /** Before the end: what was handled since the partitions came is committed, too. */
  private Future<Void> verifyAll(KafkaConsumer<byte[], byte[]> consumer) {
    return offsets.isUnverified()
        ? askForTopic().compose(look -> verify(consumer, look))
        : Future.succeededFuture();
  }

  private Future<Void> verify(KafkaConsumer<byte[], byte[]> consumer, Look look) {
    if (look.id().isEmpty()) {
      return Future.succeededFuture();
    }
    return offsets.isUnverified()
        ? positions.read(pool, look.id()).compose(known -> verify(consumer, look, known))
        : beginAgain(consumer, offsets.verify(look.id(), look.committed()));
  }

  private Future<Void> verify(
      KafkaConsumer<byte[], byte[]> consumer, Look look, Map<TopicPartition, Long> known) {
    Map<TopicPartition, Long> behind = offsets.behind(look.offsets(), known);
    Set<TopicPartition> another = offsets.verify(look.id(), look.committed());
    behind.keySet().removeAll(another);
    offsets.sought(behind.keySet());
    tellPassed(behind, look.offsets());
    // What was handled before it was known in which topic.
    return positions
        .move(pool, offsets.uncommitted(), look.id())
        .compose(moved -> beginAgain(consumer, another))
        .compose(begun -> seek(consumer, behind))
        .onFailure(cause -> offsets.doubt(behind.keySet()));
  }

  private void tellPassed(Map<TopicPartition, Long> behind, Map<TopicPartition, Long> committed) {
    List<String> records = new ArrayList<>();
    behind.forEach(
        (partition, from) -> {
          Long to = committed.get(partition);
          if (to != null) {
            passed.increment((double) (to - from));
            records.add(
                partition.getTopic() + "-" + partition.getPartition() + "@" + from + " to " + to);
          }
        });
    if (!records.isEmpty()) {
      LOG.error("{}: offsets had passed records that are read again: {}", config.name(), records);
      lastPassed = new Passed(System.nanoTime(), List.copyOf(records));
    }
  }

  private static Future<Void> seek(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> to) {
    List<Future<Void>> seeks = new ArrayList<>();
    to.forEach((partition, offset) -> seeks.add(consumer.seek(partition, offset)));
    return Future.join(seeks).mapEmpty();
  }

  // What had been handled, the inbox turns away.
  private Future<Void> beginAgain(
      KafkaConsumer<byte[], byte[]> consumer, Set<TopicPartition> another) {
    if (another.isEmpty()) {
      return Future.succeededFuture();
    }
    LOG.warn("{}: {} was made anew: read from its beginning", config.name(), config.topic());
    rewound.forget(another);
    return consumer.seekToBeginning(another);
  }

  // The messages.

  private Future<Void> pollOnce(KafkaConsumer<byte[], byte[]> consumer) {
    return consumer
        .poll(config.pollTimeout())
        .compose(polled -> rewound.forgetDeleted(consumer, polled.records()).map(polled))
        .compose(polled -> handlePolled(consumer, polled));
  }

  private Future<Void> handlePolled(
      KafkaConsumer<byte[], byte[]> consumer, KafkaConsumerRecords<byte[], byte[]> polled) {
    offsets.batchBegins();
    boolean rested = restMillis > 0;
    restMillis = 0;
    if (polled.isEmpty()) {
      return commitOffsets(consumer);
    }
    List<ConsumerRecord<byte[], byte[]>> batch = new ArrayList<>(polled.size());
    polled.records().forEach(batch::add);
    boolean more = rested && batch.size() < config.maxBatch();
    Future<Void> gathered = more ? gather(consumer, batch) : Future.succeededFuture();
    return gathered
        .compose(all -> handleInTime(batch))
        .compose(done -> handled(consumer, batch))
        .recover(cause -> rewind(consumer, batch, cause));
  }

  private Future<Void> gather(
      KafkaConsumer<byte[], byte[]> consumer, List<ConsumerRecord<byte[], byte[]>> batch) {
    return consumer
        .poll(GATHER)
        .compose(
            polled -> {
              polled.records().forEach(batch::add);
              return Future.succeededFuture();
            });
  }

  private Future<Void> handleInTime(List<ConsumerRecord<byte[], byte[]>> polled) {
    long startNanos = System.nanoTime();
    return handleFrom(polled, 0)
        .onSuccess(done -> restAfter(polled.size(), System.nanoTime() - startNanos));
  }

  // What two polls brought may be more than one transaction should hold.
  private Future<Void> handleFrom(List<ConsumerRecord<byte[], byte[]>> polled, int from) {
    int to = Math.min(polled.size(), from + config.maxBatch());
    Future<Void> handled = handleBatch(polled.subList(from, to));
    return to == polled.size() ? handled : handled.compose(done -> handleFrom(polled, to));
  }

  private void restAfter(int messages, long workedNanos) {
    if (messages < config.maxBatch()) {
      restMillis = restMillis(messages, workedNanos);
    }
  }

  /** None after one message; else three times the time they took, within the bounds above. */
  static long restMillis(int messages, long workedNanos) {
    if (messages == 1) {
      return 0;
    }
    long most = Math.min(MAX_REST_MILLIS, messages * REST_MILLIS_A_MESSAGE);
    return Math.max(1, Math.min(most, NANOSECONDS.toMillis(workedNanos * REST_FACTOR)));
  }

  /** One transaction for the batch; message by message where the batch has a message at fault. */
  private Future<Void> handleBatch(List<ConsumerRecord<byte[], byte[]>> batch) {
    batchSizes.record(batch.size());
    return attempt(batch, offsets.after(batch))
        .compose(fresh -> settled(batch, fresh))
        .recover(cause -> findFault(batch, cause));
  }

  private Future<Void> settled(List<ConsumerRecord<byte[], byte[]>> batch, int fresh) {
    isolation().settled(batch, fresh);
    return Future.succeededFuture();
  }

  private Future<Void> findFault(List<ConsumerRecord<byte[], byte[]>> batch, Throwable cause) {
    return TransientFaults.fault(cause, pool)
        .compose(fault -> fault == Fault.ENVIRONMENT ? Future.failedFuture(cause) : isolate(batch));
  }

  // One by one, a message may be done with before another that comes earlier in its partition: the
  // position moves once all are.
  private Future<Void> isolate(List<ConsumerRecord<byte[], byte[]>> batch) {
    return isolation()
        .handle(batch)
        .compose(
            done ->
                positions
                    .move(pool, offsets.after(batch), offsets.topicId())
                    .timeout(config.transactionTimeout().toMillis(), MILLISECONDS));
  }

  private FaultIsolation isolation() {
    FaultIsolation made = isolation;
    if (made == null) {
      made = new FaultIsolation(vertx, config.retry(), suspects, new Steps());
      isolation = made;
    }
    return made;
  }

  private final class Steps implements FaultIsolation.Steps {
    @Override
    public Future<Integer> handle(ConsumerRecord<byte[], byte[]> entry) {
      return attempt(List.of(entry), Map.of());
    }

    @Override
    public Future<Void> rehearse(ConsumerRecord<byte[], byte[]> entry) {
      return MessageConsumer.this.rehearse(entry);
    }

    @Override
    public Future<Fault> fault(Throwable cause) {
      return TransientFaults.fault(cause, pool);
    }

    @Override
    public Future<Void> park(ConsumerRecord<byte[], byte[]> entry, Throwable cause) {
      return MessageConsumer.this.park(entry, cause);
    }
  }

  private Future<Void> rehearse(ConsumerRecord<byte[], byte[]> entry) {
    VertxException rolledBack = VertxException.noStackTrace("rolled back");
    return Future.succeededFuture(entry)
        .map(Records::message)
        .compose(
            message ->
                pool.withTransaction(
                    tx ->
                        rehearse(tx, message).compose(handled -> Future.failedFuture(rolledBack))))
        .timeout(config.transactionTimeout().toMillis(), MILLISECONDS)
        .transform(
            done ->
                done.cause() == rolledBack
                    ? Future.succeededFuture()
                    : Future.failedFuture(done.cause()));
  }

  private Future<Void> rehearse(SqlConnection tx, InboundMessage message) {
    return inbox
        .firstSight(tx, List.of(message.id()))
        .compose(
            fresh ->
                fresh.isEmpty()
                    ? Future.failedFuture(VertxException.noStackTrace("seen before"))
                    : handler.handle(tx, List.of(message)).mapEmpty());
  }

  private Future<Void> park(ConsumerRecord<byte[], byte[]> entry, Throwable cause) {
    UUID id = Records.idOf(entry);
    return transaction(tx -> parkIn(tx, entry, id, cause), Map.of())
        .onSuccess(isNew -> parked(entry, cause, isNew))
        .mapEmpty();
  }

  /** Whether it is parked now; a dead letter that is delivered again was parked before. */
  private Future<Boolean> parkIn(
      SqlConnection tx, ConsumerRecord<byte[], byte[]> entry, UUID id, Throwable cause) {
    return inbox
        .firstSight(tx, List.of(id))
        .compose(
            fresh ->
                fresh.isEmpty()
                    ? Future.succeededFuture(false)
                    : deadLetters.park(tx, config.name(), id, entry, cause).map(true));
  }

  private void parked(ConsumerRecord<byte[], byte[]> entry, Throwable cause, boolean isNew) {
    if (isNew) {
      parked.increment();
      LOG.error(
          "{}: parked {}-{}@{}",
          config.name(),
          entry.topic(),
          entry.partition(),
          entry.offset(),
          cause);
    }
  }

  /**
   * Handles a batch in one transaction.
   *
   * @param after where the consumer's position moves to
   * @return how many of the batch were new
   */
  private Future<Integer> attempt(
      List<ConsumerRecord<byte[], byte[]>> batch, Map<TopicPartition, Long> after) {
    Map<UUID, Processing> processing = new LinkedHashMap<>();
    try {
      for (ConsumerRecord<byte[], byte[]> entry : batch) {
        InboundMessage message = Records.message(entry);
        if (!processing.containsKey(message.id())) {
          processing.put(message.id(), spans.process(message, config.name()));
        }
      }
    } catch (UnprocessableMessageException e) {
      processing.values().forEach(started -> started.failed(e));
      return Future.failedFuture(e);
    }
    return transaction(processing, after)
        .onSuccess(committed -> count(batch.size(), committed.fresh()))
        .onSuccess(committed -> processing.values().forEach(Processing::succeeded))
        .onSuccess(committed -> committed.afterCommit().run())
        .onFailure(cause -> processing.values().forEach(started -> started.failed(cause)))
        .map(Handled::fresh);
  }

  private Future<Handled> transaction(
      Map<UUID, Processing> processing, Map<TopicPartition, Long> after) {
    return redelivered
        ? transaction(tx -> handleUnseen(tx, processing), after)
        : transaction(tx -> handleAll(tx, processing), after)
            .recover(
                cause ->
                    Inbox.hasSeen(cause)
                        ? transaction(tx -> handleUnseen(tx, processing), after)
                        : Future.failedFuture(cause));
  }

  /** Does work and moves the consumer's position, both or neither. */
  private <T> Future<T> transaction(
      Function<SqlConnection, Future<T>> work, Map<TopicPartition, Long> after) {
    return pool.withTransaction(tx -> workAndMove(tx, work, after))
        .timeout(config.transactionTimeout().toMillis(), MILLISECONDS);
  }

  private <T> Future<T> workAndMove(
      SqlConnection tx, Function<SqlConnection, Future<T>> work, Map<TopicPartition, Long> after) {
    // Neither waits for the other: where one fails, the transaction does.
    Future<T> worked = work.apply(tx);
    Future<Void> moved = positions.move(tx, after, offsets.topicId());
    return Future.join(worked, moved)
        .transform(
            done ->
                moved.failed() && Fault.isFollowUp(worked.cause())
                    ? Future.failedFuture(moved.cause())
                    : worked.compose(result -> moved.map(result)));
  }

  private Future<Handled> handleAll(SqlConnection tx, Map<UUID, Processing> processing) {
    // The handler's first statement follows without a wait: where the mark fails, the database
    // refuses all that comes after it in this transaction.
    Future<Void> marked = inbox.markSeen(tx, processing.keySet());
    Future<Handled> handled = handleFresh(tx, processing, processing.keySet());
    return Future.join(marked, handled).transform(done -> marked.compose(seen -> handled));
  }

  private Future<Handled> handleUnseen(SqlConnection tx, Map<UUID, Processing> processing) {
    return inbox
        .firstSight(tx, processing.keySet())
        .compose(fresh -> handleFresh(tx, processing, fresh));
  }

  private Future<Handled> handleFresh(
      SqlConnection tx, Map<UUID, Processing> processing, Set<UUID> fresh) {
    List<InboundMessage> messages =
        processing.values().stream()
            .map(Processing::message)
            .filter(message -> fresh.contains(message.id()))
            .toList();
    return messages.isEmpty()
        ? Future.succeededFuture(new Handled(0, AfterCommit.NOTHING))
        : handler.handle(tx, messages).map(follows -> new Handled(messages.size(), follows));
  }

  private void count(int polled, int fresh) {
    handled.increment(fresh);
    duplicates.increment(polled - fresh);
    redelivered = fresh < polled;
  }

  private Future<Void> handled(
      KafkaConsumer<byte[], byte[]> consumer, List<ConsumerRecord<byte[], byte[]>> batch) {
    batch.forEach(entry -> offsets.handled(partition(entry), entry.offset()));
    batch.forEach(entry -> rewound.forget(Set.of(partition(entry))));
    boolean due = System.nanoTime() - offsetsCommittedNanos >= COMMIT_OFFSETS_EVERY_NANOS;
    return due ? commitOffsets(consumer) : Future.succeededFuture();
  }

  // The offsets follow the transactions at a distance: what is redelivered for that, the inbox
  // turns away.
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

  /** Moves back to the batch's first messages, so that the next poll reads it again. */
  private Future<Void> rewind(
      KafkaConsumer<byte[], byte[]> consumer,
      List<ConsumerRecord<byte[], byte[]>> batch,
      Throwable cause) {
    Map<TopicPartition, Long> first = new LinkedHashMap<>();
    batch.forEach(entry -> first.putIfAbsent(partition(entry), entry.offset()));
    rewound.rewound(first);
    List<Future<Void>> seeks = new ArrayList<>();
    first.forEach((partition, offset) -> seeks.add(consumer.seek(partition, offset)));
    // A partition that has moved to another consumer cannot be sought, and need not be.
    return Future.join(seeks).transform(sought -> Future.failedFuture(cause));
  }

  private static TopicPartition partition(ConsumerRecord<byte[], byte[]> entry) {
    return new TopicPartition(entry.topic(), entry.partition());
  }
}
