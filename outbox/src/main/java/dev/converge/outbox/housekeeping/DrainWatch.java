package dev.converge.outbox.housekeeping;

import dev.converge.faults.TransientFaults;
import dev.converge.outbox.housekeeping.Connector.Registered;
import dev.converge.outbox.housekeeping.Diagnosis.Observed;
import dev.converge.outbox.housekeeping.OutboxHousekeeping.Config;
import dev.converge.outbox.housekeeping.SourceDatabase.Seen;
import dev.converge.outbox.housekeeping.Stall.Progress;
import dev.converge.timing.Periodic;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks whether an outbox is drained. It reports a message that waits for more than 30 s, with its
 * age and the cause, and repairs what it can. While it cannot read the database it reports that,
 * and repairs what needs Kafka Connect alone.
 */
final class DrainWatch {
  private static final Logger LOG = LoggerFactory.getLogger(DrainWatch.class);
  private static final String NOT_DRAINED = "outbox-not-drained";
  private static final String NOT_CHECKED = "outbox-not-checked";
  private static final String REPAIRED = "outbox-repaired";
  private static final Duration FAILED_RECENTLY = Duration.ofSeconds(30);
  private static final Duration REPORTED_AFTER = Duration.ofSeconds(30);

  // Younger messages may be in flight; the oldest of them is not queried.
  private static final Duration IN_FLIGHT = Duration.ofSeconds(10);

  /** The state of an outbox at one time. */
  private record Verdict(Stall stall, @Nullable Diagnosis diagnosis, long atNanos) {
    static final Verdict DRAINED =
        new Verdict(new Stall(Duration.ZERO, Duration.ZERO, Progress.NONE), null, 0);

    // The age keeps growing while the database does not answer.
    Duration age(long nowNanos) {
      return stall.age().isZero()
          ? Duration.ZERO
          : stall.age().plusNanos(Math.max(0, nowNanos - atNanos));
    }

    boolean isOf(String cause) {
      return diagnosis == null ? cause.equals("none") : diagnosis.cause().tag().equals(cause);
    }
  }

  /** What needs the event loop; created at start. */
  private record Parts(ConnectApi connect, KafkaAddress kafka, Repairs repairs) {}

  private final Config config;
  private final LongSupplier nanoTime;
  private final ConnectorSpec spec;
  private final SourceDatabase source;
  private final DrainProgress progress = new DrainProgress();
  private final RepairPlan plan = new RepairPlan();
  private final ShownRepairs repaired = new ShownRepairs();

  private @Nullable OffsetDateTime oldest;
  private @Nullable Registered failed;
  private long failedAtNanos;
  private long checkedAtNanos;
  private volatile @Nullable Unchecked unchecked;
  private volatile boolean running;
  private volatile Verdict verdict = Verdict.DRAINED;

  DrainWatch(Config config, Pool pool, MeterRegistry meters, LongSupplier nanoTime) {
    this.config = config;
    this.nanoTime = nanoTime;
    this.spec = new ConnectorSpec(config.connector(), config.connectorConfig());
    this.source = new SourceDatabase(pool, spec.names());
    Gauge.builder("outbox.connector.running", this, watch -> watch.running ? 1 : 0)
        .description("1 if the connector and all its tasks run")
        .register(meters);
    gauge(meters, "none");
    gauge(meters, Unchecked.TAG);
    for (DrainCause cause : DrainCause.values()) {
      gauge(meters, cause.tag());
    }
    for (String check : List.of(NOT_DRAINED, NOT_CHECKED, REPAIRED)) {
      Gauge.builder(
              "audit.findings",
              this,
              watch -> watch.findings().getOrDefault(check, List.of()).size())
          .tag("check", check)
          .register(meters);
    }
  }

  private void gauge(MeterRegistry meters, String cause) {
    Gauge.builder("outbox.oldest.undrained.age", this, watch -> watch.ageSeconds(cause))
        .description("How long the oldest message has waited to be published, by the cause")
        .baseUnit("seconds")
        .tag("cause", cause)
        .register(meters);
  }

