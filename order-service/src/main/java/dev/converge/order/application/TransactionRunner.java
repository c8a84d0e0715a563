package dev.converge.order.application;

import dev.converge.commitment.Coordinator;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.Outcome;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.order.domain.OrderProtocol;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Runs the transactions of orders, as their coordinator. */
public interface TransactionRunner {
  /** The name of a transaction, which lists its participants. */
  GlobalId id(OrderProtocol protocol, UUID orderId);

  /**
   * Runs a transaction.
   *
   * @param requests the work of the other services
   * @param ownWork the work of this service: in the transaction that decides, or as a branch of its
   *     own
   * @param trace the span that the transaction continues
   * @return failed if the decision is not known
   */
  Future<Outcome> run(
      GlobalId id,
      Map<String, JsonObject> requests,
      Function<SqlConnection, Future<Void>> ownWork,
      Context trace);

  /** Sends one request to a participant, outside of any protocol. */
  Future<Void> call(Coordinator.Request request);

  /** The states of a transaction's branches by participant; empty for one without an answer. */
  Future<Map<String, Optional<BranchState>>> states(GlobalId id);
}
