package dev.converge.inventory.messaging;

import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.inventory.InventoryDatabase;
import dev.converge.inventory.application.DeferredCommandRepository;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.postgres.PostgresDeferredCommandRepository;
import dev.converge.inventory.postgres.PostgresReservationRepository;
import dev.converge.inventory.postgres.PostgresStockRepository;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.Outbox;
import dev.converge.service.postgres.HeldRows;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.CompositeFuture;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a row that a prepared transaction holds delays only the commands that need it, and these
 * are handled once it is free. Method: the handler and the poll on a real PostgreSQL, in which a
 * transaction is prepared.
 */
class DeferredCommandsIT {
  private static final UUID ADA = new UUID(0, 1);
  private static final String GID = "2pc of another order";

  private final InventoryDatabase database = new InventoryDatabase();
  private final StockRepository stock = new PostgresStockRepository();
  private final DeferredCommandRepository commands = new PostgresDeferredCommandRepository();
  private final HeldRows heldRows = new HeldRows(true);
  private final StockCommandHandler handler =
      new StockCommandHandler(
          stock,
          new PostgresReservationRepository(),
          Outbox.create(),
          new Deferral(stock, commands, heldRows));
  private final DeferredCommands deferred =
      new DeferredCommands(database.pool(), commands, handler, heldRows, new SimpleMeterRegistry());
  private final CommandMessages messages = new CommandMessages();

  @BeforeEach
  void receiveStock() {
    database.receive("apple", 10);
    database.receive("pear", 100);
  }

  @AfterEach
  void close() {
    if (isHeld()) {
      rollBack();
    }
    database.close();
  }

  private boolean isHeld() {
    return database.value("SELECT count(*) FROM pg_prepared_xacts").equals("1");
  }

  /** A branch takes units of an item, and its decision is missing. */
  private void hold(String sku, int units) {
    database.execute(
        "BEGIN; UPDATE stock SET available = available - %d, shipped = shipped + %d"
                .formatted(units, units)
            + " WHERE sku = '%s'; PREPARE TRANSACTION '%s'".formatted(sku, GID));
  }

  private void rollBack() {
    database.execute("ROLLBACK PREPARED '" + GID + "'");
  }

  private void commit() {
    database.execute("COMMIT PREPARED '" + GID + "'");
  }

  private Future<?> handle(InboundMessage... batch) {
    return database.pool().withTransaction(tx -> handler.handle(tx, List.of(batch)));
  }

  private int handleFree() {
    return await(deferred.handleFree());
  }

  private String count(String table) {
    return database.value("SELECT count(*) FROM " + table);
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
  void twentyCommandsForOtherStockAreAnsweredWhileOneWaits() {
    InboundMessage[] batch =
        Stream.concat(
                Stream.of(messages.reserve(ADA, "apple", "pear")),
                IntStream.rangeClosed(2, 21)
                    .mapToObj(order -> messages.reserve(new UUID(0, order), "pear")))
            .toArray(InboundMessage[]::new);
    hold("apple", 1);

    assertThatThrownBy(() -> await(handle(batch))).hasMessageContaining("lock timeout");
    await(handle(batch));

    assertThat(count("outbox WHERE type LIKE '%.StockReserved.%'")).isEqualTo("20");
    assertThat(count("deferred_command")).isEqualTo("1");
    assertThat(handleFree()).isZero();

    rollBack();

    assertThat(handleFree()).isEqualTo(1);
    assertThat(count("outbox WHERE type LIKE '%.StockReserved.%'")).isEqualTo("21");
    assertThat(database.stock("apple")).isEqualTo("8 2 0 10");
    assertThat(database.stock("pear")).isEqualTo("58 42 0 100");
    assertThat(count("deferred_command")).isEqualTo("0");
  }

  @Test
  void commandIsDecidedOnTheRowAsTheBranchLeftIt() {
    hold("apple", 9);
    heldRows.suspect();
    await(handle(messages.reserve(ADA, "apple")));

    commit();

    assertThat(handleFree()).isEqualTo(1);
    assertThat(replies()).isEqualTo("1 1 StockRefused");
    assertThat(database.stock("apple")).isEqualTo("1 0 9 10");
  }

  @Test
  void undoThatArrivesWhileItsCommandWaitsEndsCorrectly() {
    hold("apple", 1);
    heldRows.suspect();
    await(handle(messages.reserve(ADA, "apple")));
    await(handle(messages.release(ADA), messages.release(ADA)));
    assertThat(replies()).isEqualTo("null");

    rollBack();
    // The table's order is kept by a command that arrives in between.
    await(handle(messages.release(ADA)));

    assertThat(handleFree()).isEqualTo(4);
    assertThat(replies())
        .isEqualTo("1 1 StockReserved, 1 2 StockReleased, 1 3 StockReleased, 1 4 StockReleased");
    assertThat(database.stock("apple")).isEqualTo("10 0 0 10");
  }

  @Test
  void shipmentOfHeldStockWaits() {
    await(handle(messages.reserve(ADA, "apple")));
    hold("apple", 1);
    heldRows.suspect();
    await(handle(messages.ship(ADA), messages.reserve(ADA, "apple")));
    assertThat(replies()).isEqualTo("1 1 StockReserved");

    commit();

    assertThat(handleFree()).isEqualTo(2);
    assertThat(replies()).isEqualTo("1 1 StockReserved, 1 2 StockShipped, 1 3 StockReserved");
    assertThat(database.stock("apple")).isEqualTo("7 0 3 10");
  }

  @Test
  void instancesThatPollTogetherHandleEachCommandOnce() {
    hold("apple", 1);
    heldRows.suspect();
    await(handle(messages.reserve(ADA, "apple"), messages.reserve(new UUID(0, 2), "apple")));
    rollBack();

    CompositeFuture polls =
        await(Future.all(deferred.handleFree(), deferred.handleFree(), deferred.handleFree()));

    assertThat(polls.<Integer>list()).contains(2).containsOnly(0, 2);
    assertThat(replies()).isEqualTo("1 1 StockReserved, 2 1 StockReserved");
  }

  @Test
  void messageIsDeferredOnce() {
    hold("apple", 1);
    heldRows.suspect();
    InboundMessage command = messages.reserve(ADA, "apple");
    await(handle(command));

    assertThatThrownBy(() -> await(handle(command)))
        .hasMessageContaining("deferred_command_message_id_key");
    assertThat(count("deferred_command")).isEqualTo("1");
  }

  @Test
  void messageIsReadAsItWasDeferred() {
    hold("apple", 1);
    heldRows.suspect();
    InboundMessage command = messages.reserve(ADA, "apple");
    await(handle(command));
    rollBack();

    List<InboundMessage> free =
        database.inTransaction(tx -> commands.takeFree(tx, Optional.of(ADA), 10));

    assertThat(free)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("correlationId")
        .containsExactly(command);
  }

  @Test
  void rowIsHeldByAPreparedTransactionThatOnlyLockedIt() {
    database.execute(
        "BEGIN; SELECT 1 FROM stock WHERE sku = 'apple' FOR NO KEY UPDATE; PREPARE TRANSACTION '%s'"
            .formatted(GID));

    assertThat(await(stock.held(database.pool(), Set.of("apple", "pear")))).containsOnly("apple");
    rollBack();
    assertThat(await(stock.held(database.pool(), Set.of("apple", "pear")))).isEmpty();
  }
}