  private double ageSeconds(String cause) {
    long now = nanoTime.getAsLong();
    Verdict last = verdict;
    Unchecked blind = unchecked;
    Duration age = last.isOf(cause) ? last.age(now) : Duration.ZERO;
    if (cause.equals(Unchecked.TAG) && blind != null) {
      age = blind.age(now);
    }
    return age.toMillis() / 1_000.0;
  }

  /** The findings, see {@link OutboxHousekeeping#findings}. */
  Map<String, List<String>> findings() {
    long now = nanoTime.getAsLong();
    Map<String, List<String>> findings = new TreeMap<>();
    Verdict last = verdict;
    Diagnosis diagnosis = last.diagnosis();
    if (diagnosis != null) {
      findings.put(NOT_DRAINED, List.of(text(diagnosis, last.age(now))));
    }
    Unchecked blind = unchecked;
    if (blind != null && !blind.age(now).isZero()) {
      findings.put(NOT_CHECKED, List.of(blind.text(config.database(), now)));
    }
    List<String> done = repaired.at(now);
    if (!done.isEmpty()) {
      findings.put(REPAIRED, done);
    }
    return findings;
  }

  private String text(Diagnosis diagnosis, Duration age) {
    return "%s: the oldest message has waited for %d s: %s"
        .formatted(config.database(), age.toSeconds(), diagnosis.text());
  }

  void start(Vertx vertx) {
    ConnectApi connect = new ConnectApi(vertx, config.connect(), config.connector());
    KafkaAddress kafka = new KafkaAddress(vertx, config.kafkaBootstrapServers());
    Parts parts =
        new Parts(
            connect,
            kafka,
            new Repairs(
                vertx,
                source,
                connect,
                new HeartbeatTopic(vertx, kafka, config.kafkaBootstrapServers()),
                spec,
                this::show));
    checkedAtNanos = nanoTime.getAsLong();
    Periodic.start(vertx, config.checkEvery(), () -> check(parts), this::failed);
  }

  private void show(String what) {
    LOG.error("{}: {}", config.database(), what);
    repaired.add(config.database() + ": " + what, nanoTime.getAsLong());
  }

  private Future<Duration> check(Parts parts) {
    return parts
        .connect()
        .state()
        .onSuccess(this::connectorSeen)
        .compose(
            connector ->
                readAndJudge(parts, connector)
                    .recover(cause -> cannotCheck(parts, connector, cause)))
        .map(config.checkEvery());
  }

  private Future<Void> readAndJudge(Parts parts, Connector connector) {
    return source.read().compose(seen -> judge(parts, connector, seen));
  }

  private void connectorSeen(Connector connector) {
    if (connector instanceof Registered registered && registered.hasFailed()) {
      failed = registered;
      failedAtNanos = nanoTime.getAsLong();
    }
    boolean runs = connector instanceof Registered registered && registered.isRunning();
    if (running != runs) {
      LOG.info("connector {} is {}", config.connector(), runs ? "running" : "not running");
    }
    running = runs;
  }

  private Duration failed(Throwable cause) {
    note(cause, null);
    return config.checkEvery();
  }

  // The last verdict stays. What needs Kafka Connect alone is diagnosed and repaired.
  private Future<Void> cannotCheck(Parts parts, Connector connector, Throwable cause) {
    return parts
        .kafka()
        .unreachable()
        .onSuccess(kafka -> note(cause, withoutDatabase(connector, kafka)))
        .compose(noted -> repair(parts, connector, Source.UNREAD, 0, Duration.ZERO, Duration.ZERO));
  }

  private @Nullable Diagnosis withoutDatabase(Connector connector, @Nullable String kafka) {
    return Diagnosis.ofConnector(
        new Observed(
            spec.names(), asItFails(connector), kafka, Source.UNREAD, Progress.NONE, null));
  }

