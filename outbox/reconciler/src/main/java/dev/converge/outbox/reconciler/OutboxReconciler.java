package dev.converge.outbox.reconciler;

import dev.converge.faults.TransientFaults;
import dev.converge.outbox.reconciler.OutboxRows.State;
import dev.converge.outbox.reconciler.TopicReader.Look;
import dev.converge.outbox.reconciler.UnseenRows.Row;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares an outbox with its topics, and publishes again what is missing there.
 *
 * <p>Each round reads the rows written since the last one and looks for their ids in the topics. A
 * row that is in none is missing once the connector has confirmed that it is past it: a connector,
 * a database or a broker that is away makes rows wait, not missing. A missing row is written to the
 * outbox once more, with its id, so that it takes the way all take; the inbox turns it away where
 * it had arrived after all.
 *
 * <p>Where a topic was made anew or cut, the rows that some group may not have handled yet are
 * compared again.
 */
public final class OutboxReconciler extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxReconciler.class);

  // Older rows are about to leave the outbox, the topics and the inboxes; these keep them for days.
  private static final Duration FURTHEST_BACK = Duration.ofDays(5);

  private static final int ROWS_PER_READ = 20_000;

  // Time in which little was written is passed in longer and longer steps.
  private static final Duration FIRST_STEP = Duration.ofSeconds(30);
  private static final Duration LONGEST_STEP = Duration.ofMinutes(10);
  private static final Duration READ_WITHIN = Duration.ofSeconds(5);

  // Where much is written, little is compared at a time: what shares the processors with the audit
  // does not have to wait for it.
  private static final int MANY_ROWS = 2_000;
  private static final Duration AFTER_MANY = Duration.ofSeconds(3);
  private static final int MOST_UNSEEN = 50_000;
  private static final int COPIES_PER_TRANSACTION = 2_000;
  private static final int EXAMPLES = 100;
  private static final int MOST_SHOWN = 10;
  private static final String SLOT = "outbox-slot";
  private static final String TOPICS = "outbox-topics";
  private static final String ROWS = "outbox-rows";
  private static final String UNPUBLISHABLE = "outbox-unpublishable";
  private static final String NOT_AUDITED = "outbox-not-audited";
  private static final Duration SHOWN_FOR = Duration.ofMinutes(1);
  private static final long STOP_WITHIN_SECONDS = 15;

  /**
   * What an audit needs to know.
   *
   * @param slot the replication slot of the outbox's connector
   * @param source what the connector sets {@code ce_source} to
   * @param topics the topics that the outbox's messages go to
   * @param every how long to wait between rounds
   * @param grace how long a row may take into its topic before it is looked for
   * @param back how far back rows are compared again when a topic that no group reads was made anew
   *     or cut
   * @param kafka properties of the Kafka clients, {@code bootstrap.servers} at least
   */
  public record Config(
      String slot,
      String source,
      List<String> topics,
      Duration every,
      Duration grace,
      Duration back,
      Map<String, String> kafka) {
    public Config {
      topics = List.copyOf(topics);
      kafka = Map.copyOf(kafka);
      if (topics.isEmpty()) {
        throw new IllegalArgumentException("topics: none (expected: one or more)");
      }
    }

    /** Every 15 s; 10 s for a row to arrive; an hour of rows for a topic that no group reads. */
    public static Config of(
        String slot, String source, List<String> topics, String bootstrapServers) {
      return new Config(
          slot,
          source,
          topics,
          Duration.ofSeconds(15),
          Duration.ofSeconds(10),
          Duration.ofHours(1),
          Map.of("bootstrap.servers", bootstrapServers));
    }
  }

  /** What a check found amiss, and when. */
  private record Finding(String check, long atNanos, List<String> what) {
    boolean isShownAt(long nanos) {
      return nanos - atNanos < SHOWN_FOR.toNanos();
    }
  }

  /** How far behind a round was when it ended. */
  private record Lag(Duration then, long atNanos) {}

  private final Config config;
  private final OutboxRows rows;
  private final UnseenRows unseen = new UnseenRows();
  private final UnpublishableRows unpublishable;
  private final Counter republished;
  private final Counter skipped;

  private @Nullable TopicReader topics;
  private @Nullable OffsetDateTime slotLostAt;
  private @Nullable SlotCounts slotCounts;
  private @Nullable OffsetDateTime readTo;
  private @Nullable OffsetDateTime compareTo;
  private @Nullable OffsetDateTime remembered;
  private Duration step = FIRST_STEP;
  private boolean reading;
  private boolean compared;
  private boolean behind;
  private boolean many;
  private Future<Void> round = Future.succeededFuture();
  private boolean stopping;
  private volatile @Nullable String notAudited;
  private volatile List<Finding> found = List.of();
  private volatile @Nullable Lag lag;

  public OutboxReconciler(Config config, Pool pool, MeterRegistry meters) {
    this.config = config;
    this.rows = new OutboxRows(pool);
    this.unpublishable = new UnpublishableRows(pool);
    this.republished = meters.counter("outbox.audit.republished");
    this.skipped = meters.counter("outbox.audit.unpublishable");
    Gauge.builder("outbox.audit.lag", this, OutboxReconciler::lagSeconds)
        .baseUnit("seconds")
        .register(meters);
    for (String check : List.of(SLOT, TOPICS, ROWS, UNPUBLISHABLE, NOT_AUDITED)) {
      Gauge.builder("audit.findings", this, audit -> audit.count(check))
          .tag("check", check)
          .register(meters);
    }
  }

  /**
   * What is amiss, by check, with some examples: {@code outbox-slot}, {@code outbox-topics} (absent
   * made anew or cut), {@code outbox-rows} (the ids of those that were published again), {@code
   * outbox-unpublishable} (the ids of those that are missing and cannot be published), {@code
   * outbox-not-audited} (the last round failed, and why). What was mended stays in view for a
   * minute. Empty when all is well.
   */
  public Map<String, List<String>> findings() {
    long now = System.nanoTime();
    Map<String, Set<String>> byCheck = new TreeMap<>();
    for (Finding one : found) {
      if (one.isShownAt(now)) {
        byCheck.computeIfAbsent(one.check(), check -> new LinkedHashSet<>()).addAll(one.what());
      }
    }
    Map<String, List<String>> all = new TreeMap<>();
    byCheck.forEach((check, what) -> all.put(check, what.stream().limit(EXAMPLES).toList()));
    String why = notAudited;
    if (why != null) {
      all.put(NOT_AUDITED, List.of(why));
    }
    return Map.copyOf(all);
  }

  // It goes on growing while rounds fail: then nobody sees what is missing.
  private double lagSeconds() {
    Lag last = lag;
    return last == null
        ? 0
        : (last.then().toNanos() + System.nanoTime() - last.atNanos()) / 1_000_000_000.0;
  }

  private int count(String check) {
    return findings().getOrDefault(check, List.of()).size();
  }

  /** Starts to look. Succeeds at once, whether or not database and broker are there. */
  @Override
  public Future<?> start() {
    again(config.every());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    stopping = true;
    return round.timeout(STOP_WITHIN_SECONDS, TimeUnit.SECONDS).transform(ended -> close());
  }

  private void again(Duration in) {
    if (!stopping) {
      vertx.setTimer(Math.max(1, in.toMillis()), timer -> round());
    }
  }

  private void round() {
    if (stopping) {
      return;
    }
    compared = false;
    behind = false;
    many = false;
    round =
        rows.summarize()
            .compose(done -> rows.state(config.slot(), config.grace()))
            .compose(this::audit);
    round.onSuccess(done -> succeeded()).onFailure(this::failed);
  }

  private void succeeded() {
    notAudited = null;
    Duration every = many && AFTER_MANY.compareTo(config.every()) < 0 ? AFTER_MANY : config.every();
    again(behind ? Duration.ofMillis(100) : every);
  }

  private void failed(Throwable cause) {
    String why = TransientFaults.describe(cause);
    // A broker or a database that is away is told of once.
    if (!why.equals(notAudited)) {
      LOG.warn("outbox not audited, again in {}: {}", config.every(), String.valueOf(cause));
    }
    notAudited = why;
    close().onComplete(closed -> again(config.every()));
  }

  private Future<Void> close() {
    TopicReader open = topics;
    topics = null;
    unseen.clear();
    readTo = null;
    compareTo = null;
    reading = false;
    return open == null
        ? Future.succeededFuture()
        : vertx.executeBlocking(
            () -> {
              open.close();
              return null;
            });
  }

  private Future<Void> audit(State state) {
    return slot(state)
        .compose(looked -> reader(state))
        .compose(reader -> compare(reader, state).compose(done -> remember(reader, state)));
  }

  // The slot.

  private Future<Void> slot(State state) {
    OffsetDateTime lostAt = slotLostAt;
    lookWhetherMadeAnew(state.counts());
    if (!state.slotIsLost()) {
      if (lostAt != null) {
        LOG.info("slot {} is there again", config.slot());
      }
      slotLostAt = null;
      return Future.succeededFuture();
    }
    String what = config.slot() + ": " + (state.slot() == null ? "gone" : state.slot());
    if (lostAt == null) {
      LOG.error("slot {}", what);
      slotLostAt = state.now();
    }
    show(SLOT, List.of(what));
    // Debezium makes a slot that is missing when it starts again, which it does at once.
    boolean given = lostAt != null && !lostAt.plus(config.every()).isAfter(state.now());
    return given && state.canMendSlot()
        ? rows.mendSlot().recover(this::notMended)
        : Future.succeededFuture();
  }

  // Where its connector runs, it makes a slot that is gone within a second.
  private void lookWhetherMadeAnew(@Nullable SlotCounts counts) {
    SlotCounts before = slotCounts;
    if (counts == null) {
      return;
    }
    if (before != null && before.areOfAnother(counts)) {
      LOG.error("slot {} was made anew", config.slot());
      show(SLOT, List.of(config.slot() + ": made anew"));
    }
    slotCounts = counts;
  }

  private Future<Void> notMended(Throwable cause) {
    LOG.warn("slot {} not mended: {}", config.slot(), String.valueOf(cause));
    return Future.succeededFuture();
  }

  /** Has it in view for a while, by the clock of this process: the database may be away. */
  private void show(String check, List<String> what) {
    if (what.isEmpty()) {
      return;
    }
    long now = System.nanoTime();
    List<Finding> shown = new ArrayList<>(found);
    shown.add(new Finding(check, now, what));
    List<Finding> ofCheck = shown.stream().filter(one -> one.check().equals(check)).toList();
    if (ofCheck.size() > MOST_SHOWN) {
      shown.remove(ofCheck.get(0));
    }
    shown.removeIf(one -> !one.isShownAt(now));
    found = List.copyOf(shown);
  }

  // The comparison.

  private Future<TopicReader> reader(State state) {
    if (topics != null) {
      return Future.succeededFuture(topics);
    }
    // Goes on from where the last audit came to, however long the connector, the broker or the
    // service itself was away.
    OffsetDateTime from =
        state.auditedTo() == null
            ? state.now().minus(config.back())
            : earliest(state.auditedTo(), state.compareFrom());
    readTo = notTooFarBack(state, from);
    step = FIRST_STEP;
    return vertx
        .executeBlocking(
            () -> new TopicReader(config.topics(), config.source(), state.topics(), kafka()))
        .onSuccess(made -> topics = made);
  }

  private Map<String, String> kafka() {
    Map<String, String> properties = new TreeMap<>(config.kafka());
    properties.putIfAbsent("metadata.max.age.ms", "5000");
    properties.putIfAbsent("reconnect.backoff.max.ms", "1000");
    return properties;
  }

  private Future<Void> compare(TopicReader reader, State state) {
    Map<String, OffsetDateTime> since = since(reader, state);
    return vertx
        .executeBlocking(() -> reader.look(state.now().minus(config.back()), since))
        .compose(look -> topicsLooked(reader, state, since, look));
  }

  /**
   * Since when the records of each topic are needed: for the rows that nobody may have handled yet,
   * and for those that are to be looked for. Where no group reads a topic, for those of a while.
   */
  private Map<String, OffsetDateTime> since(TopicReader reader, State state) {
    Map<String, OffsetDateTime> handledTo = reader.handledTo();
    OffsetDateTime recent = state.now().minus(config.back());
    Map<String, OffsetDateTime> since = new TreeMap<>();
    for (String topic : config.topics()) {
      OffsetDateTime unhandled = handledTo.getOrDefault(topic, recent);
      since.put(topic, earliest(notTooFarBack(state, unhandled), readTo, beforeOldest()));
    }
    return since;
  }

  private static OffsetDateTime notTooFarBack(State state, OffsetDateTime moment) {
    OffsetDateTime furthest = state.now().minus(FURTHEST_BACK);
    return moment.isBefore(furthest) ? furthest : moment;
  }

  /** A moment after which all rows were written that are awaited; null where none is. */
  private @Nullable OffsetDateTime beforeOldest() {
    OffsetDateTime oldest = unseen.oldest();
    return oldest == null ? null : oldest.minusNanos(1_000);
  }

  private static OffsetDateTime earliest(OffsetDateTime one, @Nullable OffsetDateTime... others) {
    OffsetDateTime earliest = one;
    for (OffsetDateTime other : others) {
      earliest = other != null && other.isBefore(earliest) ? other : earliest;
    }
    return earliest;
  }

  private Future<Void> topicsLooked(
      TopicReader reader, State state, Map<String, OffsetDateTime> since, Look look) {
    List<String> amiss = new ArrayList<>();
    look.absent().forEach(topic -> amiss.add(topic + " is absent"));
    look.anew().forEach(topic -> amiss.add(topic + " was made anew"));
    look.shortened().forEach(topic -> amiss.add(topic + " has lost records"));
    if (!amiss.isEmpty()) {
      LOG.error("{}", String.join(", ", amiss));
    }
    show(TOPICS, amiss);
    if (!look.absent().isEmpty()) {
      return makeAgain(reader, look);
    }
    return begin(reader, state, look.cut(), since).compose(from -> readRows(reader, state, from));
  }

  // What waits for the topic goes on by itself once it is there; what was in it, the next round
  // finds to be missing.
  private Future<Void> makeAgain(TopicReader reader, Look look) {
    return vertx
        .executeBlocking(() -> reader.makeAgain(look.absent()))
        .onSuccess(
            made ->
                made.forEach(
                    (topic, shape) -> LOG.warn("topic {} was made again {}", topic, shape)))
        .mapEmpty();
  }

  /** The moment up to which rows have been read. */
  private Future<OffsetDateTime> begin(
      TopicReader reader, State state, Set<String> cut, Map<String, OffsetDateTime> since) {
    OffsetDateTime from = Objects.requireNonNull(readTo, "readTo");
    boolean othersBegan = state.compareTo() != null && !state.compareTo().equals(compareTo);
    if (cut.isEmpty() && !othersBegan && reader.hasBegun()) {
      return Future.succeededFuture(from);
    }
    if (othersBegan) {
      from = notTooFarBack(state, earliest(from, state.compareFrom(), beforeOldest()));
    }
    for (String topic : cut) {
      from = earliest(from, since.get(topic));
      LOG.warn("records of {} are gone: rows are compared again from {}", topic, from);
    }
    OffsetDateTime begin = from;
    if (cut.isEmpty()) {
      compareTo = state.compareTo();
      return moveTo(reader, begin);
    }
    // First of all it is written down, for a round that fails would leave nothing of it.
    return rows.compareAgain(begin, state.now(), reader.seen())
        .onSuccess(upTo -> compareTo = upTo)
        .compose(upTo -> moveTo(reader, begin));
  }

  private Future<OffsetDateTime> moveTo(TopicReader reader, OffsetDateTime begin) {
    unseen.clear();
    readTo = begin;
    reading = false;
    step = FIRST_STEP;
    return vertx.executeBlocking(
        () -> {
          reader.moveTo(begin);
          return begin;
        });
  }

  private Future<Void> readRows(TopicReader reader, State state, OffsetDateTime from) {
    // While the connector is away rows wait in the table, not here.
    if (reading || isFull() || !state.completeTo().isAfter(from)) {
      return readTopics(reader, state, from);
    }
    OffsetDateTime inSteps = from.plus(step);
    OffsetDateTime upTo = inSteps.isBefore(state.completeTo()) ? inSteps : state.completeTo();
    return rows.read(from, upTo, config.topics(), reader.handledTo(), ROWS_PER_READ)
        .compose(read -> rowsRead(reader, state, upTo, read));
  }

  private Future<Void> rowsRead(
      TopicReader reader, State state, OffsetDateTime upTo, List<Row> read) {
    unseen.await(read, state.written());
    many = read.size() >= MANY_ROWS;
    step = many ? FIRST_STEP : longer(step);
    OffsetDateTime reached =
        read.size() >= ROWS_PER_READ ? read.get(read.size() - 1).createdAt() : upTo;
    readTo = reached;
    return readTopics(reader, state, reached);
  }

  private static Duration longer(Duration step) {
    Duration twice = step.multipliedBy(2);
    return twice.compareTo(LONGEST_STEP) < 0 ? twice : LONGEST_STEP;
  }

  private Future<Void> readTopics(TopicReader reader, State state, OffsetDateTime reached) {
    return vertx
        .executeBlocking(() -> reader.read(unseen, reached, READ_WITHIN))
        .onSuccess(complete -> reading = !complete)
        .compose(complete -> republishMissing(state, reached, complete));
  }

  private boolean isFull() {
    return unseen.size() >= MOST_UNSEEN;
  }

  private Future<Void> republishMissing(State state, OffsetDateTime reached, boolean complete) {
    behind = !complete || (reached.isBefore(state.completeTo()) && !isFull());
    compared = complete;
    // Without a slot nothing is confirmed: rows wait until it is known from where it goes on.
    // Without
    // a publication their copies would be missing as well.
    List<Row> missing =
        complete && !state.slotIsLost() && state.published()
            ? unseen.missing(state.confirmed(), COPIES_PER_TRANSACTION)
            : List.of();
    if (missing.isEmpty()) {
      return Future.succeededFuture();
    }
    return unpublishable
        .among(missing)
        .compose(refused -> republish(state, missing, refused))
        .compose(copied -> republishMissing(state, reached, true));
  }

  /** Publishes what can be published. The others are reported, and not looked for any longer. */
  private Future<List<UUID>> republish(State state, List<Row> missing, Set<UUID> refused) {
    List<Row> publishable = missing.stream().filter(row -> !refused.contains(row.id())).toList();
    List<String> skippedIds = refused.stream().map(UUID::toString).limit(EXAMPLES).toList();
    if (!refused.isEmpty()) {
      skipped.increment(refused.size());
      LOG.error(
          "{} rows of the outbox cannot be published, such as {}", refused.size(), skippedIds);
    }
    show(UNPUBLISHABLE, skippedIds);
    show(ROWS, publishable.stream().map(row -> row.id().toString()).limit(EXAMPLES).toList());
    return rows.republish(publishable).onSuccess(copied -> copied(state, missing, copied));
  }

  private void copied(State state, List<Row> missing, List<UUID> copied) {
    unseen.republished(missing, copied, state.completeTo());
    republished.increment(copied.size());
    LOG.error(
        "{} rows of the outbox were missing from their topics and {} are published again, such as"
            + " {}",
        missing.size(),
        copied.size(),
        missing.get(0).id());
  }

  private Future<Void> remember(TopicReader reader, State state) {
    OffsetDateTime reached = readTo;
    if (reached == null) {
      return Future.succeededFuture();
    }
    // A row that is still awaited is looked for again by whoever comes after a crash.
    OffsetDateTime auditedTo = earliest(reached, beforeOldest());
    lag = new Lag(Duration.between(auditedTo, state.now()), System.nanoTime());
    if (!compared || auditedTo.equals(remembered)) {
      return Future.succeededFuture();
    }
    reader.compared(auditedTo);
    // Both in one: who finds the ids of these topics finds the rows that they hold compared.
    return rows.audited(auditedTo, reader.seen(), compareTo)
        .onSuccess(done -> remembered = auditedTo);
  }
}
