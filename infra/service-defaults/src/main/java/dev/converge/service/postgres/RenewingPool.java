package dev.converge.service.postgres;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PrepareOptions;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.Query;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.SqlResult;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pool whose connections do not outlive the schema that their statements were prepared for.
 *
 * <p>A prepared statement fails permanently when a column that it reads changes its type. The
 * client prepares only that statement again, on that connection, and only if the server's messages
 * are English. Every other statement on every connection still fails once. So the pool ends a
 * connection with such a failure and repeats the work on another one. Nothing of the work was
 * committed.
 */
final class RenewingPool implements Pool {
  private static final Logger LOG = LoggerFactory.getLogger(RenewingPool.class);

  // Feature not supported ("cached plan must not change result type"); invalid statement name;
  // a protocol violation, where the number of columns has changed.
  private static final Set<String> OUTDATED = Set.of("0A000", "26000", "08P01");

  // No such function or operator, or another type than the column's. Either the schema does not fit
  // our statements, or it was repaired after the statement was prepared.
  private static final Set<String> MAYBE_OUTDATED = Set.of("42804", "42883", "42P08", "42P18");
  private static final String CLIENT_REFUSES_PARAMETER = "Parameter at position[";

  private static final String END_SESSION = "SELECT pg_terminate_backend(pg_backend_pid())";

  private static final long ENDED_WITHIN_MS = 1_000;

  private final Pool pool;
  private final int size;
  private final AbandonedConnections abandoned;

  /**
   * @param size most connections of the pool
   * @param abandoned is notified of each success
   */
  RenewingPool(Pool pool, int size, AbandonedConnections abandoned) {
    this.pool = pool;
    this.size = size;
    this.abandoned = abandoned;
  }

  /** The number of retries if every connection fails this way; -1 for none. */
  private int retries(@Nullable Throwable cause) {
    if (cause instanceof PgException refused && refused.getSqlState() != null) {
      String state = refused.getSqlState();
      return OUTDATED.contains(state) ? size : MAYBE_OUTDATED.contains(state) ? 1 : -1;
    }
    return cause instanceof VertxException
            && String.valueOf(cause.getMessage()).startsWith(CLIENT_REFUSES_PARAMETER)
        ? 1
        : -1;
  }

  @Override
  public Future<SqlConnection> getConnection() {
    return pool.getConnection();
  }

  /** Runs work in a transaction, and repeats it in another if a statement is outdated. */
  @Override
  public <T> Future<T> withTransaction(Function<SqlConnection, Future<T>> work) {
    return attempt(connection -> inTransaction(connection, work), 0);
  }

  private static <T> Future<T> inTransaction(
      SqlConnection connection, Function<SqlConnection, Future<T>> work) {
    return connection.begin().compose(tx -> inTransaction(connection, tx, work));
  }

  private static <T> Future<T> inTransaction(
      SqlConnection connection, Transaction tx, Function<SqlConnection, Future<T>> work) {
    return Future.succeededFuture(connection)
        .compose(work)
        .compose(
            result -> tx.commit().map(result),
            cause -> tx.rollback().transform(rolledBack -> Future.failedFuture(cause)));
  }

  /** Runs work on a connection, and repeats it on another if a statement is outdated. */
  @Override
  public <T> Future<T> withConnection(Function<SqlConnection, Future<T>> work) {
    return attempt(work, 0);
  }

  private <T> Future<T> attempt(Function<SqlConnection, Future<T>> work, int done) {
    return getConnection()
        .compose(
            connection ->
                Future.succeededFuture(connection)
                    .compose(work)
                    .transform(result -> attempted(connection, work, done, result)));
  }

  private <T> Future<T> attempted(
      SqlConnection connection,
      Function<SqlConnection, Future<T>> work,
      int done,
      AsyncResult<T> result) {
    int retries = result.failed() ? retries(result.cause()) : -1;
    if (retries < 0) {
      // The answer does not wait for the return of the connection to its pool.
      connection.close().onFailure(cause -> LOG.debug("not returned: {}", String.valueOf(cause)));
      if (result.succeeded()) {
        abandoned.answered();
      }
      return result.succeeded()
          ? Future.succeededFuture(result.result())
          : Future.failedFuture(result.cause());
    }
    LOG.info("a connection ends, its statements may be outdated: {}", result.cause().getMessage());
    return end(connection)
        .compose(
            ended ->
                done < retries ? attempt(work, done + 1) : Future.failedFuture(result.cause()));
  }

  // A role may end its own sessions. The pool forgets a closed connection; it would pass a returned
  // one to the next waiting request.
  private static Future<Void> end(SqlConnection connection) {
    Promise<Void> closed = Promise.promise();
    connection.closeHandler(closed::tryComplete);
    // The server reports the end of the session to this handler as well.
    connection.exceptionHandler(ended -> LOG.debug("ended: {}", String.valueOf(ended)));
    return connection
        .query(END_SESSION)
        .execute()
        .transform(ended -> closed.future().timeout(ENDED_WITHIN_MS, TimeUnit.MILLISECONDS))
        .recover(notEnded -> connection.close())
        .recover(notReleased -> Future.succeededFuture());
  }

  @Override
  public Query<RowSet<Row>> query(String sql) {
    return new Simple<>(client -> client.query(sql));
  }

  @Override
  public PreparedQuery<RowSet<Row>> preparedQuery(String sql) {
    return new Renewed<>(client -> client.preparedQuery(sql));
  }

  @Override
  public PreparedQuery<RowSet<Row>> preparedQuery(String sql, PrepareOptions options) {
    return new Renewed<>(client -> client.preparedQuery(sql, options));
  }

  @Override
  public int size() {
    return pool.size();
  }

  @Override
  public Future<Void> close() {
    return pool.close();
  }

  /** A simple query, which any connection can run. */
  private final class Simple<T> implements Query<T> {
    private final Function<SqlClient, Query<T>> query;

    Simple(Function<SqlClient, Query<T>> query) {
      this.query = query;
    }

    @Override
    public Future<T> execute() {
      return withConnection(connection -> query.apply(connection).execute());
    }

    @Override
    public <R> Query<SqlResult<R>> collecting(Collector<Row, ?, R> collector) {
      return new Simple<>(client -> query.apply(client).collecting(collector));
    }

    @Override
    public <U> Query<RowSet<U>> mapping(Function<Row, U> mapper) {
      return new Simple<>(client -> query.apply(client).mapping(mapper));
    }
  }

  /** A prepared query of the pool, which any connection can run. */
  private final class Renewed<T> implements PreparedQuery<T> {
    private final Function<SqlClient, PreparedQuery<T>> query;

    Renewed(Function<SqlClient, PreparedQuery<T>> query) {
      this.query = query;
    }

    @Override
    public Future<T> execute() {
      return withConnection(connection -> query.apply(connection).execute());
    }

    @Override
    public Future<T> execute(Tuple tuple) {
      return withConnection(connection -> query.apply(connection).execute(tuple));
    }

    @Override
    public Future<T> executeBatch(List<Tuple> batch) {
      return withConnection(connection -> query.apply(connection).executeBatch(batch));
    }

    @Override
    public <R> PreparedQuery<SqlResult<R>> collecting(Collector<Row, ?, R> collector) {
      return new Renewed<>(client -> query.apply(client).collecting(collector));
    }

    @Override
    public <U> PreparedQuery<RowSet<U>> mapping(Function<Row, U> mapper) {
      return new Renewed<>(client -> query.apply(client).mapping(mapper));
    }
  }
}
