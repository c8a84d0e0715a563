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
  private static final Duration EVERY = Duration.ofSeconds(15);
  private static final int SHOWN = 10;
  private static final long WITHIN_MS = 10_000;
  // Some checks read whole tables: however large these grow, looking takes a hundredth of the time.
  private static final long REST_FACTOR = 99;

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
  private final Map<String, List<String>> found = new ConcurrentSkipListMap<>();
  private final Map<String, String> failed = new ConcurrentSkipListMap<>();

  /**
   * @param others what others find, such as the audit of the outbox; their meters are their own
   */
  public Audit(
      List<Check> checks, List<Supplier<Map<String, List<String>>>> others, MeterRegistry meters) {
    this.checks = List.copyOf(checks);
    this.others = List.copyOf(others);
    for (Check check : checks) {
      Gauge.builder(
              "audit.findings", found, all -> all.getOrDefault(check.name(), List.of()).size())
          .tag("check", check.name())
          .register(meters);
    }
  }

  @Override
  public Future<?> start() {
    vertx.setTimer(EVERY.toMillis(), timer -> round());
    return Future.succeededFuture();
  }

  private void round() {
    long began = System.nanoTime();
    Future<Void> all = Future.succeededFuture();
    for (Check check : checks) {
      all = all.compose(before -> look(check));
    }
    all.onComplete(done -> vertx.setTimer(pauseMillis(System.nanoTime() - began), t -> round()));
  }

  static long pauseMillis(long tookNanos) {
    return Math.max(EVERY.toMillis(), REST_FACTOR * TimeUnit.NANOSECONDS.toMillis(tookNanos));
  }

  private Future<Void> look(Check check) {
    return check
        .look()
        .get()
        .timeout(WITHIN_MS, TimeUnit.MILLISECONDS)
        .onSuccess(cases -> looked(check.name(), cases))
        .onFailure(cause -> notLooked(check.name(), cause))
        .transform(looked -> Future.succeededFuture());
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
            .put("notLookedAt", new JsonArray(new ArrayList<>(failed.keySet())));
    HttpApi.answer(request, 200, answer.encode());
  }

  private static JsonObject finding(String check, List<String> cases) {
    List<String> shown = cases.subList(0, Math.min(SHOWN, cases.size()));
    return new JsonObject()
        .put("check", check)
        .put("count", cases.size())
        .put("cases", new JsonArray(new ArrayList<>(shown)));
  }
}
