package dev.converge.inventory.messaging;

import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.inventory.InventoryDatabase;
import dev.converge.inventory.postgres.PostgresDeferredCommandRepository;
import dev.converge.inventory.postgres.PostgresReservationRepository;
import dev.converge.inventory.postgres.PostgresStockRepository;
import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.service.postgres.HeldRows;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a batch of commands changes stock, reservations and outbox together, or not at all. Method:
 * the handler on a real PostgreSQL, with messages as they arrive from Kafka.
 */
class StockCommandHandlerIT {
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);

  private final InventoryDatabase database = new InventoryDatabase();
  private final StockCommandHandler handler =
      new StockCommandHandler(
          new PostgresStockRepository(),
          new PostgresReservationRepository(),
          Outbox.create(),
          new Deferral(
              new PostgresStockRepository(),
              new PostgresDeferredCommandRepository(),
              new HeldRows(false)));
  private final CommandMessages messages = new CommandMessages();

  @AfterEach
  void close() {
    database.close();
  }

  private Future<AfterCommit> handle(InboundMessage... batch) {
    return database.pool().withTransaction(tx -> handler.handle(tx, List.of(batch)));
  }

  private String replies() {
    return database.value(
        """
        SELECT string_agg(
            concat_ws(' ', right(aggregateid, 1), sequence, split_part(type, '.', 4)),
            ', ' ORDER BY aggregateid, sequence)
        FROM outbox
        """);
  }

  @Test
  void batchIsWrittenTogether() {
    database.receive("apple", 10);
    database.receive("pear", 2);

    await(
        handle(
            messages.reserve(ADA, "apple", "pear"),
            messages.reserve(BOB, "apple", "pear"),
            messages.release(BOB),
            messages.ship(ADA)));

    assertThat(database.stock("apple")).isEqualTo("8 0 2 10");
    assertThat(database.stock("pear")).isEqualTo("0 0 2 2");
    assertThat(replies())
        .isEqualTo("1 1 StockReserved, 1 2 StockShipped, 2 1 StockRefused, 2 2 StockReleased");
  }

  @Test
  void laterBatchContinuesFromTheWrittenRows() {
    database.receive("apple", 10);

    await(handle(messages.reserve(ADA, "apple")));
    await(handle(messages.reserve(ADA, "apple"), messages.release(ADA)));

    assertThat(database.stock("apple")).isEqualTo("10 0 0 10");
    assertThat(replies()).isEqualTo("1 1 StockReserved, 1 2 StockReserved, 1 3 StockReleased");
  }

  @Test
  void replyNamesItsConversationItsCauseAndItsTrace() {
    InboundMessage command = messages.release(ADA);

    await(handle(command));

    assertThat(
            database.value(
                """
                SELECT concat_ws(' ', aggregatetype, correlationid, causationid, traceparent)
                FROM outbox
                """))
        .isEqualTo("order.replies " + ADA + " " + command.id() + " " + CommandMessages.TRACEPARENT);
  }

  @Test
  void illegalCommandFailsTheBatchAndWritesNothing() {
    database.receive("apple", 10);

    assertThatThrownBy(() -> await(handle(messages.reserve(ADA, "apple"), messages.ship(BOB))))
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessageContaining("ship: order " + BOB + " has no reservation");
    assertThat(database.stock("apple")).isEqualTo("10 0 0 10");
    assertThat(replies()).isEqualTo("null");
  }

  @Test
  void concurrentBatchesOfTheSameStockDoNotDeadlock() {
    database.receive("apple", 1_000);
    database.receive("pear", 1_000);

    for (int round = 1; round <= 20; round++) {
      await(
          Future.all(
              handle(
                  messages.reserve(new UUID(round, 1), "apple", "pear"),
                  messages.reserve(new UUID(round, 2), "pear")),
              handle(
                  messages.reserve(new UUID(round, 3), "pear", "apple"),
                  messages.reserve(new UUID(round, 4), "apple"))));
    }

    assertThat(database.stock("apple")).isEqualTo("880 120 0 1000");
    assertThat(database.stock("pear")).isEqualTo("880 120 0 1000");
  }
}
