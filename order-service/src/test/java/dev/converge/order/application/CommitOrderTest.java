package dev.converge.order.application;

import static dev.converge.order.InMemoryOrders.order;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.Coordinator;
import dev.converge.commitment.Decision;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.Outcome;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.order.InMemoryOrderTable;
import dev.converge.order.InMemoryOrders;
import dev.converge.order.application.OrderProtocols.UndecidedException;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.domain.OrderStatus;
import dev.converge.outbox.Outbox;
import dev.converge.testkit.EventLoop;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: key, order and event are written with a commit or a rejection, and not at all without a
 * decision. Method: the use case on tables in memory, with transactions whose votes the test
 * chooses.
 */
class CommitOrderTest {
  private static final EventLoop LOOP = new EventLoop();
  private static final Map<String, String> ALL =
      Map.of("inventory", Outcome.PREPARED, "payment", Outcome.PREPARED);

  private final InMemoryOrders orders = new InMemoryOrders(LOOP.vertx());
  private final Scripted transactions = new Scripted();
  private final List<OrderProtocol> announced = new ArrayList<>();
  private final EndedOrders ended =
      new EndedOrders(
          orders.database().pool(), orders.keys(), orders.orders(), this::outbox, orders.meters());
  private final CommitOrder commitOrder =
      new CommitOrder(
          LOOP.vertx(),
          transactions,
          1,
          ended,
          new DualWriteOrder(transactions, ended, orders.clock()),
          orders.clock());
  private final Request request = new Request("key", "01", order(1));

  @AfterAll
  static void close() {
    LOOP.close();
  }

  /** Transactions with the votes and the answers of calls that the test chooses. */
  private final class Scripted implements TransactionRunner {
    private Map<String, String> votes = ALL;
    private Future<Void> decisionIsKnown = Future.succeededFuture();
    private final List<String> called = new ArrayList<>();
    private Map<String, Optional<BranchState>> states = Map.of();
    private String hasNoRegister = "";
    private String refuses = "";
    private String isSilent = "";
    private Runnable beforeACall = () -> {};

    @Override
    public GlobalId id(OrderProtocol protocol, UUID orderId) {
      return new GlobalId(protocol.label(), orderId, List.of("inventory", "payment"));
    }

    @Override
    public Future<Outcome> run(
        GlobalId id,
        Map<String, JsonObject> requests,
        Function<SqlConnection, Future<Void>> ownWork,
        Context trace) {
      called.addAll(requests.keySet());
      if (id.protocol().equals(hasNoRegister)) {
        return Promise.<Outcome>promise().future();
      }
      return decisionIsKnown.compose(
          known ->
              votes.equals(ALL)
                  ? orders
                      .database()
                      .pool()
                      .withTransaction(ownWork)
                      .map(new Outcome(Decision.COMMIT, votes))
                  : Future.succeededFuture(new Outcome(Decision.ABORT, votes)));
    }

    @Override
    public Future<Void> call(Coordinator.Request call) {
      beforeACall.run();
      called.add(call.participant());
      if (call.participant().equals(refuses)) {
        return Future.failedFuture(new RefusedException("OUT_OF_STOCK"));
      }
      return call.participant().equals(isSilent)
          ? Future.failedFuture("no answer")
          : Future.succeededFuture();
    }

    @Override
    public Future<Map<String, Optional<BranchState>>> states(GlobalId id) {
      return Future.succeededFuture(states);
    }
  }

  private Outbox outbox(OrderProtocol protocol) {
    announced.add(protocol);
    return orders.outbox();
  }

  private Future<Answer> submit(OrderProtocol protocol, Request one) {
    return LOOP.run(
        () ->
            commitOrder
                .commit(protocol, one)
                .transform(done -> Future.succeededFuture(resultOf(done))));
  }

  private static Future<Answer> resultOf(io.vertx.core.AsyncResult<Answer> done) {
    return done.succeeded()
        ? Future.succeededFuture(done.result())
        : Future.failedFuture(done.cause());
  }

