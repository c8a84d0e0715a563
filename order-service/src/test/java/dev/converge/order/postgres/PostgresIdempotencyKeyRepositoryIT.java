package dev.converge.order.postgres;

import static dev.converge.order.OrderDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.faults.RowCountException;
import dev.converge.order.OrderDatabase;
import dev.converge.order.application.IdempotencyKeyRepository.IdempotencyKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: concurrent transactions take a key once, and it is kept for its retention. Method: the
 * repository on a real PostgreSQL.
 */
class PostgresIdempotencyKeyRepositoryIT {
  private final OrderDatabase database = new OrderDatabase();
  private final PostgresIdempotencyKeyRepository keys = new PostgresIdempotencyKeyRepository();

  @AfterEach
  void close() {
    database.close();
  }

  private static IdempotencyKey key(String name) {
    return new IdempotencyKey(name, "00ff80", UUID.randomUUID());
  }

  private Set<String> take(IdempotencyKey... wanted) {
    return database.inTransaction(tx -> keys.take(tx, List.of(wanted)));
  }

  @Test
  void keyIsTakenOnceAndReadAsItWasWritten() {
    IdempotencyKey first = key("a");

    assertThat(take(first)).containsExactly("a");
    assertThat(take(key("a"), key("b"))).containsExactly("b");

    assertThat(await(keys.find(database.pool(), List.of("a", "c"))))
        .containsOnlyKeys("a")
        .containsValue(first);
    assertThat(await(keys.find(database.pool(), List.of()))).isEmpty();
  }

  @Test
  void keyOfARolledBackTransactionIsFreeForTheWaitingOne() {
    assertThat(takenWhile(Promise.promise(), false)).containsExactly("a");
  }

  @Test
  void keyOfACommittedTransactionIsNotFreeForTheWaitingOne() {
    assertThat(takenWhile(Promise.promise(), true)).isEmpty();
  }

  /** The keys that a second transaction takes after waiting for the first. */
  private Set<String> takenWhile(Promise<Void> end, boolean commits) {
    Promise<Void> taken = Promise.promise();
    Future<Void> first =
        database
            .pool()
            .withTransaction(
                tx ->
                    keys.take(tx, List.of(key("a")))
                        .onSuccess(done -> taken.complete())
                        .compose(done -> end.future()));
    await(taken.future());
    Future<Set<String>> second =
        database.pool().withTransaction(tx -> keys.take(tx, List.of(key("a"))));
    OrderDatabase.awaitLockWaits(database, 1);
    assertThat(second.isComplete()).isFalse();
    if (commits) {
      end.complete();
    } else {
      end.fail("rolls back");
    }
    boolean committed = await(first.map(true).otherwise(false));
    assertThat(committed).isEqualTo(commits);
    return await(second);
  }

  @Test
  void keyThatIsTakenAloneIsInDoubtUntilItsTransactionEnds() {
    Promise<Void> end = Promise.promise();
    Promise<Boolean> taken = Promise.promise();
    Future<Void> alone =
        database
            .pool()
            .withTransaction(
                tx ->
                    keys.takeAlone(tx, key("a"))
                        .onSuccess(taken::complete)
                        .compose(done -> end.future()));
    assertThat(await(taken.future())).isTrue();

    assertThat(await(keys.inDoubt(database.pool(), List.of("a", "b")))).containsExactly("a");
    end.complete();
    await(alone);
    assertThat(await(keys.inDoubt(database.pool(), List.of("a", "b")))).isEmpty();
    boolean again = database.inTransaction(tx -> keys.takeAlone(tx, key("a")));
    assertThat(again).isFalse();
  }

  @Test
  void keyThatIsTakenAloneWaitsForTheTransactionsThatShareIt() {
    Promise<Void> end = Promise.promise();
    Promise<Void> shared = Promise.promise();
    Future<Void> saga =
        database
            .pool()
            .withTransaction(
                tx ->
                    keys.inDoubt(tx, List.of("a"))
                        .onSuccess(none -> shared.complete())
                        .compose(none -> end.future()));
    await(shared.future());
    // Two transactions share a key.
    assertThat(await(keys.inDoubt(database.pool(), List.of("a")))).isEmpty();

    Future<Boolean> alone = database.pool().withTransaction(tx -> keys.takeAlone(tx, key("a")));
    OrderDatabase.awaitLockWaits(database, 1);
    assertThat(alone.isComplete()).isFalse();
    end.complete();
    await(saga);
    assertThat(await(alone)).isTrue();
  }

  @Test
  void keysPastTheirRetentionArePrunedOldestFirstUpToTheLimit() {
    assertThat(take(key("oldest"), key("old"), key("new"))).hasSize(3);
    database.execute(
        """
            UPDATE idempotency_key SET created_at = now() - interval '9 days' WHERE key = 'oldest';
            UPDATE idempotency_key SET created_at = now() - interval '8 days' WHERE key = 'old'
            """);

    assertThat(await(keys.prune(database.pool(), 7, 1))).isEqualTo(1);
    assertThat(await(keys.find(database.pool(), List.of("oldest", "old", "new"))))
        .containsOnlyKeys("old", "new");
    assertThat(await(keys.prune(database.pool(), 7, 10))).isEqualTo(1);
    assertThat(await(keys.prune(database.pool(), 7, 10))).isZero();
  }

  @Test
  void pruningFailsIfATriggerKeepsTheRows() {
    assertThat(take(key("old"))).hasSize(1);
    database.execute(
        """
        UPDATE idempotency_key SET created_at = now() - interval '8 days';
        CREATE OR REPLACE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER drops BEFORE DELETE ON idempotency_key
        FOR EACH ROW EXECUTE FUNCTION drop_row()
        """);
    try {
      assertThatThrownBy(() -> await(keys.prune(database.pool(), 7, 10)))
          .isInstanceOf(RowCountException.class);
    } finally {
      database.execute("DROP TRIGGER drops ON idempotency_key");
    }
    assertThat(await(keys.prune(database.pool(), 7, 10))).isEqualTo(1);
  }
}
