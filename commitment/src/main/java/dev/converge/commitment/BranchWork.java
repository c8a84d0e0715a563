package dev.converge.commitment;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.Optional;

/** The work of a service in its branch of a transaction that is prepared. */
@FunctionalInterface
public interface BranchWork {
  /**
   * Checks a request before anything is done, also where the branch exists already.
   *
   * @throws RuntimeException the failure of the request if its body has faults
   */
  default void check(GlobalId id, JsonObject request) {}

  /**
   * The prepared transaction that holds a row which the work locks; empty if none does, or it is
   * not known. Asked where the work did not get a row in time.
   */
  default Future<Optional<String>> holder(SqlClient client, GlobalId id, JsonObject request) {
    return Future.succeededFuture(Optional.empty());
  }

  /**
   * Does the work in the branch's transaction, which is prepared afterwards. Its rows stay locked
   * until the decision: keep it short, and lock rows in the order of their keys.
   *
   * @param tx begins and ends outside; do not begin, commit or roll back here
   * @return failed with {@link RefusedException} if the work is refused: a vote of no. After any
   *     other failure, such as that of a request which is not valid, nothing is prepared, and the
   *     request fails with it.
   */
  Future<Void> execute(SqlConnection tx, GlobalId id, JsonObject request);
}
