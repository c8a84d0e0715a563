package dev.converge.inventory.application;

import dev.converge.inventory.domain.HeldStock.Waiting;
import dev.converge.outbox.InboundMessage;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.UUID;

/** Commands that wait for stock that a branch in doubt holds. */
public interface DeferredCommandRepository {
  /** A command that waits, and the SKUs that it waits for. */
  record Deferred(InboundMessage message, SortedSet<String> skus) {}

  /** How many commands wait, and for how long the oldest has. */
  record Backlog(long commands, Duration oldest) {}

  /** The commands that wait, by their order; orders without one are left out. */
  Future<Map<UUID, Waiting>> waiting(SqlConnection tx, Collection<UUID> orderIds);

  /** Appends commands, in order. */
  Future<Void> append(SqlConnection tx, List<Deferred> commands);

  /**
   * The first commands of which no SKU of their order is held any more, in order. Another
   * transaction gets none until this one ends.
   *
   * @param orderId of this order only, if present
   */
  Future<List<InboundMessage>> takeFree(SqlConnection tx, Optional<UUID> orderId, int limit);

  /** Deletes commands that were handled. */
  Future<Void> delete(SqlConnection tx, List<InboundMessage> handled);

  Future<Backlog> backlog(SqlClient client);
}
