package dev.converge.order.postgres;

import dev.converge.order.application.OperatorLog;
import dev.converge.service.operators.OperatorActions;
import dev.converge.service.operators.OperatorRequest;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;

/** The table {@code operator_action}, which every service has. */
public final class PostgresOperatorLog implements OperatorLog {
  private final OperatorActions actions = new OperatorActions();

  @Override
  public Future<Void> done(
      SqlConnection tx, OperatorRequest request, String action, String target) {
    return actions.done(tx, request, action, target);
  }

  @Override
  public Future<Void> refused(
      SqlConnection tx, OperatorRequest request, String action, String target, String why) {
    return actions.refused(tx, request, action, target, why);
  }
}
