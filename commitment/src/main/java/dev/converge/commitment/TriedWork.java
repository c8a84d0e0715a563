package dev.converge.commitment;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.Optional;

/**
 * The work of a service in its branch of a transaction by try, confirm, cancel. Each method runs in
 * a local transaction together with the branch's state, so it takes effect exactly once.
 */
public interface TriedWork {
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
   * Reserves the resource.
   *
   * @return failed with {@link RefusedException} if the work is refused: a vote of no
   */
  Future<Void> reserve(SqlConnection tx, GlobalId id, JsonObject request);

  /** Uses what was reserved. It must be possible: the vote was yes. */
  Future<Void> confirm(SqlConnection tx, GlobalId id, JsonObject request);

  /** Releases what was reserved. Called only after {@link #reserve} has committed. */
  Future<Void> cancel(SqlConnection tx, GlobalId id, JsonObject request);
}
