package dev.converge.service.transactions;

import dev.converge.commitment.http.OperatorAction;
import dev.converge.commitment.http.OperatorLog;
import dev.converge.service.operators.OperatorActions;
import dev.converge.service.operators.OperatorRequest;
import dev.converge.service.postgres.DatabaseConfig;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;

/**
 * Records in the operator log how operators end branches, and which divergences they acknowledge.
 */
final class ResolutionLog implements OperatorLog {
  private final Pool pool;
  private final OperatorActions actions = new OperatorActions();

  ResolutionLog(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Void> acting(OperatorAction action) {
    return DatabaseConfig.inTime(
        actions.done(pool, request(action), action.name(), action.id().text()));
  }

  @Override
  public Future<Void> refused(OperatorAction action, String why) {
    return DatabaseConfig.inTime(
        actions.refused(pool, request(action), action.name(), action.id().text(), why));
  }

  @Override
  public Future<Void> failed(OperatorAction action, String why) {
    return DatabaseConfig.inTime(
        actions.failed(pool, request(action), action.name(), action.id().text(), why));
  }

  private static OperatorRequest request(OperatorAction action) {
    return new OperatorRequest(action.operator(), action.reason());
  }
}
