package dev.converge.outbox.reconciler;

import dev.converge.faults.TransientFaults;
import dev.converge.outbox.reconciler.ObservedTopics.Needed;
import dev.converge.outbox.reconciler.Round.Decision;
import dev.converge.outbox.reconciler.Round.Pace;
import dev.converge.outbox.reconciler.Round.RowsToRead;
import dev.converge.outbox.reconciler.UnseenRows.Row;
import dev.converge.timing.Periodic;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares an outbox with its topics, and publishes missing rows again.
 *
 * <p>Each round reads the rows written since the last one, and the topics for their ids. A row that
 * is in no topic is missing once the connector has confirmed a position past it. While a connector,
 * a database or a broker is unavailable, rows wait. A missing row is written to the outbox again
 * with its id, so that it is published like any other; the inbox deduplicates it if it had arrived
 * after all.
 *
 * <p>If a topic was recreated or has lost records, the rows that a group may not have handled yet
 * are compared again.
 *
 * <p>This class reads and writes; {@link Round} decides.
 */
public final class OutboxReconciler extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxReconciler.class);

  private static final Duration READ_WITHIN = Duration.ofSeconds(5);
  private static final Duration IMMEDIATELY = Duration.ofMillis(100);

  // Many rows are compared in small portions, so that the reconciler never occupies the processors
  // for long.
  private static final Duration SOON = Duration.ofSeconds(3);
  private static final long STOP_WITHIN_SECONDS = 15;

  /**
   * The settings of a reconciler.
   *
   * @param slot the replication slot of the outbox's connector
   * @param source the value that the connector gives {@code ce_source}
   * @param topics all topics of the outbox's messages
   * @param every the time between rounds
   * @param grace how long a row may take to reach its topic before it is compared
   * @param back how far back rows are compared again after a topic that no group reads was
   *     recreated or has lost records
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

    /** Every 15 s, with a grace of 10 s; one hour back for a topic that no group reads. */
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

    /** The same, with another time between rounds. */
    public Config withEvery(Duration interval) {
      return new Config(slot, source, topics, interval, grace, back, kafka);
    }
  }

  /** The lag at the end of a round. */
  private record Lag(Duration then, long atNanos) {}

  private final Config config;
  private final OutboxRows rows;
  private final UnpublishableRows unpublishable;
  private final Findings findings = new Findings(System::nanoTime);
  private final Counter republished;
  private final Counter skipped;
  private final BooleanSupplier runsHere;
  private final Periodic rounds;

  private ReconcilerState state = ReconcilerState.INITIAL;
  private @Nullable TopicReader topics;
  private Future<Void> current = Future.succeededFuture();
  private volatile @Nullable Lag lag;

  public OutboxReconciler(Config config, Pool pool, MeterRegistry meters) {
    this(config, pool, meters, () -> true);
  }

  /**
   * A reconciler that runs in one of several instances at a time.
   *
   * @param runsHere whether it is this instance. Two that believe so for a moment do no harm: the
   *     inbox deduplicates what both publish again
   */
  public OutboxReconciler(
      Config config, Pool pool, MeterRegistry meters, BooleanSupplier runsHere) {
    this.config = config;
    this.runsHere = runsHere;
    this.rows = new OutboxRows(pool);
    this.unpublishable = new UnpublishableRows(pool);
    this.rounds = new Periodic(this::runRound, cause -> config.every());
    this.republished = meters.counter("outbox.reconciler.republished");
    this.skipped = meters.counter("outbox.reconciler.unpublishable");
    Gauge.builder("outbox.reconciler.lag", this, OutboxReconciler::lagSeconds)
        .baseUnit("seconds")
        .register(meters);
    for (Check check : Check.values()) {
      Gauge.builder("audit.findings", findings, shown -> shown.count(check))
          .tag("check", check.id())
          .register(meters);
    }
  }

  /**
   * Current findings by check, with up to 100 cases each: {@code outbox-slot}, {@code
   * outbox-topics} (absent, recreated or shortened), {@code outbox-rows} (the ids of rows that are
   * published again), {@code outbox-unpublishable} (the ids of rows that are missing and cannot be
   * published), {@code outbox-not-reconciled} (why the last round failed). A repair is reported for
   * a minute. Empty if there are none.
   */
  public Map<String, List<String>> findings() {
    return findings.all();
  }

  // Grows while rounds fail: missing rows are not detected then.
  private double lagSeconds() {
    Lag last = lag;
    return last == null
        ? 0
        : (last.then().toNanos() + System.nanoTime() - last.atNanos()) / 1_000_000_000.0;
  }

  /** Schedules the first round. Succeeds even if the database or the broker is unavailable. */
  @Override
  public Future<?> start() {
    rounds.start(vertx, config.every());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    rounds.stop();
    return current.timeout(STOP_WITHIN_SECONDS, TimeUnit.SECONDS).transform(ended -> close());
  }

  private Future<Duration> runRound() {
    if (!runsHere.getAsBoolean()) {
      // Another instance continues from the saved position; so will this one.
      return close().map(config.every());
    }
    Future<Pace> round =
        rows.summarize()
            .compose(done -> rows.state(config.slot(), config.grace()))
            .compose(db -> new RunningRound(new Round(config, db)).run());
    current = round.mapEmpty();
    return round
        .onSuccess(pace -> findings.succeeded())
        .map(this::delay)
        .recover(cause -> failed(cause).map(config.every()));
  }

  private Duration delay(Pace pace) {
    return switch (pace) {
      case IMMEDIATE -> IMMEDIATELY;
      case SOON -> SOON.compareTo(config.every()) < 0 ? SOON : config.every();
      case REGULAR -> config.every();
    };
  }

  private Future<Void> failed(Throwable cause) {
    // An unavailable database or broker is logged once.
    if (findings.failed(TransientFaults.describe(cause))) {
      LOG.warn(
          "outbox not reconciled, next attempt in {}: {}", config.every(), String.valueOf(cause));
    }
    return close();
  }

  private Future<Void> close() {
    TopicReader open = topics;
    topics = null;
    state = state.failed();
    return open == null
        ? Future.succeededFuture()
        : vertx.executeBlocking(
            () -> {
              open.close();
              return null;
            });
  }

  private Future<TopicReader> reader() {
    TopicReader open = topics;
    if (open != null) {
      return Future.succeededFuture(open);
    }
    return vertx
        .executeBlocking(() -> new TopicReader(config.topics(), config.source(), kafka()))
        .onSuccess(opened -> topics = opened);
  }

  private Map<String, String> kafka() {
    Map<String, String> properties = new TreeMap<>(config.kafka());
    properties.putIfAbsent("metadata.max.age.ms", "5000");
    properties.putIfAbsent("reconnect.backoff.max.ms", "1000");
    return properties;
  }

  /** Runs one round: observes, applies the decisions, executes their effects. */
  private final class RunningRound implements Effect.Target {
    private final Round round;

    RunningRound(Round round) {
      this.round = round;
    }

    Future<Pace> run() {
      return apply(round.start(state))
          .compose(started -> reader())
          .compose(this::observeTopics)
          .onSuccess(pace -> lag = new Lag(round.lag(state), System.nanoTime()));
    }

    private Future<Void> apply(Decision decision) {
      state = decision.state();
      Future<Void> done = Future.succeededFuture();
      for (Effect effect : decision.effects()) {
        done = done.compose(before -> effect.execute(this));
      }
      return done;
    }

    private Future<Pace> observeTopics(TopicReader reader) {
      KnownTopics known = state.started().topics();
      Needed needed = round.needed(state);
      return vertx
          .executeBlocking(() -> reader.observe(known, needed))
          .map(observed -> round.topicsObserved(state, observed))
          .compose(
              decision ->
                  apply(decision).compose(done -> compareUnlessOver(reader, decision.pace())));
    }

    private Future<Pace> compareUnlessOver(TopicReader reader, @Nullable Pace pace) {
      return pace == null ? compare(reader) : Future.succeededFuture(pace);
    }

    private Future<Pace> compare(TopicReader reader) {
      return readRows()
          .compose(rowsRead -> search(reader).map(searched -> round.pace(state, rowsRead)));
    }

    private Future<Integer> readRows() {
      RowsToRead asked = round.nextRows(state);
      return asked == null
          ? Future.succeededFuture(0)
          : rows.read(asked, config.topics())
              .onSuccess(read -> state = round.rowsRead(state, asked, read))
              .map(List::size);
    }

    private Future<Void> search(TopicReader reader) {
      Comparison comparison = state.started();
      if (comparison.unseen().size() == 0) {
        return apply(round.nothingToSearch(state));
      }
      return vertx
          .executeBlocking(
              () -> reader.read(comparison.position(), comparison.unseen(), READ_WITHIN))
          .compose(records -> apply(round.recordsRead(state, records)));
    }

    @Override
    public Future<Void> report(Effect.Report report) {
      findings.report(report.check(), report.cases());
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> log(Effect.Log log) {
      LOG.atLevel(log.level()).log(log.message());
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> recreateSlot() {
      return rows.recreateSlot().recover(this::slotNotRecreated);
    }

    // It is tried again in the next round, and the finding stays.
    private Future<Void> slotNotRecreated(Throwable cause) {
      LOG.warn("slot {} not recreated: {}", config.slot(), String.valueOf(cause));
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> recreateTopics(Effect.RecreateTopics recreate) {
      return reader()
          .compose(
              reader ->
                  vertx.executeBlocking(() -> reader.create(recreate.topics(), recreate.known())))
          .onSuccess(
              created ->
                  created.forEach(
                      (topic, shape) -> LOG.warn("topic {} was recreated {}", topic, shape)))
          .mapEmpty();
    }

    @Override
    public Future<Void> compareAgain(Effect.CompareAgain again) {
      return rows.compareAgain(again.from(), again.to(), again.topics()).mapEmpty();
    }

    @Override
    public Future<Void> checkPublishable(Effect.CheckPublishable check) {
      return unpublishable
          .among(check.missing())
          .onSuccess(refused -> skipped.increment(refused.size()))
          .compose(refused -> checked(check.missing(), refused));
    }

    private Future<Void> checked(List<Row> missing, Set<UUID> refused) {
      return rows.copies(missing)
          .compose(copies -> apply(round.checked(state, missing, refused, copies)));
    }

    @Override
    public Future<Void> republish(Effect.Republish republish) {
      return rows.republish(republish.publishable())
          .onSuccess(copied -> republished.increment(copied.size()))
          .compose(copied -> apply(round.republished(state, republish.missing(), copied)));
    }

    @Override
    public Future<Void> saveProgress(Effect.SaveProgress save) {
      return rows.saveProgress(save.comparedTo(), save.topics(), save.repeatTo());
    }
  }
}
