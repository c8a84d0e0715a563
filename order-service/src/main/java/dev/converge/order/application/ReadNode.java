package dev.converge.order.application;

import dev.converge.order.reads.NodePosition;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.function.Function;

/** A node of the database, for reads. */
public interface ReadNode {
  /**
   * A read of a node.
   *
   * @param before where it was before the read, at least
   * @param after where it was after the read
   */
  record Seen<T>(NodePosition before, T value, NodePosition after) {}

  /** Where the node is now. */
  Future<NodePosition> position();

  /** A read, on one connection. */
  <T> Future<Seen<T>> read(Function<SqlClient, Future<T>> query);
}
