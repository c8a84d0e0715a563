package dev.converge.order.application;

import dev.converge.commitment.Coordinator;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.DualWrite;
import dev.converge.order.application.OrderProtocols.UndecidedException;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.domain.OrderTransaction;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/**
 * The control of the experiments: commits the order, then calls the other services one after the
 * other, by the rules of {@link DualWrite}. It publishes no event and repairs nothing: a crash or a
 * lost call between two steps leaves the services divergent forever.
 */
public final class DualWriteOrder {
  private static final List<String> CALLED =
      List.of(BranchRequests.INVENTORY, BranchRequests.PAYMENT);

  private final TransactionRunner transactions;
  private final EndedOrders ended;
  private final Clock clock;

  public DualWriteOrder(TransactionRunner transactions, EndedOrders ended, Clock clock) {
    this.transactions = transactions;
    this.ended = ended;
    this.clock = clock;
  }

  Future<Answer> run(GlobalId id, Request request) {
    Order completed = ended(request, new OrderTransaction(protocol(), id.text(), true, Map.of()));
    DualWrite.Phase writing =
        next(DualWrite.Phase.NEW, DualWrite.Event.BEGIN, DualWrite.Action.WRITE_OWN_ROW);
    return ended
        .storeWithoutEvent(request, completed)
        .compose(stored -> call(writing, id, request, completed));
  }

  private Future<Answer> call(
      DualWrite.Phase writing, GlobalId id, Request request, Order completed) {
    DualWrite.Phase calling =
        next(writing, DualWrite.Event.WRITTEN, DualWrite.Action.CALL_PARTICIPANTS);
    Future<Void> called = Future.succeededFuture();
    for (String participant : CALLED) {
      called = called.compose(before -> call(id, participant, request.order()));
    }
    return called
        .map(all -> done(calling, completed))
        .recover(cause -> failed(calling, id, request, cause));
  }

  private Future<Void> call(GlobalId id, String participant, Order order) {
    return transactions
        .call(
            new Coordinator.Request(
                participant,
                id,
                BranchEvent.PREPARE,
                BranchRequests.of(order).getOrDefault(participant, new JsonObject()),
                BranchRequests.trace(order)))
        .recover(cause -> Future.failedFuture(new CallFailedException(participant, cause)));
  }

  /** A call that was refused, or whose effect is not known. */
  private static final class CallFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String participant;

    CallFailedException(String participant, Throwable cause) {
      super(participant + ": " + cause.getMessage(), cause, false, false);
      this.participant = participant;
    }
  }

  private Answer done(DualWrite.Phase calling, Order completed) {
    DualWrite.Phase unused =
        next(calling, DualWrite.Event.ALL_CALLED, DualWrite.Action.ANSWER_DONE);
    ended.count(completed);
    return new Answer(Verdict.ACCEPTED, completed);
  }

  private Future<Answer> failed(
      DualWrite.Phase calling, GlobalId id, Request request, Throwable cause) {
    DualWrite.Phase unused =
        next(calling, DualWrite.Event.CALL_FAILED, DualWrite.Action.ANSWER_FAILED);
    return cause instanceof CallFailedException call
            && call.getCause() instanceof RefusedException refused
        ? reject(id, request, call.participant, refused.reason())
        : Future.failedFuture(new UndecidedException("a call failed: " + cause.getMessage()));
  }

  // The effects of the calls before the refusal stay.
  private Future<Answer> reject(GlobalId id, Request request, String participant, String reason) {
    OrderTransaction by =
        new OrderTransaction(protocol(), id.text(), false, Map.of(participant, reason));
    Order rejected = request.order().ended(by, AbortReason.valueOf(reason), now());
    return ended
        .update(rejected)
        .onSuccess(updated -> ended.count(rejected))
        .map(updated -> new Answer(Verdict.ACCEPTED, rejected));
  }

  private Order ended(Request request, OrderTransaction by) {
    return request.order().ended(by, null, now());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }

  private static OrderProtocol protocol() {
    return OrderProtocol.DUAL_WRITE;
  }

  private static DualWrite.Phase next(
      DualWrite.Phase phase, DualWrite.Event event, DualWrite.Action expected) {
    var rule = DualWrite.databaseFirst().next(phase, event);
    if (!rule.actions().equals(List.of(expected))) {
      throw new IllegalStateException(phase + " on " + event + ": " + rule.actions());
    }
    return rule.next();
  }
}
