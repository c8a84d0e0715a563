package dev.converge.outbox.housekeeping;

import dev.converge.outbox.housekeeping.Connector.Registered;
import dev.converge.outbox.housekeeping.Diagnosis.Observed;
import dev.converge.outbox.housekeeping.DrainStatus.Verdict;
import dev.converge.outbox.housekeeping.OutboxHousekeeping.Config;
import dev.converge.outbox.housekeeping.SourceDatabase.Seen;
import dev.converge.outbox.housekeeping.Stall.Progress;
import dev.converge.timing.Periodic;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether an outbox is drained. It reports a message that waits for more than 30 s, with its
 * age and the cause, and repairs what it can. While it cannot read the database it reports that,
 * and repairs what needs Kafka Connect alone.
 */
final class DrainWatch {
  private static final Duration FAILED_RECENTLY = Duration.ofSeconds(30);
  private static final Duration REPORTED_AFTER = Duration.ofSeconds(30);

  // Younger messages may be in flight; the oldest of them is not queried.
  private static final Duration IN_FLIGHT = Duration.ofSeconds(10);

  /** The parts that need the event loop; created at start. */
  private record Parts(ConnectApi connect, KafkaAddress kafka, Repairs repairs) {}

  private final Config config;
  private final LongSupplier nanoTime;
  private final ConnectorSpec spec;
  private final SourceDatabase source;
  private final BooleanSupplier runsHere;
  private final DrainStatus status;
  private DrainProgress progress = new DrainProgress();
  private RepairPlan plan = new RepairPlan();
  private boolean watching = true;

  private @Nullable OffsetDateTime oldest;
  private @Nullable Registered failed;
  private long failedAtNanos;

  DrainWatch(
      Config config,
      Pool pool,
      MeterRegistry meters,
      LongSupplier nanoTime,
      BooleanSupplier runsHere) {
    this.config = config;
    this.nanoTime = nanoTime;
    this.runsHere = runsHere;
    this.spec = new ConnectorSpec(config.connector(), config.connectorConfig());
    this.source = new SourceDatabase(pool, spec.names());
    this.status = new DrainStatus(config.database(), config.connector(), meters, nanoTime);
  }

  /** The findings, see {@link OutboxHousekeeping#findings}. */
  Map<String, List<String>> findings() {
    return status.findings();
  }

  /** Starts the checks; the caller stops them. */
  Periodic start(Vertx vertx) {
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
                status::repaired));
    status.started();
    Periodic checks = new Periodic(() -> check(parts), this::failed);
    checks.start(vertx, config.checkEvery());
    return checks;
  }

  private Future<Duration> check(Parts parts) {
    if (!runsHere.getAsBoolean()) {
      watching = false;
      return Future.succeededFuture(config.checkEvery());
    }
    if (!watching) {
      watchAgain();
    }
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

  // The state that was observed before another instance watched is out of date.
  private void watchAgain() {
    watching = true;
    progress = new DrainProgress();
    plan = new RepairPlan();
    oldest = null;
    failed = null;
    status.started();
  }

  private Future<Void> readAndJudge(Parts parts, Connector connector) {
    return source.read().compose(seen -> judge(parts, connector, seen));
  }

  private void connectorSeen(Connector connector) {
    if (connector instanceof Registered registered && registered.hasFailed()) {
      failed = registered;
      failedAtNanos = nanoTime.getAsLong();
    }
    status.connectorRuns(connector instanceof Registered registered && registered.isRunning());
  }

  private Duration failed(Throwable cause) {
    status.notChecked(cause, null);
    return config.checkEvery();
  }

  // The last verdict stays. Problems of Kafka Connect alone are diagnosed and repaired.
  private Future<Void> cannotCheck(Parts parts, Connector connector, Throwable cause) {
    return parts
        .kafka()
        .unreachable()
        .onSuccess(kafka -> status.notChecked(cause, withoutDatabase(connector, kafka)))
        .compose(noted -> repair(parts, connector, Source.UNREAD, 0, Duration.ZERO, Duration.ZERO));
  }

  private @Nullable Diagnosis withoutDatabase(Connector connector, @Nullable String kafka) {
    return Diagnosis.ofConnector(
        new Observed(
            spec.names(), asItFails(connector), kafka, Source.UNREAD, Progress.NONE, null));
  }

  private Future<Void> judge(Parts parts, Connector connector, Seen seen) {
    // Without its publication the connector confirms positions and sends nothing.
    boolean published = seen.source().publication().publishesOutbox();
    progress.sample(seen.sample(), published ? seen.confirmed() : 0);
    status.slotLags(seen.lagBytes());
    return oldest(seen)
        .map(row -> Stall.of(seen, row, progress))
        .compose(stall -> diagnose(parts, connector, seen, stall))
        .onSuccess(status::checked)
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