  private Answer commit(Request one) {
    return submit(OrderProtocol.TWO_PHASE, one).result();
  }

  @Test
  void committedOrderIsWrittenWithItsKeyAndItsEvent() {
    Answer answer = commit(request);

    assertThat(answer.verdict()).isEqualTo(Verdict.ACCEPTED);
    assertThat(answer.order().status()).isEqualTo(OrderStatus.COMPLETED);
    assertThat(answer.order().protocol()).isEqualTo(OrderProtocol.TWO_PHASE);
    assertThat(transactions.called).containsExactlyInAnyOrder("inventory", "payment");
    assertThat(orders.keys().used()).containsExactly("key");
    assertThat(orders.messages(request.order())).containsExactly("1:OrderCompleted");
    assertThat(announced).containsExactly(OrderProtocol.TWO_PHASE);
    assertThat(orders.stored(request.order().orderId())).isEmpty();
  }

  @Test
  void repeatedRequestGetsTheFirstAnswer() {
    Order first = commit(request).order();
    Answer again = commit(new Request("key", "01", order(2)));
    Answer another = commit(new Request("key", "02", order(3)));

    assertThat(again).isEqualTo(new Answer(Verdict.REPLAYED, first));
    assertThat(another.verdict()).isEqualTo(Verdict.KEY_REUSED);
    assertThat(transactions.called).hasSize(2);
  }

  @Test
  void requestsWithOneKeyAtTheSameTimeRunOneTransaction() {
    Promise<Void> decided = Promise.promise();
    transactions.decisionIsKnown = decided.future();
    List<Future<Answer>> both =
        LOOP.run(
            () -> {
              List<Future<Answer>> all =
                  List.of(
                      commitOrder.commit(OrderProtocol.TCC, request),
                      commitOrder.commit(OrderProtocol.TCC, new Request("key", "01", order(2))));
              LOOP.vertx().setTimer(20, late -> decided.complete());
              return Future.join(all).map(all);
            });

    assertThat(both.get(0).result().verdict()).isEqualTo(Verdict.ACCEPTED);
    assertThat(both.get(1).result().verdict()).isEqualTo(Verdict.REPLAYED);
    assertThat(transactions.called).hasSize(2);
  }

