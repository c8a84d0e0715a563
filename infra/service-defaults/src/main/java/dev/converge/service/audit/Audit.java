package dev.converge.service.audit;

import dev.converge.service.http.Answers;
import dev.converge.service.jobs.JobMeters;
import dev.converge.timing.Periodic;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the invariants of a service's data at intervals. A finding is a violated check; it lists
 * its cases. Each case names one object that violates the check, such as an order, or a cause.
 * Findings are reported as a gauge per check with the number of cases, as a log line when they
 * appear or disappear, and by {@code GET /audit}.
 *
 * <p>One of a service's instances runs the checks; every instance shows what they have found.
 */
public final class Audit extends VerticleBase {
  /** Most cases that a check reports. */
  private static final int MOST_CASES = 100;

  private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
  private static final Duration WITHIN = Duration.ofSeconds(10);
  // Some checks read whole tables. As these grow, a check still takes only a hundredth of the time,
  // unless that would delay a finding by more than a minute: one wait and two runs of up to ten
  // seconds. Runs that leave out the last fifteen seconds take up to three.
  private static final long WAIT_FACTOR = 99;
  private static final int MOST_INTERVALS = 2;

  /**
   * One check of the data.
   *
   * @param name of the check and its finding, such as {@code sagas-stuck}
   * @param query returns the cases, at most {@link #MOST_CASES}; none if the invariant holds
   */
  public record Check(String name, Supplier<Future<List<String>>> query) {
    /**
     * A check by a query to a database.
     *
     * @param sql whose first column is the case, and whose $1 is the most rows to return
     * @param parameters from $2 on
     */
    public static Check of(String name, SqlClient client, String sql, Object... parameters) {
      Tuple tuple = Tuple.of((long) MOST_CASES);
      for (Object parameter : parameters) {
        tuple.addValue(parameter);
      }
      return new Check(
          name, () -> client.preparedQuery(sql).execute(tuple).map(Check::firstColumn));
    }

    private static List<String> firstColumn(RowSet<Row> rows) {
      List<String> cases = new ArrayList<>(rows.size());
      rows.forEach(row -> cases.add(row.getString(0)));
      return cases;
    }
  }

  /**
   * Findings of other parts, which have their own meters.
   *
   * @param ofJobs of parts that work in the instance that runs the jobs, such as the reconciler
   * @param ofInstance of the parts of this instance alone, such as its consumer
   */
  public record Others(
      List<Supplier<Map<String, List<String>>>> ofJobs,
      Supplier<Map<String, List<String>>> ofInstance) {
    public Others {
      ofJobs = List.copyOf(ofJobs);
    }
  }

  /**
   * The instances of a service.
   *
   * @param pool of their database
   * @param instance the name of this one
   * @param runsHere whether this one runs the checks and the other jobs
   */
  public record Instances(Pool pool, String instance, BooleanSupplier runsHere) {}

  private final List<Check> checks;
  private final Others others;
  private final Duration every;
  private final Duration within;
  private final Instances instances;
  private final SharedReports reports;
  private final Map<String, List<String>> found = new ConcurrentSkipListMap<>();
  private final Map<String, String> failed = new ConcurrentSkipListMap<>();
  private final List<Periodic> runs = new ArrayList<>();

  /**
   * @param every the shortest wait between two runs of a check
   */
  public Audit(
      List<Check> checks, Others others, Instances instances, JobMeters meters, Duration every) {
    this(checks, others, instances, meters, every, WITHIN);
  }

  Audit(
      List<Check> checks,
      Others others,
      Instances instances,
      JobMeters meters,
      Duration every,
      Duration within) {
    this.checks = List.copyOf(checks);
    this.others = others;
    this.every = every;
    this.within = within;
    this.instances = instances;
    this.reports =
        new SharedReports(
            instances.pool(),
            instances.instance(),
            instances.runsHere(),
            this::ofJobs,
            () -> AuditReport.of(others.ofInstance().get(), Set.of()),
            meters,
            every);
    for (Check check : checks) {
      Gauge.builder(
              "audit.findings", found, all -> all.getOrDefault(check.name(), List.of()).size())
          .tag("check", check.name())
          .register(meters.registry());
    }
  }

  private AuditReport ofJobs() {
    Map<String, List<String>> all = new TreeMap<>(found);
    others.ofJobs().forEach(other -> all.putAll(other.get()));
    return AuditReport.of(all, failed.keySet());
  }

  // Each check has its own timer, so a slow or unanswered one delays no other.
  @Override
  public Future<?> start() {
    for (int at = 0; at < checks.size(); at++) {
      Check check = checks.get(at);
      Periodic run =
          new Periodic(
              () -> run(check), cause -> failed(check.name(), cause), instances.runsHere());
      runs.add(run);
      run.start(vertx, every.multipliedBy(at + 1).dividedBy(checks.size()));
    }
    runs.add(reports.start(vertx));
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    runs.forEach(Periodic::stop);
    return Future.succeededFuture();
  }

  private Future<Duration> run(Check check) {
    long began = System.nanoTime();
    return check
        .query()
        .get()
        .timeout(within.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(cases -> succeeded(check.name(), cases))
        .map(cases -> Duration.ofMillis(waitMillis(every, System.nanoTime() - began)));
  }

  static long waitMillis(Duration every, long tookNanos) {
    long wait = WAIT_FACTOR * TimeUnit.NANOSECONDS.toMillis(tookNanos);
    return Math.max(every.toMillis(), Math.min(wait, MOST_INTERVALS * every.toMillis()));
  }

  private void succeeded(String name, List<String> cases) {
    failed.remove(name);
    List<String> before = cases.isEmpty() ? found.remove(name) : found.put(name, cases);
    if (before == null && !cases.isEmpty()) {
      LOG.error("audit: {}: {}, such as {}", name, cases.size(), cases.get(0));
    } else if (before != null && cases.isEmpty()) {
      LOG.info("audit: {}: resolved", name);
    }
  }

  // The last findings stay, because a failed check proves nothing. Its run has no cost for the
  // database worth a longer wait.
  private Duration failed(String name, Throwable cause) {
    if (failed.put(name, String.valueOf(cause)) == null) {
      LOG.warn("audit: {} not checked: {}", name, String.valueOf(cause));
    }
    return every;
  }

  /** Adds {@code GET /audit}. */
  public void mount(Router router) {
    router.get("/audit").handler(this::answer);
  }

  private void answer(RoutingContext request) {
    Answers.json(request, 200, reports.all().json().encode());
  }
}
