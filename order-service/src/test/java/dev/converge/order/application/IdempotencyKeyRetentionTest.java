package dev.converge.order.application;

import static dev.converge.order.InMemoryKeys.PRUNE;
import static dev.converge.order.application.IdempotencyKeyRetention.MAX_BATCH;
import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.InMemoryOrders;
import dev.converge.order.application.IdempotencyKeyRepository.IdempotencyKey;
import dev.converge.testkit.EventLoop;
import java.net.ConnectException;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: keys past their retention are deleted in bounded batches, at start and again soon while
 * there are more. Method: keys in memory, all of which are past their retention.
 */
class IdempotencyKeyRetentionTest {
  private static final EventLoop LOOP = new EventLoop();

  private final InMemoryOrders orders = new InMemoryOrders(LOOP.vertx());
  private final IdempotencyKeyRetention retention =
      new IdempotencyKeyRetention(orders.database().pool(), orders.keys(), () -> true);

  @AfterAll
  static void close() {
    LOOP.close();
  }

  private void addKeys(int keys) {
    orders
        .database()
        .inTransaction(
            tx ->
                orders
                    .keys()
                    .take(tx, IntStream.range(0, keys).mapToObj(each -> key("" + each)).toList()));
    orders.database().clearStatements();
  }

  private static IdempotencyKey key(String key) {
    return new IdempotencyKey(key, "01", new UUID(0, 1));
  }

  @Test
  void keysAreDeletedAtStartAfterTheirRetention() {
    addKeys(3);
    retention.init(LOOP.vertx(), LOOP.vertx().getOrCreateContext());

    assertThat(retention.start().succeeded()).isTrue();

    assertThat(orders.keys().used()).isEmpty();
    assertThat(orders.database().statements()).containsExactly(PRUNE + " after 7 days");
  }

  @Test
  void failureAtStartDoesNotPreventTheStart() {
    orders.database().fail(PRUNE, new ConnectException("unavailable"));
    retention.init(LOOP.vertx(), LOOP.vertx().getOrCreateContext());

    assertThat(retention.start().succeeded()).isTrue();
  }

  @Test
  void batchIsBoundedAndTheNextFollowsSoonWhileThereAreMore() {
    addKeys(MAX_BATCH + 1);

    int first = await(retention.prune());
    int second = await(retention.prune());

    assertThat(first).isEqualTo(MAX_BATCH);
    assertThat(IdempotencyKeyRetention.pause(first)).isEqualTo(IdempotencyKeyRetention.WHILE_FULL);
    assertThat(second).isEqualTo(1);
    assertThat(IdempotencyKeyRetention.pause(second)).isEqualTo(IdempotencyKeyRetention.EVERY);
    assertThat(orders.keys().used()).isEmpty();
  }

  @Test
  void failedStatementIsReportedToTheTimer() {
    orders.database().fail(PRUNE, new ConnectException("unavailable"));

    assertThatThrownBy(() -> assertThat(await(retention.prune())).isZero())
        .isInstanceOf(ConnectException.class);
  }
}