  @Test
  void protocolWhoseRegisterDoesNotAnswerOccupiesNoSlotOfAnother() {
    transactions.hasNoRegister = OrderProtocol.TWO_PHASE_QUORUM.label();
    Request waiting = new Request("waiting", "01", order(2));
    Answer answer =
        LOOP.run(
            () -> {
              Future<Answer> unused = commitOrder.commit(OrderProtocol.TWO_PHASE_QUORUM, waiting);
              return commitOrder.commit(OrderProtocol.TWO_PHASE, request);
            });

    assertThat(answer.verdict()).isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void keyInDoubtIsNotVotedOn() {
    orders.keys().leaveInDoubt("key");

    assertThat(submit(OrderProtocol.TWO_PHASE, request).cause())
        .isInstanceOf(UndecidedException.class)
        .hasMessageContaining("is not decided yet");
    assertThat(transactions.called).isEmpty();
  }

  @Test
  void keyWhoseTransactionEndsMeanwhileIsFound() {
    orders.keys().leaveInDoubt("key");
    Order late = new InMemoryOrdersEnd(request).completed();
    Future<Answer> answer =
        LOOP.run(
            () -> {
              Future<Answer> waiting = commitOrder.commit(OrderProtocol.TWO_PHASE, request);
              LOOP.vertx()
                  .setTimer(
                      20,
                      ends ->
                          orders
                              .database()
                              .pool()
                              .withTransaction(tx -> ended.insert(tx, request, late))
                              .onFailure(Throwable::printStackTrace));
              return waiting.transform(done -> Future.succeededFuture(resultOf(done)));
            });

    assertThat(answer.result()).isEqualTo(new Answer(Verdict.REPLAYED, late));
    assertThat(transactions.called).isEmpty();
  }

  @Test
  void refusedOrderIsStoredAsRejected() {
    transactions.votes = Map.of("inventory", "OUT_OF_STOCK", "payment", Outcome.PREPARED);

    Order rejected = commit(request).order();

    assertThat(rejected.status()).isEqualTo(OrderStatus.REJECTED);
    assertThat(rejected.reason()).isEqualTo(AbortReason.OUT_OF_STOCK);
    assertThat(orders.messages(request.order())).containsExactly("1:OrderRejected");
    assertThat(commit(request)).isEqualTo(new Answer(Verdict.REPLAYED, rejected));
  }

  @Test
  void withoutAllVotesNothingIsStored() {
    transactions.votes = Map.of("inventory", Outcome.PREPARED, "payment", Outcome.NO_ANSWER);

    assertThat(submit(OrderProtocol.TWO_PHASE, request).cause())
        .isInstanceOf(UndecidedException.class);
    assertThat(orders.keys().used()).isEmpty();
    transactions.votes = ALL;
    assertThat(commit(request).verdict()).isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void unknownDecisionIsFoundByTheRepeatedRequest() {
    transactions.decisionIsKnown = Future.failedFuture("the register does not answer");
    assertThat(submit(OrderProtocol.TWO_PHASE, request).cause())
        .isInstanceOf(UndecidedException.class);

    Order late = new InMemoryOrdersEnd(request).completed();
    orders.database().inTransaction(tx -> ended.insert(tx, request, late));

    assertThat(commit(request)).isEqualTo(new Answer(Verdict.REPLAYED, late));
  }

  /** The end of an order that another transaction has written. */
  private record InMemoryOrdersEnd(Request request) {
    Order completed() {
      return dev.converge.order.OrderDatabase.ended(request.order(), null);
    }
  }

  @Test
  void failedWriteLeavesNothing() {
    orders.database().fail(InMemoryOrderTable.INSERT, new IllegalStateException("disk full"));

    assertThat(submit(OrderProtocol.TWO_PHASE, request).cause())
        .isInstanceOf(UndecidedException.class);
    assertThat(orders.keys().used()).isEmpty();
    assertThat(orders.sent(request.order())).isEmpty();
  }

  @Test
  void dualWriteCallsTheServicesInSequenceAndPublishesNothing() {
    Answer answer = submit(OrderProtocol.DUAL_WRITE, request).result();

    assertThat(answer.order().status()).isEqualTo(OrderStatus.COMPLETED);
    assertThat(transactions.called).containsExactly("inventory", "payment");
    assertThat(orders.sent(request.order())).isEmpty();
  }

  @Test
  void dualWriteRejectsAnOrderThatItHasCommitted() {
    transactions.refuses = "payment";

    Answer answer = submit(OrderProtocol.DUAL_WRITE, request).result();

    assertThat(answer.order().reason()).isEqualTo(AbortReason.OUT_OF_STOCK);
    assertThat(transactions.called).containsExactly("inventory", "payment");
    assertThat(submit(OrderProtocol.DUAL_WRITE, request).result())
        .isEqualTo(new Answer(Verdict.REPLAYED, answer.order()));
  }

  @Test
  void dualWriteLeavesAnOrderWhoseCallGotNoAnswer() {
    transactions.isSilent = "inventory";

    assertThat(submit(OrderProtocol.DUAL_WRITE, request).cause())
        .isInstanceOf(UndecidedException.class);
    Answer again = submit(OrderProtocol.DUAL_WRITE, request).result();
    assertThat(again.verdict()).isEqualTo(Verdict.REPLAYED);
    assertThat(again.order().status()).isEqualTo(OrderStatus.COMPLETED);
    assertThat(transactions.called).containsExactly("inventory");
  }

  @Test
  void dualWriteThatCallsFirstWritesItsRowLast() {
    transactions.beforeACall = () -> assertThat(orders.keys().used()).isEmpty();

    Answer answer = submit(OrderProtocol.DUAL_WRITE_CALL_FIRST, request).result();

    assertThat(answer.order().status()).isEqualTo(OrderStatus.COMPLETED);
    assertThat(answer.order().protocol()).isEqualTo(OrderProtocol.DUAL_WRITE_CALL_FIRST);
    assertThat(transactions.called).containsExactly("inventory", "payment");
    assertThat(orders.keys().used()).containsExactly("key");
    assertThat(orders.sent(request.order())).isEmpty();
  }

  @Test
  void dualWriteThatCallsFirstLeavesEffectsWithoutAnOrder() {
    orders.database().fail(InMemoryOrderTable.INSERT, new IllegalStateException("disk full"));

    assertThat(submit(OrderProtocol.DUAL_WRITE_CALL_FIRST, request).cause())
        .hasMessageContaining("disk full");
    assertThat(transactions.called).containsExactly("inventory", "payment");
    assertThat(orders.keys().used()).isEmpty();
  }

  @Test
  void dualWriteThatCallsFirstStoresARefusedOrder() {
    transactions.refuses = "payment";

    Answer answer = submit(OrderProtocol.DUAL_WRITE_CALL_FIRST, request).result();

    assertThat(answer.order().reason()).isEqualTo(AbortReason.OUT_OF_STOCK);
    assertThat(submit(OrderProtocol.DUAL_WRITE_CALL_FIRST, request).result())
        .isEqualTo(new Answer(Verdict.REPLAYED, answer.order()));
  }

  @Test
  void branchesThatHaveNotEndedAsDecidedAreUnsettled() {
    Order two = commit(request).order();
    transactions.states =
        Map.of("inventory", Optional.of(BranchState.ABORTED), "payment", Optional.empty());

    assertThat(unsettled(two))
        .isEqualTo(new UnsettledBranches(List.of(), List.of("inventory"), List.of("payment")));
    assertThat(unsettled(order(3))).isEqualTo(UnsettledBranches.NONE);
  }

  @Test
  void callThatIsMissingOfADualWriteIsADivergence() {
    transactions.isSilent = "payment";
    assertThat(submit(OrderProtocol.DUAL_WRITE, request).failed()).isTrue();
    Order halfDone = submit(OrderProtocol.DUAL_WRITE, request).result().order();
    transactions.states =
        Map.of(
            "inventory", Optional.of(BranchState.COMMITTED),
            "payment", Optional.of(BranchState.UNKNOWN));

    assertThat(unsettled(halfDone))
        .isEqualTo(new UnsettledBranches(List.of(), List.of("payment"), List.of()));
  }

  @Test
  void effectThatARejectedDualWriteHasLeftIsADivergence() {
    transactions.refuses = "payment";
    Order rejected = submit(OrderProtocol.DUAL_WRITE, request).result().order();
    transactions.states =
        Map.of(
            "inventory", Optional.of(BranchState.COMMITTED),
            "payment", Optional.of(BranchState.UNKNOWN));

    assertThat(unsettled(rejected))
        .isEqualTo(new UnsettledBranches(List.of(), List.of("inventory"), List.of()));
  }

  @Test
  void commitWithoutARecordIsADivergenceWhileRecordsAreKept() {
    Order recent = commit(request).order();
    Order old =
        request
            .order()
            .ended(
                java.util.Objects.requireNonNull(recent.transaction()),
                null,
                orders.clock().instant().minus(Duration.ofDays(7)));
    transactions.states = Map.of("inventory", Optional.of(BranchState.UNKNOWN));

    assertThat(unsettled(recent).divergent()).containsExactly("inventory");
    assertThat(unsettled(old)).isEqualTo(UnsettledBranches.NONE);
  }

  private UnsettledBranches unsettled(Order order) {
    return commitOrder.unsettled(order).result();
  }
}
