package dev.converge.outbox.housekeeping;

import dev.converge.faults.TransientFaults;
import dev.converge.outbox.housekeeping.Stall.Progress;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports the state of an outbox as findings, as gauges, and in the log where it changes. The drain
 * watch writes it on its event loop; any thread may read it.
 */
final class DrainStatus {
  private static final Logger LOG = LoggerFactory.getLogger(DrainStatus.class);
  private static final String NOT_DRAINED = "outbox-not-drained";
  private static final String NOT_CHECKED = "outbox-not-checked";
  private static final String REPAIRED = "outbox-repaired";

  /**
   * The state of an outbox at one time.
   *
   * @param diagnosis why it is not drained; null if no message waits for too long
   */
  record Verdict(Stall stall, @Nullable Diagnosis diagnosis, long atNanos) {
    private static final Verdict DRAINED =
        new Verdict(new Stall(Duration.ZERO, Duration.ZERO, Progress.NONE), null, 0);

    // The age keeps growing while the database does not answer.
    private Duration age(long nowNanos) {
      return stall.age().isZero()
          ? Duration.ZERO
          : stall.age().plusNanos(Math.max(0, nowNanos - atNanos));
    }

    private boolean isOf(String cause) {
      return diagnosis == null ? cause.equals("none") : diagnosis.cause().tag().equals(cause);
    }
  }

  private final String database;
  private final String connector;
  private final LongSupplier nanoTime;
  private final ShownRepairs repaired = new ShownRepairs();
  private long checkedAtNanos;
  private volatile @Nullable Unchecked unchecked;
  private volatile boolean running;
  private volatile long lagBytes;
  private volatile Verdict verdict = Verdict.DRAINED;

  DrainStatus(String database, String connector, MeterRegistry meters, LongSupplier nanoTime) {
    this.database = database;
    this.connector = connector;
    this.nanoTime = nanoTime;
    Gauge.builder("outbox.connector.running", this, status -> status.running ? 1 : 0)
        .description("1 if the connector and all its tasks run")
        .register(meters);
    Gauge.builder("outbox.slot.lag", this, status -> status.lagBytes)
        .description("Bytes of the log that the connector has not confirmed")
        .baseUnit("bytes")
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
              status -> status.findings().getOrDefault(check, List.of()).size())
          .tag("check", check)
          .register(meters);
    }
  }

  private void gauge(MeterRegistry meters, String cause) {
    Gauge.builder("outbox.oldest.undrained.age", this, status -> status.ageSeconds(cause))
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
      findings.put(NOT_CHECKED, List.of(blind.text(database, now)));
    }
    List<String> done = repaired.at(now);
    if (!done.isEmpty()) {
      findings.put(REPAIRED, done);
    }
    return findings;
  }

  private String text(Diagnosis diagnosis, Duration age) {
    return "%s: the oldest message has waited for %d s: %s"
        .formatted(database, age.toSeconds(), diagnosis.text());
  }

  /** The checks begin: until the first one succeeds, the outbox has not been checked since now. */
  void started() {
    checkedAtNanos = nanoTime.getAsLong();
  }

  /**
   * The log was read.
   *
   * @param bytes from the position that the slot has confirmed to the end of the log
   */
  void slotLags(long bytes) {
    lagBytes = bytes;
  }

  void connectorRuns(boolean runs) {
    if (running != runs) {
      LOG.info("connector {} is {}", connector, runs ? "running" : "not running");
    }
    running = runs;
  }

  void repaired(String what) {
    LOG.error("{}: {}", database, what);
    repaired.add(database + ": " + what, nanoTime.getAsLong());
  }

  /**
   * The outbox could not be checked. The last verdict stays.
   *
   * @param ofConnector what is known without the database; null if nothing is
   */
  void notChecked(Throwable cause, @Nullable Diagnosis ofConnector) {
    String why = TransientFaults.describe(cause);
    Unchecked before = unchecked;
    if (before == null || !before.why().equals(why)) {
      LOG.warn("outbox of {} not checked: {}", database, String.valueOf(cause));
    }
    unchecked = new Unchecked(checkedAtNanos, why, ofConnector);
  }

  /** The outbox was checked. */
  void checked(Verdict next) {
    if (unchecked != null) {
      LOG.info("outbox of {} is checked again", database);
    }
    unchecked = null;
    checkedAtNanos = next.atNanos();
    Diagnosis before = verdict.diagnosis();
    Diagnosis now = next.diagnosis();
    verdict = next;
    if (now != null && (before == null || before.cause() != now.cause())) {
      LOG.error("{}: {}", NOT_DRAINED, text(now, next.stall().age()));
    } else if (before != null && now == null) {
      LOG.info("{}: {} is drained again", NOT_DRAINED, database);
    }
  }
}
