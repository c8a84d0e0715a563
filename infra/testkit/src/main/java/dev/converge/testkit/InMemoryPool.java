package dev.converge.testkit;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PrepareOptions;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.Query;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.util.function.Function;

/** The pool of an {@link InMemoryDatabase}: runs its transactions, and no SQL. */
final class InMemoryPool implements Pool {
  private final InMemoryDatabase database;

  InMemoryPool(InMemoryDatabase database) {
    this.database = database;
  }

  @Override
  public <T> Future<T> withTransaction(Function<SqlConnection, Future<T>> work) {
    return database.transaction(work);
  }

  @Override
  public Future<SqlConnection> getConnection() {
    throw new UnsupportedOperationException("connections");
  }

  @Override
  public Query<RowSet<Row>> query(String sql) {
    throw new UnsupportedOperationException(sql);
  }

  @Override
  public PreparedQuery<RowSet<Row>> preparedQuery(String sql) {
    throw new UnsupportedOperationException(sql);
  }

  @Override
  public PreparedQuery<RowSet<Row>> preparedQuery(String sql, PrepareOptions options) {
    throw new UnsupportedOperationException(sql);
  }

  @Override
  public int size() {
    return 1;
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
