package dev.converge.order.application;

import static dev.converge.order.OrderDatabase.await;
import static dev.converge.order.OrderDatabase.newOrder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.OrderDatabase;
import dev.converge.order.OrderEngine;
import dev.converge.order.application.IdempotencyKeyRepository.IdempotencyKey;
import dev.converge.order.application.OrderProtocols.UndecidedException;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.postgres.PostgresIdempotencyKeyRepository;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: an idempotency key belongs to one order, and key, order, saga and first command are written
 * together or not at all. Method: the use case on a real PostgreSQL, several requests at a time.
 */
class PlaceOrderIT {
  private static final String ONE = "01";
  private static final String ANOTHER = "02";

  private final OrderDatabase database = new OrderDatabase();
  private final OrderEngine engine = new OrderEngine(database);
  private final Context loop = database.vertx().getOrCreateContext();
  private final PlaceOrder placeOrder = engine.placeOrder();

  @AfterEach
  void close() {
    database.close();
  }

  /** Submits the requests together, so that they share a transaction. */
  private List<Answer> place(Request... requests) {
    return await(submit(placeOrder, requests));
  }

  private Future<List<Answer>> submit(PlaceOrder instance, Request... requests) {
    Promise<List<Answer>> answers = Promise.promise();
    loop.runOnContext(
        run ->
            Future.all(
                    List.of(requests).stream()
                        .map(request -> instance.place(() -> request))
                        .toList())
                .<List<Answer>>map(all -> all.list())
                .onComplete(answers));
    return answers.future();
  }

  private String rows() {
    return String.valueOf(
        database.value(
            "SELECT (SELECT count(*) FROM idempotency_key) || ' ' || (SELECT count(*) FROM"
                + " placed_order) || ' ' || (SELECT count(*) FROM saga) || ' ' || (SELECT"
                + " count(*) FROM saga_log) || ' ' || (SELECT count(*) FROM outbox)"));
  }

  @Test
  void acceptedOrdersAreWrittenWithKeySagaAndFirstCommand() {
    Order first = newOrder();
    Order second = newOrder();

    assertThat(place(new Request("a", ONE, first), new Request("b", ONE, second)))
        .containsExactly(new Answer(Verdict.ACCEPTED, first), new Answer(Verdict.ACCEPTED, second));

    assertThat(rows()).isEqualTo("2 2 2 2 2");
    assertThat(engine.saga(first)).isEqualTo("RUNNING reserve-stock/1 v1");
    assertThat(engine.outbox(second)).isEqualTo("1:ReserveStock");
  }

  @Test
  void repeatedRequestReplaysTheOrderInItsCurrentState() {
    Order order = newOrder();
    assertThat(place(new Request("a", ONE, order)).get(0).verdict()).isEqualTo(Verdict.ACCEPTED);

    Answer replayed = place(new Request("a", ONE, newOrder())).get(0);
    Answer reused = place(new Request("a", ANOTHER, newOrder())).get(0);

    assertThat(replayed).isEqualTo(new Answer(Verdict.REPLAYED, order));
    assertThat(reused).isEqualTo(new Answer(Verdict.KEY_REUSED, order));
    assertThat(rows()).isEqualTo("1 1 1 1 1");
  }

  @Test
  void newAndRepeatedRequestsShareATransaction() {
    Order known = newOrder();
    assertThat(place(new Request("a", ONE, known))).hasSize(1);
    Order fresh = newOrder();

    assertThat(
            place(
                new Request("a", ONE, newOrder()),
                new Request("b", ONE, fresh),
                new Request("b", ONE, newOrder()),
                new Request("b", ANOTHER, newOrder())))
        .containsExactly(
            new Answer(Verdict.REPLAYED, known),
            new Answer(Verdict.ACCEPTED, fresh),
            new Answer(Verdict.REPLAYED, fresh),
            new Answer(Verdict.KEY_REUSED, fresh));
    assertThat(rows()).isEqualTo("2 2 2 2 2");
  }

  @Test
  void oneOfSeveralInstancesAcceptsAKey() {
    List<PlaceOrder> instances =
        IntStream.range(0, 4).mapToObj(instance -> engine.placeOrder()).toList();

    List<Answer> answers =
        instances.stream()
            .map(instance -> submit(instance, new Request("a", ONE, newOrder())))
            .toList()
            .stream()
            .map(future -> await(future).get(0))
            .toList();

    assertThat(answers).extracting(Answer::verdict).containsOnlyOnce(Verdict.ACCEPTED);
    assertThat(answers).extracting(Answer::verdict).doesNotContain(Verdict.KEY_REUSED);
    assertThat(answers)
        .extracting(answer -> answer.order().orderId())
        .containsOnly(answers.get(0).order().orderId());
    assertThat(rows()).isEqualTo("1 1 1 1 1");
  }

  /** A transaction of another protocol that has a key and stays open until the promise ends it. */
  private Future<Void> leaveInDoubt(String key, Promise<Void> end) {
    Promise<Void> taken = Promise.promise();
    PostgresIdempotencyKeyRepository keys = new PostgresIdempotencyKeyRepository();
    Future<Void> ended =
        database
            .pool()
            .withTransaction(
                tx ->
                    keys.takeAlone(tx, new IdempotencyKey(key, ANOTHER, UUID.randomUUID()))
                        .onSuccess(own -> taken.complete())
                        .compose(own -> end.future()));
    await(taken.future());
    return ended;
  }

  @Test
  void keyInDoubtFailsOnlyTheRequestsThatHaveIt() {
    Promise<Void> end = Promise.promise();
    Future<Void> inDoubt = leaveInDoubt("kept", end);
    List<Order> innocent = IntStream.range(0, 20).mapToObj(each -> newOrder()).toList();

    Future<List<Answer>> kept = submit(placeOrder, new Request("kept", ONE, newOrder()));
    Future<List<Answer>> others =
        submit(
            placeOrder,
            innocent.stream()
                .map(order -> new Request("of " + order.orderId(), ONE, order))
                .toArray(Request[]::new));

    assertThat(await(others))
        .containsExactlyElementsOf(
            innocent.stream().map(order -> new Answer(Verdict.ACCEPTED, order)).toList());
    assertThatThrownBy(() -> await(kept))
        .isInstanceOf(UndecidedException.class)
        .hasMessageContaining("is not decided yet");
    end.fail("it is rolled back");
    assertThat(await(inDoubt.map(true).otherwise(false))).isFalse();
    assertThat(place(new Request("kept", ONE, newOrder())).get(0).verdict())
        .isEqualTo(Verdict.ACCEPTED);
  }

  @Test
  void orderThatCannotBeWrittenLeavesNoKeyAndDoesNotFailTheOthers() {
    Order good = newOrder();
    // PostgreSQL refuses it: see the constraint on its total.
    Order bad = OrderDatabase.orderOf(UUID.randomUUID(), Long.MAX_VALUE);

    Future<List<Answer>> refused = submit(placeOrder, new Request("bad", ONE, bad));
    Future<List<Answer>> accepted = submit(placeOrder, new Request("good", ONE, good));

    assertThat(await(accepted)).containsExactly(new Answer(Verdict.ACCEPTED, good));
    assertThatThrownBy(() -> await(refused)).hasMessageContaining("placed_order_total_is_exact");
    assertThat(rows()).isEqualTo("1 1 1 1 1");
  }
}