  private void note(Throwable cause, @Nullable Diagnosis connector) {
    String why = TransientFaults.describe(cause);
    Unchecked before = unchecked;
    if (before == null || !before.why().equals(why)) {
      LOG.warn("outbox of {} not checked: {}", config.database(), String.valueOf(cause));
    }
    unchecked = new Unchecked(checkedAtNanos, why, connector);
  }

  private void checked(long now) {
    if (unchecked != null) {
      LOG.info("outbox of {} is checked again", config.database());
    }
    unchecked = null;
    checkedAtNanos = now;
  }

  private Future<Void> judge(Parts parts, Connector connector, Seen seen) {
    // Without its publication the connector confirms positions and sends nothing.
    boolean published = seen.source().publication().publishesOutbox();
    progress.sample(seen.sample(), published ? seen.confirmed() : 0);
    return oldest(seen)
        .map(row -> Stall.of(seen, row, progress))
        .compose(stall -> diagnose(parts, connector, seen, stall))
        .onSuccess(this::report)
        .compose(
            judged ->
                repair(
                    parts,
                    connector,
                    seen.source(),
                    seen.confirmed(),
                    judged.stall().standing(),
                    progress.standingFor(seen.sample().takenAt())));
  }

  private Future<@Nullable OffsetDateTime> oldest(Seen seen) {
    OffsetDateTime now = seen.sample().takenAt();
    OffsetDateTime drainedTo = progress.drainedTo(seen.reconciledTo(), now);
    if (drainedTo != null && drainedTo.plus(IN_FLIGHT).isAfter(now)) {
      oldest = null;
      return Future.succeededFuture(null);
    }
    // The oldest stays the oldest until the outbox is drained up to it.
    OffsetDateTime known = DrainProgress.earlier(oldest, now);
    oldest = known;
    if (known != null && (drainedTo == null || known.isAfter(drainedTo))) {
      return Future.succeededFuture(known);
    }
    // A row with a time in the future was written now at the latest.
    return source
        .oldest(drainedTo)
        .map(found -> DrainProgress.earlier(found, now))
        .onSuccess(found -> oldest = found);
  }

  private Future<Verdict> diagnose(Parts parts, Connector connector, Seen seen, Stall stall) {
    long now = nanoTime.getAsLong();
    if (stall.age().compareTo(REPORTED_AFTER) < 0) {
      return Future.succeededFuture(new Verdict(stall, null, now));
    }
    return parts
        .kafka()
        .unreachable()
        .map(
            why ->
                Diagnosis.of(
                    new Observed(
                        spec.names(),
                        asItFails(connector),
                        why,
                        seen.source(),
                        stall.progress(),
                        parts.repairs().failure(Repair.REPAIR_PUBLICATION))))
        .map(diagnosis -> new Verdict(stall, diagnosis, now));
  }

  // A connector that fails repeatedly runs for a moment after each restart.
  private Connector asItFails(Connector connector) {
    Registered last = failed;
    boolean recently = nanoTime.getAsLong() - failedAtNanos < FAILED_RECENTLY.toNanos();
    return last != null
            && recently
            && connector instanceof Registered registered
            && !registered.isHalted()
        ? last
        : connector;
  }

  private void report(Verdict next) {
    checked(next.atNanos());
    Diagnosis before = verdict.diagnosis();
    Diagnosis now = next.diagnosis();
    verdict = next;
    if (now != null && (before == null || before.cause() != now.cause())) {
      LOG.error("{}: {}", NOT_DRAINED, text(now, next.stall().age()));
    } else if (before != null && now == null) {
      LOG.info("{}: {} is drained again", NOT_DRAINED, config.database());
    }
  }

  private Future<Void> repair(
      Parts parts,
      Connector connector,
      Source seen,
      long confirmed,
      Duration waiting,
      Duration standing) {
    return parts
        .repairs()
        .make(plan.due(connector, seen, waiting, standing, nanoTime.getAsLong()), confirmed);
  }
}
