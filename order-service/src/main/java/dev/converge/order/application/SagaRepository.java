package dev.converge.order.application;

import dev.converge.order.saga.OrderSaga;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaTransition;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The sagas of orders, and their timelines. */
public interface SagaRepository {
  Future<Void> insert(SqlConnection tx, List<SagaInstance> sagas);

  /** Locks sagas until the transaction ends, in the order of their ids, and reads their orders. */
  Future<Map<UUID, OrderSaga>> lock(SqlConnection tx, Collection<UUID> orderIds);

  /**
   * Writes sagas that have moved. Fails if one has ended or was moved by another writer.
   *
   * @param now the end time of those that end
   */
  Future<Void> update(SqlConnection tx, List<SagaInstance> sagas, Instant now);

  /** Adds lines to timelines. */
  Future<Void> log(SqlConnection tx, List<SagaTransition> transitions);

  /** Locks sagas whose deadline has passed, skipping those that another transaction moves. */
  Future<List<UUID>> overdue(SqlConnection tx, Instant now, int limit);

  /** Sagas that wait for an operator, in the order of their ids. */
  Future<List<SagaInstance>> stuck(SqlClient client, @Nullable UUID after, int limit);
}
