package dev.converge.inventory.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.inventory.InventoryDatabase;
import dev.converge.inventory.application.DeferredCommandRepository;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.postgres.PostgresDeferredCommandRepository;
import dev.converge.inventory.postgres.PostgresReservationRepository;
import dev.converge.inventory.postgres.PostgresStockRepository;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.Outbox;
import dev.converge.service.postgres.HeldRows;
import dev.converge.testkit.SchemaSweep;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
  private static final UUID WAITING = new UUID(0, 2);

  private final InventoryDatabase database = new InventoryDatabase();
  private final StockRepository stock = new PostgresStockRepository();
  private final DeferredCommandRepository commands = new PostgresDeferredCommandRepository();
  private final HeldRows heldRows = new HeldRows(true);
  private final StockCommandHandler handler = handler(new HeldRows(false));
  private final StockCommandHandler suspicious = handler(heldRows);
  private final DeferredCommands deferred =
      new DeferredCommands(
          database.pool(), commands, suspicious, heldRows, new SimpleMeterRegistry());
  private final CommandMessages messages = new CommandMessages();

  @AfterEach
  void close() {
    database.close();
  }

  private StockCommandHandler handler(HeldRows rows) {
    return new StockCommandHandler(
        stock,
        new PostgresReservationRepository(),
        Outbox.create(),
        new Deferral(stock, commands, rows));
  }

  private SchemaSweep sweep() {
    return new SchemaSweep(database, this::prepare)
        .operation("reserve", () -> handle(messages.reserve(UUID.randomUUID(), "apple")))
        .operation("release", () -> handle(messages.release(KNOWN)))
        .operation("defer", this::defer)
        .operation("poll", this::poll)
        .operation("find", () -> stock.find(database.pool(), "apple"))
        .operation("list", () -> stock.list(database.pool(), "", 10))
        .operation("receive", () -> stock.setAvailable(database.pool(), "apple", 7))
        .operation("new", () -> stock.setAvailable(database.pool(), "pear", 7));
  }

  private void prepare() {
    database.execute("TRUNCATE stock, reservation, deferred_command, outbox");
    database.execute(
        """
        INSERT INTO deferred_command (message_id, order_id, type, payload, skus, topic,
                                      partition_id, record_offset)
        VALUES ('%1$s', '%1$s', 'dev.converge.inventory.ReleaseStock.v1',
                '{"orderId":"%1$s"}', '{apple}', 't', 0, 0)
        """
            .formatted(WAITING));
    database.receive("apple", 10);
    database.inTransaction(tx -> handler.handle(tx, List.of(messages.reserve(KNOWN, "apple"))));
  }

  /** Defers a command behind the one that waits. */
  private Future<?> defer() {
    heldRows.suspect();
    return database
        .pool()
        .withTransaction(tx -> suspicious.handle(tx, List.of(messages.release(WAITING))));
  }

  private Future<?> poll() {
    return deferred.handleFree().map(handled -> assertThat(handled).isPositive());
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
