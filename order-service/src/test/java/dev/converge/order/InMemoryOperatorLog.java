package dev.converge.order;

import dev.converge.order.application.OperatorLog;
import dev.converge.service.operators.OperatorRequest;
import dev.converge.testkit.InMemoryDatabase;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.Map;

/** The operator log in memory. */
final class InMemoryOperatorLog implements OperatorLog {
  private final InMemoryDatabase database;
  private final Map<Integer, String> entries;

  InMemoryOperatorLog(InMemoryDatabase database, Map<Integer, String> entries) {
    this.database = database;
    this.entries = entries;
  }

  @Override
  public Future<Void> done(
      SqlConnection tx, OperatorRequest request, String action, String target) {
    return add(tx, request.operator() + " " + action + " " + target + " DONE");
  }

  @Override
  public Future<Void> refused(
      SqlConnection tx, OperatorRequest request, String action, String target, String why) {
    return add(tx, request.operator() + " " + action + " " + target + " REFUSED: " + why);
  }

  private Future<Void> add(SqlConnection tx, String entry) {
    return database.write(
        tx, InMemoryOrders.LOG_ACTION, () -> entries.put(entries.size() + 1, entry));
  }
}
