package dev.converge.inventory.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.inventory.InventoryDatabase;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.postgres.PostgresDeferredCommandRepository;
import dev.converge.inventory.postgres.PostgresReservationRepository;
import dev.converge.inventory.postgres.PostgresStockRepository;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.Outbox;
import dev.converge.service.postgres.HeldRows;
import dev.converge.testkit.SchemaSweep;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: a column of another type, or a trigger that drops rows, is an environment fault, and
 * nothing is decided on it. Method: each column and each table in turn, on a real PostgreSQL.
 */
class SchemaSweepIT {
  private static final UUID KNOWN = new UUID(0, 1);

  private final InventoryDatabase database = new InventoryDatabase();
  private final StockRepository stock = new PostgresStockRepository();
  private final StockCommandHandler handler =
      new StockCommandHandler(
          stock,
          new PostgresReservationRepository(),
          Outbox.create(),
          new Deferral(stock, new PostgresDeferredCommandRepository(), new HeldRows(false)));
  private final CommandMessages messages = new CommandMessages();

  @AfterEach
  void close() {
    database.close();
  }

  private SchemaSweep sweep() {
    return new SchemaSweep(database, this::prepare)
        .operation("reserve", () -> handle(messages.reserve(UUID.randomUUID(), "apple")))
        .operation("release", () -> handle(messages.release(KNOWN)))
        .operation("find", () -> stock.find(database.pool(), "apple"))
        .operation("list", () -> stock.list(database.pool(), "", 10))
        .operation("receive", () -> stock.setAvailable(database.pool(), "apple", 7))
        .operation("new", () -> stock.setAvailable(database.pool(), "pear", 7));
  }

  private void prepare() {
    database.execute("TRUNCATE stock, reservation, outbox");
    database.receive("apple", 10);
    database.inTransaction(tx -> handler.handle(tx, List.of(messages.reserve(KNOWN, "apple"))));
  }

  private Future<?> handle(InboundMessage command) {
    return database
        .pool()
        .withTransaction(tx -> handler.handle(tx, List.of(command)))
        .map(handled -> assertThat(refused()).isZero());
  }

  private int refused() {
    return Integer.parseInt(
        database.value("SELECT count(*) FROM reservation WHERE status = 'REFUSED'"));
  }

  @Tag("campaign")
  @Test
  void columnOfAnotherTypeIsAnEnvironmentFault() {
    assertThat(sweep().otherTypes()).isEmpty();
  }

  @Test
  void triggerThatDropsRowsIsAnEnvironmentFault() {
    assertThat(sweep().droppedRows()).isEmpty();
  }
}
