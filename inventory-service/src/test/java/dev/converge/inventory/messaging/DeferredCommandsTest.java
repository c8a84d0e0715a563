package dev.converge.inventory.messaging;

import static dev.converge.inventory.InMemoryInventory.DEFER;
import static dev.converge.inventory.InMemoryInventory.DELETE_DEFERRED;
import static dev.converge.inventory.InMemoryInventory.LOCK_RESERVATIONS;
import static dev.converge.inventory.InMemoryInventory.LOCK_STOCK;
import static dev.converge.inventory.InMemoryInventory.READ_HELD;
import static dev.converge.inventory.InMemoryInventory.READ_WAITING;
import static dev.converge.inventory.InMemoryInventory.SAVE_RESERVATIONS;
import static dev.converge.inventory.InMemoryInventory.WAIT_BRIEFLY;
import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.inventory.InMemoryInventory;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.OutboxMessage;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.service.postgres.HeldRows;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: commands for held stock wait, others do not, and each is handled once. Method: the handler
 * and the poll on repositories in memory, in which a branch holds the apple.
 */
class DeferredCommandsTest {
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);

  private final InMemoryInventory inventory = new InMemoryInventory();
  private final HeldRows heldRows = new HeldRows(true);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final StockCommandHandler handler =
      new StockCommandHandler(
          inventory.stock(),
          inventory.reservations(),
          this::append,
          new Deferral(inventory.stock(), inventory.deferredCommands(), heldRows));
  private final DeferredCommands deferred =
      new DeferredCommands(
          inventory.database().pool(), inventory.deferredCommands(), handler, heldRows, meters);
  private final CommandMessages messages = new CommandMessages();
  private String refusedOrder = "none";

  @BeforeEach
  void receiveStock() {
    inventory.receive("apple", 10);
    inventory.receive("pear", 10);
    inventory.hold("apple");
  }

  private Future<Void> append(SqlConnection tx, List<OutboxMessage> sent) {
    return sent.stream().anyMatch(message -> message.aggregateId().equals(refusedOrder))
        ? Future.failedFuture(new IllegalStateException("refused"))
        : inventory.outbox().append(tx, sent);
  }

  private void handle(InboundMessage... batch) {
    inventory.database().clearStatements();
    inventory.database().inTransaction(tx -> handler.handle(tx, List.of(batch)));
  }

  private int handleFree() {
    return await(deferred.handleFree());
  }

  private List<String> replies() {
    return inventory.sent().stream()
        .map(sent -> sent.aggregateId().substring(35) + " " + sent.sequence() + " " + type(sent))
        .toList();
  }

  private static String type(OutboxMessage message) {
    return message.payload().type().replaceAll(".*\\.(\\w+)\\.v1", "$1");
  }

  @Test
  void batchWithoutSuspicionAsksNothingAndWaitsBriefly() {
    handle(messages.reserve(ADA, "pear"));

    assertThat(inventory.database().statements())
        .startsWith(WAIT_BRIEFLY, LOCK_RESERVATIONS + " of 1", LOCK_STOCK + " [pear]")
        .doesNotContain(READ_WAITING + "1");
  }

  @Test
  void afterALockTimeoutOnlyCommandsForHeldStockWait() {
    InboundMessage apple = messages.reserve(ADA, "apple");
    InboundMessage pear = messages.reserve(BOB, "pear");

    assertThatThrownBy(() -> handle(apple, pear)).isInstanceOf(PgException.class);
    assertThat(inventory.deferred()).isEmpty();
    handle(apple, pear);

    assertThat(replies()).containsExactly("2 1 StockReserved");
    assertThat(inventory.deferred()).containsExactly("1 ReserveStock [apple]");
    assertThat(inventory.database().statements())
        .containsSubsequence(
            LOCK_RESERVATIONS + " of 2",
            READ_WAITING + "2",
            READ_HELD + "[apple, pear]",
            DEFER + "1",
            LOCK_STOCK + " [pear]");
  }

  @Test
  void deferredCommandsAreHandledOnceTheirStockIsFree() {
    heldRows.suspect();
    InboundMessage apple = messages.reserve(ADA, "apple");
    handle(apple);
    assertThat(handleFree()).isZero();
    assertThat(replies()).isEmpty();

    inventory.free("apple");

    assertThat(handleFree()).isEqualTo(1);
    assertThat(replies()).containsExactly("1 1 StockReserved");
    assertThat(inventory.sent().get(0).origin())
        .isEqualTo(new MessageOrigin(ADA, apple.id(), CommandMessages.TRACEPARENT));
    assertThat(inventory.stock("apple")).isEqualTo("8 2 0");
    assertThat(inventory.deferred()).isEmpty();
    assertThat(handleFree()).isZero();
  }

  @Test
  void withoutOtherProtocolsPollingEndsOnceNothingIsDeferred() {
    heldRows.suspect();
    handle(messages.reserve(ADA, "apple"));
    DeferredCommands left =
        new DeferredCommands(
            inventory.database().pool(),
            inventory.deferredCommands(),
            handler,
            new HeldRows(false),
            new SimpleMeterRegistry());
    assertThat(await(left.handleFree())).isZero();
    assertThat(left.isPolling()).isTrue();

    inventory.free("apple");
    assertThat(await(left.handleFree())).isEqualTo(1);
    assertThat(await(left.handleFree())).isZero();

    assertThat(left.isPolling()).isFalse();
    assertThat(handleFree()).isZero();
    assertThat(deferred.isPolling()).isTrue();
  }

  @Test
  void undoThatArrivesWhileItsCommandWaitsIsHandledAfterIt() {
    heldRows.suspect();
    handle(messages.reserve(ADA, "apple"));
    handle(messages.release(ADA));
    assertThat(replies()).isEmpty();
    inventory.free("apple");
    handle(messages.release(ADA));

    assertThat(handleFree()).isEqualTo(3);

    assertThat(replies())
        .containsExactly("1 1 StockReserved", "1 2 StockReleased", "1 3 StockReleased");
    assertThat(inventory.stock("apple")).isEqualTo("10 0 0");
    assertThat(inventory.reservation(ADA)).isEqualTo("RELEASED 3");
  }

  @Test
  void orderThatWaitsDelaysNoOtherDeferredOrder() {
    inventory.hold("pear");
    heldRows.suspect();
    handle(messages.reserve(ADA, "apple"), messages.reserve(BOB, "pear"));
    inventory.free("pear");

    assertThat(handleFree()).isEqualTo(1);

    assertThat(replies()).containsExactly("2 1 StockReserved");
    assertThat(inventory.deferred()).containsExactly("1 ReserveStock [apple]");
  }

  @Test
  void failedWriteLeavesTheCommandDeferred() {
    heldRows.suspect();
    handle(messages.reserve(ADA, "apple"));
    inventory.free("apple");
    for (String statement : List.of(SAVE_RESERVATIONS, DELETE_DEFERRED)) {
      inventory.database().fail(statement, new PgException("", "ERROR", "57014", null));

      assertThatThrownBy(this::handleFree).isInstanceOf(PgException.class);
      assertThat(replies()).isEmpty();
      assertThat(inventory.deferred()).hasSize(1);
    }
    assertThat(handleFree()).isEqualTo(1);
  }

  @Test
  void commandThatCannotBeHandledDelaysItsOwnOrderOnly() {
    heldRows.suspect();
    handle(messages.reserve(ADA, "apple"), messages.reserve(BOB, "apple"));
    inventory.free("apple");
    refusedOrder = ADA.toString();

    assertThat(handleFree()).isEqualTo(1);

    assertThat(replies()).containsExactly("2 1 StockReserved");
    assertThat(inventory.deferred()).containsExactly("1 ReserveStock [apple]");
  }

  @Test
  void commandThatCannotFollowADeferredOneIsUnprocessable() {
    handle(messages.reserve(ADA, "pear"));
    inventory.hold("pear");
    heldRows.suspect();
    handle(messages.ship(ADA));

    assertThatThrownBy(() -> handle(messages.release(ADA)))
        .isInstanceOf(UnprocessableMessageException.class);
    assertThat(inventory.deferred()).containsExactly("1 ShipStock [pear]");
  }

  @Test
  void backlogIsMeasuredAndKeepsTheSuspicion() {
    HeldRows ofAnotherInstance = new HeldRows(true);
    SimpleMeterRegistry others = new SimpleMeterRegistry();
    DeferredCommands another =
        new DeferredCommands(
            inventory.database().pool(),
            inventory.deferredCommands(),
            handler,
            ofAnotherInstance,
            others);
    heldRows.suspect();
    handle(messages.reserve(ADA, "apple"));

    assertThat(await(another.handleFree())).isZero();

    assertThat(ofAnotherInstance.areSuspected()).isTrue();
    assertThat(others.get("inventory.commands.deferred").gauge().value()).isEqualTo(1);
    assertThat(others.get("inventory.oldest.deferred.age").gauge().value()).isEqualTo(7);
  }
}
