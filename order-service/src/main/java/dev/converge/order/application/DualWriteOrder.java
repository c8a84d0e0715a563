package dev.converge.order.application;

import dev.converge.commitment.Coordinator;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.DualWrite;
import dev.converge.commitment.protocol.DualWrite.Action;
import dev.converge.commitment.protocol.DualWrite.Event;
import dev.converge.commitment.protocol.DualWrite.Phase;
import dev.converge.commitment.protocol.TransitionTable;
import dev.converge.commitment.protocol.TransitionTable.Transition;
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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The control of the experiments: commits the order and calls the other services one after the
 * other, by the rules of {@link DualWrite}. It publishes no event and repairs nothing: a crash or a
 * lost call between two steps leaves the services divergent forever.
 */
public final class DualWriteOrder {
  private static final List<String> CALLED =
      List.of(BranchRequests.INVENTORY, BranchRequests.PAYMENT);
  private static final TransitionTable<Phase, Event, Action> DATABASE_FIRST =
      DualWrite.databaseFirst();
  private static final TransitionTable<Phase, Event, Action> CALL_FIRST = DualWrite.callFirst();

  private final TransactionRunner transactions;
  private final EndedOrders ended;
  private final Clock clock;

  public DualWriteOrder(TransactionRunner transactions, EndedOrders ended, Clock clock) {
    this.transactions = transactions;
    this.ended = ended;
    this.clock = clock;
  }

  /**
   * Runs a dual write.
   *
   * @param protocol which of the two steps is first
   */
  Future<Answer> run(OrderProtocol protocol, GlobalId id, Request request) {
    return new Run(protocol, id, request).on(Event.BEGIN, null);
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

  /** One order. */
  private final class Run {
    private final OrderProtocol protocol;
    private final TransitionTable<Phase, Event, Action> rules;
    private final GlobalId id;
    private final Request request;
    private final Order completed;
    private Phase phase;

    Run(OrderProtocol protocol, GlobalId id, Request request) {
      this.protocol = protocol;
      this.rules = protocol == OrderProtocol.DUAL_WRITE_CALL_FIRST ? CALL_FIRST : DATABASE_FIRST;
      this.id = id;
      this.request = request;
      this.completed = request.order().ended(by(true, Map.of()), null, now());
      this.phase = rules.initial();
    }

    Future<Answer> on(Event event, @Nullable Throwable cause) {
      Transition<Phase, Action> rule = rules.next(phase, event);
      phase = rule.next();
      if (rule.actions().size() != 1) {
        throw new IllegalStateException(event + ": " + rule.actions());
      }
      return switch (rule.actions().get(0)) {
        case WRITE_OWN_ROW ->
            ended
                .storeWithoutEvent(request, completed)
                .compose(
                    written -> on(Event.WRITTEN, null), failed -> on(Event.WRITE_FAILED, failed));
        case CALL_PARTICIPANTS ->
            callAll()
                .compose(
                    called -> on(Event.ALL_CALLED, null), failed -> on(Event.CALL_FAILED, failed));
        case ANSWER_DONE -> done();
        case ANSWER_FAILED -> failed(Objects.requireNonNull(cause));
      };
    }

    private Future<Void> callAll() {
      Future<Void> called = Future.succeededFuture();
      for (String participant : CALLED) {
        called = called.compose(before -> call(participant));
      }
      return called;
    }

    private Future<Void> call(String participant) {
      Order order = request.order();
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

    private Future<Answer> done() {
      ended.count(completed);
      return Future.succeededFuture(new Answer(Verdict.ACCEPTED, completed));
    }

    private Future<Answer> failed(Throwable cause) {
      if (!(cause instanceof CallFailedException call)) {
        // The row was not written. With the calls first, their effects stay: phantoms.
        return Future.failedFuture(cause);
      }
      return call.getCause() instanceof RefusedException refused
          ? reject(call.participant, refused.reason())
          : Future.failedFuture(new UndecidedException("a call failed: " + cause.getMessage()));
    }

    // The effects of the calls before the refusal stay.
    private Future<Answer> reject(String participant, String reason) {
      Order rejected =
          request
              .order()
              .ended(by(false, Map.of(participant, reason)), AbortReason.valueOf(reason), now());
      return write(rejected)
          .onSuccess(written -> ended.count(rejected))
          .map(written -> new Answer(Verdict.ACCEPTED, rejected));
    }

    private Future<Void> write(Order rejected) {
      return protocol == OrderProtocol.DUAL_WRITE_CALL_FIRST
          ? ended.storeWithoutEvent(request, rejected)
          : ended.update(rejected);
    }

    private OrderTransaction by(boolean isCommitted, Map<String, String> votes) {
      return new OrderTransaction(protocol, id.text(), isCommitted, votes);
    }
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
