package dev.converge.order.application;

import static dev.converge.order.InMemoryKeys.TAKE;
import static dev.converge.order.InMemoryOrders.APPEND;
import static dev.converge.order.InMemoryOrders.order;
import static dev.converge.testkit.InMemoryDatabase.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.InMemoryOrderTable;
import dev.converge.order.InMemoryOrders;
import dev.converge.order.InMemorySagas;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaStatus;
import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.OutboxMessage;
import dev.converge.service.postgres.GroupCommit.OverloadedException;
import dev.converge.testkit.EventLoop;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: an idempotency key belongs to one order, and key, order, saga and first command are written
 * together, before the answer, or not at all. Method: the use case on tables in memory, whose
 * statements are recorded, fail and wait when the test says so.
 */
class PlaceOrderTest {
  private static final EventLoop LOOP = new EventLoop();
  private static final String ONE = "01";
  private static final String ANOTHER = "02";

  private final InMemoryOrders orders = new InMemoryOrders(LOOP.vertx());
  private final AtomicLong nanos = new AtomicLong();
  private final AdmissionControl admission =
      new AdmissionControl(LOOP.vertx(), new SimpleMeterRegistry(), nanos::get);
  private final PlaceOrder placeOrder =
      new PlaceOrder(
          LOOP.vertx(),
          orders.database().pool(),
          orders.keys(),
          orders.orders(),
          orders.engine(),
          admission,
          orders.meters(),
          false);
  private final Order first = order(1);
  private final Order second = order(2);

  @AfterAll
  static void close() {
    LOOP.close();
  }

  /** Submits the requests together; returns what became of each. */
  private List<Future<Answer>> submit(Request... requests) {
    return LOOP.run(
        () -> {
          List<Future<Answer>> all =
              Stream.of(requests).map(request -> placeOrder.place(() -> request)).toList();
          return Future.join(all).transform(ended -> Future.succeededFuture(all));
        });
  }

  private List<Answer> place(Request... requests) {
    return submit(requests).stream().map(Future::result).toList();
  }

  @Test
  void ordersThatArriveTogetherShareATransactionAndEachStatement() {
    assertThat(place(new Request("a", ONE, first), new Request("b", ONE, second)))
        .containsExactly(new Answer(Verdict.ACCEPTED, first), new Answer(Verdict.ACCEPTED, second));

    assertThat(orders.database().statements())
        .containsExactly(
            TAKE,
            InMemoryOrderTable.INSERT,
            InMemorySagas.INSERT,
            InMemorySagas.LOG,
            APPEND,
            COMMIT);
    assertThat(orders.keys().used()).containsExactlyInAnyOrder("a", "b");
    assertThat(orders.saga(first)).isEqualTo("RUNNING reserve-stock/1 v1");
    assertThat(orders.timeline(second)).containsExactly("1:OrderPlaced>ReserveStock");
    assertThat(orders.messages(second)).containsExactly("1:ReserveStock");
  }

