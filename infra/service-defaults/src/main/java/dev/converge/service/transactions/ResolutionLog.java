package dev.converge.service.transactions;

import dev.converge.commitment.http.ResolutionRoutes.OperatorLog;
import dev.converge.commitment.http.ResolutionRoutes.Resolution;
import dev.converge.service.operators.OperatorActions;
import dev.converge.service.operators.OperatorRequest;
import dev.converge.service.postgres.DatabaseConfig;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;

/** Records in the operator log how operators end branches in doubt. */
final class ResolutionLog implements OperatorLog {
  private final Pool pool;
  private final OperatorActions actions = new OperatorActions();

  ResolutionLog(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<Void> acting(Resolution resolution) {
    return DatabaseConfig.inTime(
        actions.done(pool, request(resolution), action(resolution), resolution.id().text()));
  }

  @Override
  public Future<Void> refused(Resolution resolution, String why) {
    return DatabaseConfig.inTime(
        actions.refused(
            pool, request(resolution), action(resolution), resolution.id().text(), why));
  }

  @Override
  public Future<Void> failed(Resolution resolution, String why) {
    return DatabaseConfig.inTime(
        actions.failed(pool, request(resolution), action(resolution), resolution.id().text(), why));
  }

  private static OperatorRequest request(Resolution resolution) {
    return new OperatorRequest(resolution.operator(), resolution.reason());
  }

  private static String action(Resolution resolution) {
    return switch (resolution.decision()) {
      case COMMIT -> "commit-branch";
      case ABORT -> "abort-branch";
    };
  }
}
