package dev.converge.order.application;

import dev.converge.service.operators.OperatorRequest;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;

/** The operator log. An entry is written in the transaction of its action. */
public interface OperatorLog {
  /**
   * Records an action that was done.
   *
   * @param target the id of the order
   */
  Future<Void> done(SqlConnection tx, OperatorRequest request, String action, String target);

  /** Records an action that was refused. */
  Future<Void> refused(
      SqlConnection tx, OperatorRequest request, String action, String target, String why);
}
