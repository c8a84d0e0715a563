package dev.converge.order.transactions;

import dev.converge.commitment.BranchWork;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.RefusedException;
import dev.converge.service.http.json.JsonBody;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The order itself as a branch, in the protocols that register their decision elsewhere. Only the
 * process that coordinates a transaction prepares it, so its work is not sent.
 */
final class OrderBranch implements BranchWork {
  private final Map<GlobalId, Function<SqlConnection, Future<Void>>> works =
      new ConcurrentHashMap<>();

  /** Offers the work of a transaction until the transaction is decided. */
  <T> Future<T> offering(
      GlobalId id,
      Function<SqlConnection, Future<Void>> work,
      java.util.function.Supplier<Future<T>> transaction) {
    works.put(id, work);
    return transaction.get().onComplete(decided -> works.remove(id));
  }

  // The body has no fields: JsonBody refuses each as unknown.
  @Override
  public void check(GlobalId id, JsonObject request) {
    boolean unused = JsonBody.parse(request.encode(), body -> true);
  }

  @Override
  public Future<Void> execute(SqlConnection tx, GlobalId id, JsonObject request) {
    Function<SqlConnection, Future<Void>> work = works.get(id);
    return work == null
        ? Future.failedFuture(new RefusedException("NOT_COORDINATED_HERE"))
        : work.apply(tx);
  }
}
