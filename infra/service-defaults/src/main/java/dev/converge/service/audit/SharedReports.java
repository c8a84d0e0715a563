package dev.converge.service.audit;

import dev.converge.faults.RowCounts;
import dev.converge.service.jobs.JobMeters;
import dev.converge.timing.Periodic;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exchanges the reports of a service's instances in a table of its database, so that every instance
 * shows the same. The instance that runs the jobs writes their report. Each instance writes what
 * its consumer reports, while that is not empty. All of them read what the others have written.
 */
final class SharedReports {
  private static final Logger LOG = LoggerFactory.getLogger(SharedReports.class);
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(5);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(3);

  /** The reporter of the jobs' report; an instance's own is "consumer of" and its name. */
  private static final String JOBS = "jobs";

  private static final String GAUGES = "gauges";

  private static final String WRITE =
      """
      INSERT INTO audit_report (reporter, report, reported_at)
      VALUES ($1, $2::text::json, clock_timestamp())
      ON CONFLICT (reporter) DO UPDATE
         SET report = excluded.report, reported_at = excluded.reported_at
      """;

  // The report of the jobs is the last one there is: another instance soon writes the next. What an
  // instance's consumer reported is over once the instance no longer repeats it.
  private static final String READ =
      """
      SELECT reporter, report::text AS report
        FROM audit_report
       WHERE reporter = $1 OR reporter <> $2 AND reported_at > clock_timestamp() - $3 * interval '1 s'
       ORDER BY reporter
       LIMIT 100
      """;

  private static final String FORGET =
      """
      DELETE FROM audit_report
       WHERE reporter <> $1 AND reported_at < clock_timestamp() - interval '1 day'
      """;

  private final Pool pool;
  private final String reporter;
  private final BooleanSupplier runsHere;
  private final Supplier<AuditReport> jobs;
  private final Supplier<AuditReport> consumer;
  private final JobMeters meters;
  private final Duration every;
  private final Periodic exchanges = new Periodic(this::exchange, this::failed);
  private boolean reportedConsumer;
  private @Nullable String failure;
  private volatile Map<String, AuditReport> read = Map.of();

  /**
   * @param instance its name, other than those of the other instances
   * @param runsHere whether this instance runs the jobs
   * @param jobs their report, if this instance runs them
   * @param consumer the report of this instance's consumer
   */
  SharedReports(
      Pool pool,
      String instance,
      BooleanSupplier runsHere,
      Supplier<AuditReport> jobs,
      Supplier<AuditReport> consumer,
      JobMeters meters,
      Duration every) {
    this.pool = pool;
    this.reporter = "consumer of " + instance;
    this.runsHere = runsHere;
    this.jobs = jobs;
    this.consumer = consumer;
    this.meters = meters;
    this.every = every.compareTo(LONGEST_INTERVAL) < 0 ? every : LONGEST_INTERVAL;
  }

  /** Starts the exchange; the caller stops it. */
  Periodic start(Vertx vertx) {
    exchanges.start(vertx, every);
    return exchanges;
  }

  /** The reports of all instances; its own, if it has them, are those of this moment. */
  AuditReport all() {
    Map<String, AuditReport> others = read;
    AuditReport all = consumer.get();
    for (Map.Entry<String, AuditReport> other : others.entrySet()) {
      if (!other.getKey().equals(JOBS)) {
        all = all.and(other.getValue());
      }
    }
    return (runsHere.getAsBoolean() ? jobs.get() : others.getOrDefault(JOBS, AuditReport.NONE))
        .and(all);
  }

  private Future<Duration> exchange() {
    return writeJobs()
        .compose(written -> writeConsumer())
        .compose(written -> readAll())
        .onSuccess(done -> failure = null)
        .map(every);
  }

  private Future<Void> writeJobs() {
    if (!runsHere.getAsBoolean()) {
      return Future.succeededFuture();
    }
    JsonObject gauges = new JsonObject();
    meters.values().forEach(gauges::put);
    return write(JOBS, jobs.get().json().put(GAUGES, gauges)).compose(written -> forget());
  }

  private Future<Void> forget() {
    return inTime(pool.preparedQuery(FORGET).execute(Tuple.of(JOBS)).mapEmpty());
  }

  private Future<Void> writeConsumer() {
    AuditReport report = consumer.get();
    if (report.isEmpty() && !reportedConsumer) {
      return Future.succeededFuture();
    }
    return write(reporter, report.json()).onSuccess(done -> reportedConsumer = !report.isEmpty());
  }

  private Future<Void> write(String by, JsonObject report) {
    return inTime(
        pool.preparedQuery(WRITE)
            .execute(Tuple.of(by, report.encode()))
            .compose(rows -> RowCounts.expect("audit report", rows.rowCount(), 1)));
  }

  private Future<Void> readAll() {
    return inTime(
        pool.preparedQuery(READ)
            .execute(Tuple.of(JOBS, reporter, 4.0 * every.toMillis() / 1_000))
            .map(
                rows -> {
                  Map<String, AuditReport> reports = new HashMap<>();
                  rows.forEach(row -> reports.put(row.getString("reporter"), report(row)));
                  read = Map.copyOf(reports);
                  return null;
                }));
  }

  private AuditReport report(Row row) {
    JsonObject report = new JsonObject(row.getString("report"));
    if (row.getString("reporter").equals(JOBS)) {
      Map<String, Double> values = new HashMap<>();
      report
          .getJsonObject(GAUGES, new JsonObject())
          .forEach(gauge -> values.put(gauge.getKey(), ((Number) gauge.getValue()).doubleValue()));
      meters.report(values);
    }
    return AuditReport.from(report);
  }

  // The reports that were read last stay; the instance's own reports are not affected.
  private Duration failed(Throwable cause) {
    String why = String.valueOf(cause);
    if (!why.equals(failure)) {
      LOG.warn("reports of the audit not exchanged, next attempt in {}: {}", every, why);
    }
    failure = why;
    return every;
  }

  private static <T> Future<T> inTime(Future<T> statement) {
    return statement.timeout(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }
}
