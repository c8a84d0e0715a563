package dev.converge.inventory.messaging;

import static dev.converge.inventory.InMemoryInventory.APPEND;
import static dev.converge.inventory.InMemoryInventory.LOCK_RESERVATIONS;
import static dev.converge.inventory.InMemoryInventory.LOCK_STOCK;
import static dev.converge.inventory.InMemoryInventory.SAVE_RESERVATIONS;
import static dev.converge.inventory.InMemoryInventory.SAVE_STOCK;
import static dev.converge.testkit.InMemoryDatabase.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.inventory.InMemoryInventory;
import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.OutboxMessage;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.service.postgres.HeldRows;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: the handler locks, decides and writes in one order, and all of a batch is written or
 * nothing. Method: the handler on repositories in memory, whose statements are recorded and fail
 * when the test says so.
 */
class StockCommandHandlerTest {
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);

  private final InMemoryInventory inventory = new InMemoryInventory();
  private final StockCommandHandler handler =
      new StockCommandHandler(
          inventory.stock(),
          inventory.reservations(),
          inventory.outbox(),
          new Deferral(inventory.stock(), inventory.deferredCommands(), new HeldRows(false)));
  private final CommandMessages messages = new CommandMessages();

  @BeforeEach
  void receiveStock() {
    inventory.receive("apple", 10);
    inventory.receive("pear", 2);
  }

  @CanIgnoreReturnValue
  private AfterCommit handle(InboundMessage... batch) {
    inventory.database().clearStatements();
    return inventory.database().inTransaction(tx -> handler.handle(tx, List.of(batch)));
  }

  private List<String> statements() {
    return inventory.database().statements();
  }

  /** The replies as {@code order sequence payload}, the order by its last digit. */
  private List<String> replies() {
    return inventory.sent().stream().map(StockCommandHandlerTest::reply).toList();
  }

  private static String reply(OutboxMessage message) {
    String type = message.payload().type().replaceAll(".*\\.(\\w+)\\.v1", "$1");
    return message.aggregateId().substring(35) + " " + message.sequence() + " " + type;
  }

  @Test
  void locksReservationsThenStockInKeyOrderAndWritesAfterwards() {
    handle(messages.reserve(BOB, "pear", "apple"), messages.reserve(ADA, "apple"));

    assertThat(statements())
        .containsExactly(
            LOCK_RESERVATIONS + " of 2",
            LOCK_STOCK + " [apple, pear]",
            SAVE_RESERVATIONS,
            SAVE_STOCK + " [apple, pear]",
            APPEND,
            COMMIT);
  }

  @Test
  void locksTheStockOfReservationsThatTheBatchEnds() {
    handle(messages.reserve(ADA, "pear"), messages.reserve(BOB, "apple"));

    handle(messages.ship(ADA), messages.release(BOB));

    assertThat(statements()).contains(LOCK_STOCK + " [apple, pear]");
    assertThat(inventory.stock("pear")).isEqualTo("0 0 2");
    assertThat(inventory.stock("apple")).isEqualTo("10 0 0");
  }

  @Test
  void locksEachReservationOnce() {
    handle(messages.reserve(ADA, "apple"), messages.release(ADA), messages.release(ADA));

    assertThat(statements()).contains(LOCK_RESERVATIONS + " of 1");
  }

  @Test
  void writesStockReservationsAndRepliesTogether() {
    handle(
        messages.reserve(ADA, "apple", "pear"),
        messages.reserve(BOB, "pear"),
        messages.release(BOB),
        messages.ship(ADA));

    assertThat(inventory.stock("apple")).isEqualTo("8 0 2");
    assertThat(inventory.stock("pear")).isEqualTo("0 0 2");
    assertThat(inventory.reservation(ADA)).isEqualTo("SHIPPED 2");
    assertThat(inventory.reservation(BOB)).isEqualTo("RELEASED 2");
    assertThat(replies())
        .containsExactly(
            "1 1 StockReserved", "2 1 StockRefused", "2 2 StockReleased", "1 2 StockShipped");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {LOCK_RESERVATIONS, LOCK_STOCK, SAVE_RESERVATIONS, SAVE_STOCK, APPEND, COMMIT})
  void oneFailedStatementLeavesNothingOfTheBatch(String statement) {
    inventory.database().fail(statement, new IllegalStateException("refused"));

    assertThatThrownBy(() -> handle(messages.reserve(ADA, "apple"), messages.release(BOB)))
        .hasMessage("refused");

    assertThat(inventory.stock("apple")).isEqualTo("10 0 0");
    assertThat(inventory.reservation(ADA)).isEqualTo("none");
    assertThat(inventory.reservation(BOB)).isEqualTo("none");
    assertThat(replies()).isEmpty();
  }

  @Test
  void refusedOrderLeavesItsRefusalAndNoReservedUnit() {
    handle(messages.reserve(ADA, "apple", "pear", "plum"));

    assertThat(inventory.reservation(ADA)).isEqualTo("REFUSED 1");
    assertThat(statements()).contains(SAVE_STOCK + " []");
    assertThat(inventory.sent()).hasSize(1);
    assertThat(inventory.sent().get(0).payload().json())
        .isEqualTo("{\"orderId\":\"%s\",\"reason\":\"OUT_OF_STOCK\",\"sku\":\"plum\"}", ADA);
  }

  @Test
  void redeliveredCommandGetsTheSameReplyAndChangesNoStock() {
    handle(messages.reserve(ADA, "apple"));
    handle(messages.reserve(ADA, "apple"));

    assertThat(replies()).containsExactly("1 1 StockReserved", "1 2 StockReserved");
    assertThat(inventory.stock("apple")).isEqualTo("8 2 0");
    assertThat(statements()).contains(SAVE_STOCK + " []");
  }

  @Test
  void reserveAfterItsReleaseIsRefused() {
    handle(messages.release(ADA));
    handle(messages.reserve(ADA, "apple"));

    assertThat(replies()).containsExactly("1 1 StockReleased", "1 2 StockRefused");
    assertThat(inventory.sent().get(1).payload().json()).contains("\"ALREADY_RELEASED\"");
    assertThat(inventory.stock("apple")).isEqualTo("10 0 0");
  }

  @Test
  void replyNamesItsOrderItsCommandAndItsTrace() {
    InboundMessage first = messages.reserve(ADA, "apple");
    InboundMessage second = messages.release(BOB);

    handle(first, second);

    assertThat(inventory.sent())
        .extracting(OutboxMessage::topic, OutboxMessage::aggregateId, OutboxMessage::origin)
        .containsExactly(
            tuple(
                "order.replies",
                ADA.toString(),
                new MessageOrigin(ADA, first.id(), CommandMessages.TRACEPARENT)),
            tuple(
                "order.replies",
                BOB.toString(),
                new MessageOrigin(BOB, second.id(), CommandMessages.TRACEPARENT)));
  }

  @Test
  void commandThatBreaksTheProtocolIsUnprocessableAndWritesNothing() {
    assertThatThrownBy(() -> handle(messages.reserve(ADA, "apple"), messages.ship(BOB)))
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessage("ship: order " + BOB + " has no reservation");

    assertThat(statements()).doesNotContain(SAVE_RESERVATIONS, APPEND, COMMIT);
    assertThat(inventory.reservation(ADA)).isEqualTo("none");
  }

  @Test
  void messageThatIsNotACommandIsUnprocessableBeforeAnyLock() {
    assertThatThrownBy(
            () ->
                handle(messages.reserve(ADA, "apple"), messages.message("StockReserved", BOB, "")))
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessage("dev.converge.inventory.StockReserved.v1 is not a command");

    assertThat(statements()).isEmpty();
  }

  @Test
  void noActionFollowsTheCommit() {
    assertThat(handle(messages.reserve(ADA, "apple"))).isSameAs(AfterCommit.NOTHING);
  }
}
