package dev.converge.order.application;

import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderProtocol;
import io.vertx.core.Future;

/** Brings orders to their ends by other protocols than the saga. */
public interface OrderProtocols {
  /** The order is not decided, or the decision is not known. A repeated request finds it. */
  final class UndecidedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UndecidedException(String message) {
      super(message, null, false, false);
    }

    static UndecidedException ofKeyInDoubt() {
      return new UndecidedException(
          "an earlier request with this Idempotency-Key is not decided yet: its end is awaited");
    }
  }

  /**
   * Ends an order, or finds the one that its key belongs to.
   *
   * @return failed with {@link UndecidedException} if the participants do not vote in time
   */
  Future<Answer> commit(OrderProtocol protocol, Request request);

  /**
   * The branches of an order's transaction that have not ended as it was decided; none for an order
   * of another kind.
   */
  Future<UnsettledBranches> unsettled(Order order);
}
