package dev.converge.testkit;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.sqlclient.PrepareOptions;
import io.vertx.sqlclient.PreparedQuery;
import io.vertx.sqlclient.PreparedStatement;
import io.vertx.sqlclient.Query;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.spi.DatabaseMetadata;

/** A transaction of an {@link InMemoryDatabase}: identifies its statements, and runs no SQL. */
final class InMemoryTransaction implements SqlConnection {
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
  public Future<PreparedStatement> prepare(String sql) {
    throw new UnsupportedOperationException(sql);
  }

  @Override
  public Future<PreparedStatement> prepare(String sql, PrepareOptions options) {
    throw new UnsupportedOperationException(sql);
  }

  @Override
  public SqlConnection exceptionHandler(Handler<Throwable> handler) {
    throw new UnsupportedOperationException("handlers");
  }

  @Override
  public SqlConnection closeHandler(Handler<Void> handler) {
    throw new UnsupportedOperationException("handlers");
  }

  @Override
  public Future<Transaction> begin() {
    throw new UnsupportedOperationException("the pool began this transaction");
  }

  @Override
  public Transaction transaction() {
    throw new UnsupportedOperationException("the pool ends this transaction");
  }

  @Override
  public boolean isSSL() {
    return false;
  }

  @Override
  public DatabaseMetadata databaseMetadata() {
    throw new UnsupportedOperationException("metadata");
  }

  @Override
  public Future<Void> close() {
    throw new UnsupportedOperationException("the pool ends this transaction");
  }
}
