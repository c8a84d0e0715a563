package dev.converge.service.jobs;

import dev.converge.timing.Periodic;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which of a service's instances runs its periodic jobs: the one whose session holds an
 * advisory lock of the service's database. If its process ends, PostgreSQL frees the lock
 * immediately; if it is silent, after ten seconds. Another instance then takes it within two
 * seconds.
 *
 * <p>A holder that has lost the lock may run a job once more before it learns of that. So the jobs
 * do no harm if two instances run them at the same time.
 */
public final class JobLock extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(JobLock.class);

  /**
   * The first key of every advisory lock of a session of Converge: "CONV" in ASCII. The locks of
   * transactions have one key of 64 bits instead, and PostgreSQL keeps the two apart.
   */
  static final int SPACE = 0x434F4E56;

  /** The second key: the periodic jobs of a service. */
  static final int JOBS = 1;

  private static final Duration EVERY = Duration.ofSeconds(2);
  private static final Duration SILENCE = Duration.ofSeconds(10);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(4);

  private static final String TRY_LOCK = "SELECT pg_try_advisory_lock($1, $2)";
  private static final String PING = "SELECT 1";

  private final BiFunction<Vertx, Duration, Pool> connections;
  private final Periodic checks =
      new Periodic(() -> check().map(EVERY), cause -> unanswered(cause));
  private @Nullable Pool pool;
  private @Nullable SqlConnection session;
  private boolean locked;
  private volatile Holder holder = Holder.UNKNOWN;

  /**
   * @param connections opens a pool of one connection, whose session the server ends after a
   *     silence of this time
   */
  public JobLock(BiFunction<Vertx, Duration, Pool> connections, MeterRegistry meters) {
    this.connections = connections;
    Gauge.builder("jobs.holder", this, lock -> lock.runsHere() ? 1 : 0)
        .description("1 if this instance runs the periodic jobs of its service")
        .register(meters);
  }

  /** Whether this instance runs the jobs now. Called from any thread. */
  public boolean runsHere() {
    return holder.runsHere();
  }

  /** Asks for the lock. Succeeds even if the database is unavailable. */
  @Override
  public Future<?> start() {
    pool = connections.apply(vertx, SILENCE);
    return check()
        .recover(cause -> Future.succeededFuture(unanswered(cause)).mapEmpty())
        .onComplete(asked -> checks.start(vertx, EVERY));
  }

  @Override
  public Future<?> stop() {
    checks.stop();
    Pool open = pool;
    return open == null ? Future.succeededFuture() : release().compose(released -> open.close());
  }

  // The lock is freed with its session; the pool would keep a session that is only returned.
  private Future<Void> release() {
    SqlConnection open = session;
    session = null;
    boolean held = locked;
    locked = false;
    if (open == null) {
      return Future.succeededFuture();
    }
    return (held
            ? open.query("SELECT pg_advisory_unlock_all()").execute()
            : Future.succeededFuture())
        .timeout(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .transform(unlocked -> open.close());
  }

  private Future<Void> check() {
    return session()
        .compose(this::ask)
        .timeout(ANSWER_WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(this::become)
        .mapEmpty();
  }

  private Future<SqlConnection> session() {
    SqlConnection open = session;
    Pool from = pool;
    if (open != null || from == null) {
      return open == null ? Future.failedFuture("not started") : Future.succeededFuture(open);
    }
    return from.getConnection().onSuccess(this::opened);
  }

  private void opened(SqlConnection connection) {
    session = connection;
    locked = false;
    connection.closeHandler(closed -> forget(connection));
  }

  private void forget(SqlConnection closed) {
    if (closed == session) {
      session = null;
      locked = false;
    }
  }

  // A session that has the lock would get it once more, and keep count.
  private Future<Boolean> ask(SqlConnection connection) {
    if (locked) {
      return connection.query(PING).execute().map(true);
    }
    return connection
        .preparedQuery(TRY_LOCK)
        .execute(Tuple.of(SPACE, JOBS))
        .map(rows -> rows.iterator().next().getBoolean(0))
        .onSuccess(granted -> locked = granted && connection == session);
  }

  private void become(boolean granted) {
    Holder next = granted ? Holder.HERE : Holder.ELSEWHERE;
    if (next != holder) {
      LOG.info("periodic jobs run {}", granted ? "in this instance" : "in another instance");
    }
    holder = next;
  }

  // The state stays: without the database, no other instance can take the lock either. The session
  // may be broken, so the next check opens another.
  private Duration unanswered(Throwable cause) {
    LOG.debug("lock of the periodic jobs not checked: {}", String.valueOf(cause));
    SqlConnection broken = session;
    session = null;
    locked = false;
    if (broken != null) {
      broken.close().onFailure(failed -> LOG.debug("session not closed", failed));
    }
    return EVERY;
  }

  /** Which instance runs the jobs, as far as this one knows. */
  enum Holder {
    /**
     * The database has not answered since the start. The jobs run, as those that report that the
     * database is unavailable must.
     */
    UNKNOWN,
    HERE,
    ELSEWHERE;

    boolean runsHere() {
      return this != ELSEWHERE;
    }
  }
}
