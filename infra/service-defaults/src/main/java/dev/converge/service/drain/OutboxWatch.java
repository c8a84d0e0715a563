package dev.converge.service.drain;

import dev.converge.service.drain.Connector.Registered;
import dev.converge.service.drain.Diagnosis.Observed;
import dev.converge.service.drain.SourceDatabase.Seen;
import dev.converge.service.drain.Stall.Progress;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.net.URI;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches whether a service's outbox is drained. A message that waits for more than 30 s is a
 * finding, with its age and the cause. What the platform can repair it repairs: what of the
 * connector has failed, a connector that is gone, a publication, a slot that cannot be decoded.
 * What an operator has halted it only reports.
 */
public final class OutboxWatch extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxWatch.class);
  private static final String NOT_DRAINED = "outbox-not-drained";
  private static final String REPAIRED = "outbox-repaired";
  private static final Duration FAILED_LATELY = Duration.ofSeconds(30);
  private static final Duration FOUND_AFTER = Duration.ofSeconds(30);

  // Younger messages may be under way: nobody asks for the oldest of them.
  private static final Duration UNDER_WAY = Duration.ofSeconds(10);

  /**
   * What a watch needs to know.
   *
   * @param database what the findings call it, such as {@code order-db}
   * @param connect the address of Kafka Connect
   * @param connector its name; {@code debezium/NAME.json} on the class path is its configuration
   * @param kafkaBootstrapServers Kafka's addresses
   * @param every how long to wait between checks
   */
  public record Config(
      String database,
      URI connect,
      String connector,
      String kafkaBootstrapServers,
      Duration every) {}

  /** The state of an outbox at a moment. */
  private record Verdict(Stall stall, @Nullable Diagnosis diagnosis, long atNanos) {
    static final Verdict DRAINED =
        new Verdict(new Stall(Duration.ZERO, Duration.ZERO, Progress.NONE), null, 0);

    // It goes on growing while the database cannot be asked.
    Duration age(long nowNanos) {
      return stall.age().isZero()
          ? Duration.ZERO
          : stall.age().plusNanos(Math.max(0, nowNanos - atNanos));
    }

    boolean isOf(String cause) {
      return diagnosis == null ? cause.equals("none") : diagnosis.cause().tag().equals(cause);
    }
  }

  private final Config config;
  private final ConnectorResource resource;
  private final SourceDatabase source;
  private final DrainProgress progress = new DrainProgress();
  private final RepairPlan plan = new RepairPlan();
  private final ShownRepairs repaired = new ShownRepairs();

  private @Nullable Repairs repairs;
  private @Nullable ConnectApi connect;
  private @Nullable KafkaAddress kafka;
  private @Nullable OffsetDateTime oldest;
  private @Nullable Registered failed;
  private long failedAtNanos;
  private boolean asked = true;
  private volatile boolean running;
  private volatile Verdict verdict = Verdict.DRAINED;

  public OutboxWatch(Config config, Pool pool, MeterRegistry meters) {
    this.config = config;
    this.resource = ConnectorResource.find(config.connector());
    this.source = new SourceDatabase(pool, resource.names());
    Gauge.builder("outbox.connector.running", this, watch -> watch.running ? 1 : 0)
        .register(meters);
    gauge(meters, "none");
    for (DrainCause cause : DrainCause.values()) {
      gauge(meters, cause.tag());
    }
    for (String check : List.of(NOT_DRAINED, REPAIRED)) {
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
        .baseUnit("seconds")
        .tag("cause", cause)
        .register(meters);
  }

  private double ageSeconds(String cause) {
    Verdict last = verdict;
    return last.isOf(cause) ? last.age(System.nanoTime()).toMillis() / 1_000.0 : 0;
  }

  /**
   * What is found: {@code outbox-not-drained}, the oldest message's age and why it waits, and
   * {@code outbox-repaired}, what was repaired within the last minute. Empty when all is well.
   */
  public Map<String, List<String>> findings() {
    long now = System.nanoTime();
    Map<String, List<String>> findings = new TreeMap<>();
    Verdict last = verdict;
    Diagnosis diagnosis = last.diagnosis();
    if (diagnosis != null) {
      findings.put(NOT_DRAINED, List.of(text(diagnosis, last.age(now))));
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

  @Override
  public Future<?> start() {
    connect = new ConnectApi(vertx, config.connect(), config.connector());
    kafka = new KafkaAddress(vertx, config.kafkaBootstrapServers());
    repairs = new Repairs(vertx, source, connect, resource, this::shown);
    again();
    return Future.succeededFuture();
  }

  private void shown(String what) {
    LOG.error("{}: {}", config.database(), what);
    repaired.add(config.database() + ": " + what, System.nanoTime());
  }

  private void again() {
    vertx.setTimer(config.every().toMillis(), timer -> check());
  }

  private void check() {
    ConnectApi api = connect;
    if (api == null) {
      return;
    }
    api.state()
        .onSuccess(this::connectorSeen)
        .compose(connector -> source.look().compose(seen -> judge(connector, seen)))
        .onSuccess(done -> asked = true)
        .onFailure(this::notAsked)
        .onComplete(checked -> again());
  }

  private void connectorSeen(Connector connector) {
    if (connector instanceof Registered registered && registered.hasFailed()) {
      failed = registered;
      failedAtNanos = System.nanoTime();
    }
    boolean runs = connector instanceof Registered registered && registered.isRunning();
    if (running != runs) {
      LOG.info("connector {} is {}", config.connector(), runs ? "running" : "not running");
    }
    running = runs;
  }

  // The last verdict stays: that the database does not answer does not drain its outbox. The audit
  // of the outbox reports that it does not answer.
  private void notAsked(Throwable cause) {
    if (asked) {
      LOG.warn("outbox of {} not watched: {}", config.database(), String.valueOf(cause));
    }
    asked = false;
  }

  private Future<Void> judge(Connector connector, Seen seen) {
    // Without its publication the connector confirms positions and sends nothing.
    boolean published = seen.source().publication().publishesOutbox();
    progress.sample(seen.sample(), published ? seen.confirmed() : 0);
    return oldest(seen)
        .map(row -> Stall.of(seen, row, progress))
        .compose(stall -> diagnose(connector, seen, stall))
        .onSuccess(this::turn)
        .compose(judged -> repair(connector, seen, judged.stall()));
  }

  private Future<@Nullable OffsetDateTime> oldest(Seen seen) {
    OffsetDateTime drainedTo = DrainProgress.later(seen.auditedTo(), progress.confirmedTo());
    OffsetDateTime now = seen.sample().takenAt();
    if (drainedTo != null && drainedTo.plus(UNDER_WAY).isAfter(now)) {
      oldest = null;
      return Future.succeededFuture(null);
    }
    // The oldest stays the oldest until the outbox is drained up to it.
    OffsetDateTime known = oldest;
    if (known != null && (drainedTo == null || known.isAfter(drainedTo))) {
      return Future.succeededFuture(known);
    }
    return source.oldest(drainedTo).onSuccess(found -> oldest = found);
  }

  private Future<Verdict> diagnose(Connector connector, Seen seen, Stall stall) {
    long now = System.nanoTime();
    KafkaAddress address = kafka;
    if (stall.age().compareTo(FOUND_AFTER) < 0 || address == null) {
      return Future.succeededFuture(new Verdict(stall, null, now));
    }
    return address
        .whyNot()
        .map(
            why ->
                Diagnosis.of(
                    new Observed(
                        resource.names(),
                        asItFails(connector),
                        why,
                        seen.source(),
                        stall.progress(),
                        unrepaired())))
        .map(diagnosis -> new Verdict(stall, diagnosis, now));
  }

  private @Nullable String unrepaired() {
    Repairs by = repairs;
    return by == null ? null : by.failure(Repair.REPAIR_PUBLICATION);
  }

  // What fails again and again runs for a moment after each restart.
  private Connector asItFails(Connector connector) {
    Registered last = failed;
    boolean lately = System.nanoTime() - failedAtNanos < FAILED_LATELY.toNanos();
    return last != null
            && lately
            && connector instanceof Registered registered
            && !registered.isHalted()
        ? last
        : connector;
  }

  private void turn(Verdict next) {
    Diagnosis before = verdict.diagnosis();
    Diagnosis now = next.diagnosis();
    verdict = next;
    if (now != null && (before == null || before.cause() != now.cause())) {
      LOG.error("audit: {}: {}", NOT_DRAINED, text(now, next.stall().age()));
    } else if (before != null && now == null) {
      LOG.info("audit: {}: {} is drained again", NOT_DRAINED, config.database());
    }
  }

  private Future<Void> repair(Connector connector, Seen seen, Stall stall) {
    Repairs by = repairs;
    return by == null
        ? Future.succeededFuture()
        : by.make(
            plan.due(connector, seen.source(), stall.standing(), System.nanoTime()),
            seen.confirmed());
  }
}
