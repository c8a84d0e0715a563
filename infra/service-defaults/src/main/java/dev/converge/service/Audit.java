package dev.converge.service;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks, again and again, whether what must hold of a service's data does hold. What is amiss is a
 * gauge per check, a line in the log when it turns, and {@code GET /audit}.
 */
public final class Audit extends VerticleBase {
  /** As many cases as a check may name; a check that finds more names so many. */
  private static final int MOST_CASES = 100;

  private static final Logger LOG = LoggerFactory.getLogger(Audit.class);
  private static final int SHOWN = 10;
  private static final Duration WITHIN = Duration.ofSeconds(10);
  // Some checks read whole tables: as these grow, looking takes a hundredth of the time, as long as
  // what is amiss is still seen within a minute: a rest, and two looks of ten seconds at most, or
  // of three seconds where the last fifteen are left out.
  private static final long REST_FACTOR = 99;
  private static final int MOST_INTERVALS = 2;

  /**
   * One question to the data.
   *
   * @param name what is amiss where the answer is not empty, such as {@code sagas-stuck}
   * @param look names the cases, {@link #MOST_CASES} at most; none when all is well
   */
  public record Check(String name, Supplier<Future<List<String>>> look) {
    /**
     * A check that asks a database.
     *
     * @param sql whose first column names the cases, and whose $1 is the most it may name
     * @param parameters $2 and on
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

  private final List<Check> checks;
  private final List<Supplier<Map<String, List<String>>>> others;
  private final Duration every;
  private final Duration within;
  private final Map<String, List<String>> found = new ConcurrentSkipListMap<>();
  private final Map<String, String> failed = new ConcurrentSkipListMap<>();

  /**
   * @param others what others find, such as the audit of the outbox; their meters are their own
   * @param every how long to wait between two answers of a check, at least
   */
  public Audit(
      List<Check> checks,
      List<Supplier<Map<String, List<String>>>> others,
      MeterRegistry meters,
      Duration every) {
    this(checks, others, meters, every, WITHIN);
  }

  Audit(
      List<Check> checks,
      List<Supplier<Map<String, List<String>>>> others,
      MeterRegistry meters,
      Duration every,
      Duration within) {
    this.checks = List.copyOf(checks);
    this.others = List.copyOf(others);
    this.every = every;
    this.within = within;
    for (Check check : checks) {
      Gauge.builder(
              "audit.findings", found, all -> all.getOrDefault(check.name(), List.of()).size())
          .tag("check", check.name())
          .register(meters);
    }
  }

  // Each check has a time of its own: one that is slow, or that nobody answers, holds up no other.
  @Override
  public Future<?> start() {
    for (int at = 0; at < checks.size(); at++) {
      again(checks.get(at), every.toMillis() * (at + 1) / checks.size());
    }
    return Future.succeededFuture();
  }

  private void again(Check check, long millis) {
    vertx.setTimer(Math.max(1, millis), timer -> look(check));
  }

  private void look(Check check) {
    long began = System.nanoTime();
    Future.succeededFuture()
        .compose(now -> check.look().get())
        .timeout(within.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(cases -> looked(check.name(), cases))
        .onFailure(cause -> notLooked(check.name(), cause))
        .onComplete(
            looked ->
                again(
                    check,
                    looked.succeeded()
                        ? restMillis(every, System.nanoTime() - began)
                        // It has cost nothing but time.
                        : every.toMillis()));
  }

  static long restMillis(Duration every, long tookNanos) {
    long rest = REST_FACTOR * TimeUnit.NANOSECONDS.toMillis(tookNanos);
    return Math.max(every.toMillis(), Math.min(rest, MOST_INTERVALS * every.toMillis()));
  }

  private void looked(String name, List<String> cases) {
    failed.remove(name);
    List<String> before = cases.isEmpty() ? found.remove(name) : found.put(name, cases);
    if (before == null && !cases.isEmpty()) {
      LOG.error("audit: {}: {}, such as {}", name, cases.size(), cases.get(0));
    } else if (before != null && cases.isEmpty()) {
      LOG.info("audit: {}: none any more", name);
    }
  }

  // What was found last stays: that nobody can look does not make it well.
  private void notLooked(String name, Throwable cause) {
    if (failed.put(name, String.valueOf(cause)) == null) {
      LOG.warn("audit: {} not looked at: {}", name, String.valueOf(cause));
    }
  }

  /** Adds {@code GET /audit}. */
  public void mount(Router router) {
    router.get("/audit").handler(this::answer);
  }

  private void answer(RoutingContext request) {
    Map<String, List<String>> all = new TreeMap<>(found);
    others.forEach(other -> all.putAll(other.get()));
    JsonArray findings = new JsonArray();
    all.forEach((check, cases) -> findings.add(finding(check, cases)));
    JsonObject answer =
        new JsonObject()
            .put("findings", findings)
            .put("notChecked", new JsonArray(new ArrayList<>(failed.keySet())));
    Answers.json(request, 200, answer.encode());
  }

  private static JsonObject finding(String check, List<String> cases) {
    List<String> shown = cases.subList(0, Math.min(SHOWN, cases.size()));
    return new JsonObject()
        .put("check", check)
        .put("count", cases.size())
        .put("cases", new JsonArray(new ArrayList<>(shown)));
  }
}
