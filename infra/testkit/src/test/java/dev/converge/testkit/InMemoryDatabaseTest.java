package dev.converge.testkit;

import static dev.converge.testkit.InMemoryDatabase.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Goal: a transaction in memory commits and rolls back as PostgreSQL's does, so that a unit test
 * which passes on it means something. Method: transactions of one table.
 */
class InMemoryDatabaseTest {
  private final InMemoryDatabase database = new InMemoryDatabase();
  private final Map<String, Integer> table = database.table();

  private Future<Void> put(SqlClient client, String key, int value) {
    return database.write(client, "put " + key, () -> table.put(key, value));
  }

  @Test
  void committedRowsStayAndTheirStatementsAreRecorded() {
    database.inTransaction(tx -> put(tx, "a", 1).compose(put -> put(tx, "b", 2)));

    assertThat(table).containsExactly(Map.entry("a", 1), Map.entry("b", 2));
    assertThat(database.statements()).containsExactly("put a", "put b", COMMIT);
  }

  @Test
  void failedWorkRollsBackInsertsAndUpdates() {
    table.put("a", 1);

    assertThatThrownBy(
            () ->
                database.inTransaction(
                    tx ->
                        put(tx, "a", 2)
                            .compose(put -> put(tx, "b", 2))
                            .compose(put -> Future.failedFuture("refused"))))
        .hasMessage("refused");

    assertThat(table).containsExactly(Map.entry("a", 1));
  }

  @Test
  void workThatThrowsRollsBack() {
    assertThatThrownBy(
            () ->
                database.inTransaction(
                    tx -> {
                      if (put(tx, "a", 1).succeeded()) {
                        throw new IllegalStateException("a bug");
                      }
                      return Future.succeededFuture();
                    }))
        .hasMessage("a bug");

    assertThat(table).isEmpty();
  }

  @Test
  void transactionWithAFailedStatementCannotCommit() {
    database.fail("put b", new IllegalStateException("refused"));

    assertThatThrownBy(
            () ->
                database.inTransaction(
                    tx -> put(tx, "a", 1).compose(put -> put(tx, "b", 2).otherwiseEmpty())))
        .hasMessage("a statement of the transaction failed");

    assertThat(table).isEmpty();
  }

  @Test
  void failedCommitRollsBackAndTheNextTransactionCommits() {
    database.fail(COMMIT, new IllegalStateException("refused"));

    assertThatThrownBy(() -> database.inTransaction(tx -> put(tx, "a", 1))).hasMessage("refused");
    assertThat(table).isEmpty();

    database.inTransaction(tx -> put(tx, "a", 2));
    assertThat(table).containsExactly(Map.entry("a", 2));
  }

  @Test
  void statementAfterTheTransactionFails() {
    SqlConnection ended = database.inTransaction(Future::succeededFuture);

    assertThat(put(ended, "a", 1).cause()).hasMessage("put a: transaction has ended");
    assertThat(table).isEmpty();
  }

  @Test
  void oneTransactionIsOpenAtATime() {
    assertThatThrownBy(
            () ->
                database.inTransaction(
                    tx -> database.pool().withTransaction(other -> put(other, "a", 1))))
        .hasMessage("another transaction is open");
  }

  @Test
  void statementOfThePoolNeedsNoTransaction() {
    assertThat(put(database.pool(), "a", 1).succeeded()).isTrue();
    assertThat(table).containsExactly(Map.entry("a", 1));
  }

  @Test
  void heldStatementTakesEffectWhenItIsReleased() {
    Promise<Void> held = database.hold("put a");
    Future<Void> committed = database.pool().withTransaction(tx -> put(tx, "a", 1));
    assertThat(committed.isComplete()).isFalse();
    assertThat(table).isEmpty();

    held.complete();

    assertThat(committed.succeeded()).isTrue();
    assertThat(table).containsExactly(Map.entry("a", 1));
  }
}
