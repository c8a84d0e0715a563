package dev.converge.commitment;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;

/** What a service does in its branch of a transaction. */
public interface BranchWork {
  /**
   * Does the work in the branch's transaction, which is prepared afterwards.
   *
   * @return failed with {@link RefusedException} if the work cannot be done: a vote of no
   */
  Future<Void> execute(SqlConnection tx, GlobalId id, JsonObject request);
}