  @Test
  void firstCommandBelongsToTheConversationAndTheTraceOfItsOrder() {
    assertThat(place(new Request("a", ONE, first))).hasSize(1);

    assertThat(orders.sent(first))
        .extracting(OutboxMessage::origin)
        .containsExactly(new MessageOrigin(first.orderId(), null, InMemoryOrders.TRACE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        TAKE,
        InMemoryOrderTable.INSERT,
        InMemorySagas.INSERT,
        InMemorySagas.LOG,
        APPEND,
        COMMIT
      })
  void oneFailedStatementFailsTheRequestAndLeavesNothing(String statement) {
    ConnectException unavailable = new ConnectException("unavailable");
    orders.database().fail(statement, unavailable);

    assertThat(submit(new Request("a", ONE, first)).get(0).cause()).isSameAs(unavailable);

    assertThat(orders.keys().used()).isEmpty();
    assertThat(LOOP.run(() -> orders.orders().find(orders.database().pool(), first.orderId())))
        .isEmpty();
    assertThat(orders.saga(first)).isEqualTo("none");
    assertThat(orders.timeline(first)).isEmpty();
    assertThat(orders.messages(first)).isEmpty();
  }

  @Test
  void answerIsCompleteAfterTheCommitAndNotBefore() {
    Promise<Void> commit = orders.database().hold(COMMIT);
    Future<Answer> answer = LOOP.start(() -> placeOrder.place(() -> new Request("a", ONE, first)));
    LOOP.settle();
    assertThat(orders.database().statements()).endsWith(COMMIT);
    assertThat(answer.isComplete()).isFalse();

    LOOP.execute(commit::complete);

    assertThat(answer.result().verdict()).isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void sameRequestWithTheSameKeyReplaysTheOrder() {
    assertThat(place(new Request("a", ONE, first))).hasSize(1);

    assertThat(place(new Request("a", ONE, second)))
        .containsExactly(new Answer(Verdict.REPLAYED, first));

    assertThat(orders.saga(second)).isEqualTo("none");
    assertThat(orders.messages(first)).containsExactly("1:ReserveStock");
  }

  @Test
  void replayShowsTheOrderAsItIsNow() {
    assertThat(place(new Request("a", ONE, first))).hasSize(1);
    orders.put(
        new SagaInstance(
            first.orderId(),
            SagaStatus.COMPENSATED,
            "reserve-stock",
            1,
            AbortReason.CANCELLED_BY_CUSTOMER,
            2,
            2,
            null));

    assertThat(place(new Request("a", ONE, second)).get(0).order().status())
        .isEqualTo(OrderStatus.CANCELLED);
  }

  @Test
  void anotherRequestWithAUsedKeyIsRefused() {
    assertThat(place(new Request("a", ONE, first))).hasSize(1);

    assertThat(place(new Request("a", ANOTHER, second)))
        .containsExactly(new Answer(Verdict.KEY_REUSED, first));

    assertThat(orders.saga(second)).isEqualTo("none");
  }

  @Test
  void repeatedRequestsOfOneGroupPlaceOneOrder() {
    assertThat(
            place(
                new Request("a", ONE, first),
                new Request("a", ONE, second),
                new Request("a", ANOTHER, order(3))))
        .containsExactly(
            new Answer(Verdict.ACCEPTED, first),
            new Answer(Verdict.REPLAYED, first),
            new Answer(Verdict.KEY_REUSED, first));

    assertThat(orders.messages(first)).containsExactly("1:ReserveStock");
    assertThat(orders.saga(second)).isEqualTo("none");
  }

  @Test
  void replaysAloneWriteNoOrder() {
    assertThat(place(new Request("a", ONE, first))).hasSize(1);
    orders.database().clearStatements();

    assertThat(place(new Request("a", ONE, second))).hasSize(1);

    assertThat(orders.database().statements())
        .containsExactly(TAKE, "find keys", "find orders", COMMIT);
  }

  @Test
  void requestThatCannotBeWrittenFailsAloneAndLeavesItsKeyUnused() {
    assertThat(place(new Request("a", ONE, first))).hasSize(1);

    List<Future<Answer>> answers =
        submit(new Request("b", ONE, first), new Request("c", ONE, second));

    assertThat(answers.get(0).cause()).hasMessage("order " + first.orderId() + " exists");
    assertThat(answers.get(1).result()).isEqualTo(new Answer(Verdict.ACCEPTED, second));
    assertThat(orders.keys().used()).containsExactlyInAnyOrder("a", "c");
  }

  @Test
  void keyThatIsPrunedMeanwhileFailsTheRequestAndPlacesNothing() {
    assertThat(place(new Request("a", ONE, first))).hasSize(1);
    orders.keys().pruneBeforeFind("a");

    assertThat(submit(new Request("a", ONE, second)).get(0).cause())
        .hasMessage("a key was neither taken nor found: a");

    assertThat(orders.saga(second)).isEqualTo("none");
  }

  @Test
  void requestIsCreatedAfterItsAdmission() {
    List<Order> created = new ArrayList<>();
    fallBehind();
    Future<Answer> answer = LOOP.start(() -> placeOrder.place(() -> created(created)));
    LOOP.settle();
    assertThat(created).isEmpty();
    assertThat(orders.database().statements()).isEmpty();

    LOOP.execute(() -> AdmissionControlTest.replyOnce(admission));

    assertThat(LOOP.run(() -> answer).verdict()).isEqualTo(Verdict.ACCEPTED);
    assertThat(created).containsExactly(first);
  }

  @Test
  void requestBeyondTheQueueIsRefusedAndNeverCreated() {
    List<Order> created = new ArrayList<>();
    fallBehind();
    LOOP.execute(
        () ->
            Stream.generate(admission::admit)
                .limit(AdmissionControl.MAX_QUEUED)
                .forEach(queued -> assertThat(queued.isComplete()).isFalse()));

    Future<Answer> answer = LOOP.start(() -> placeOrder.place(() -> created(created)));
    LOOP.settle();

    assertThat(answer.cause()).isInstanceOf(OverloadedException.class);
    assertThat(created).isEmpty();
    assertThat(orders.database().statements()).isEmpty();
  }

  private void fallBehind() {
    boolean behind =
        LOOP.run(() -> Future.succeededFuture(AdmissionControlTest.fallBehind(admission)));
    assertThat(behind).isTrue();
  }

  private Request created(List<Order> created) {
    created.add(first);
    return new Request("a", ONE, first);
  }
}
