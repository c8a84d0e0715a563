package dev.converge.inventory.transactions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.commitment.GlobalId;
import dev.converge.commitment.RefusedException;
import dev.converge.inventory.InventoryDatabase;
import dev.converge.inventory.postgres.PostgresReservationRepository;
import dev.converge.inventory.postgres.PostgresStockRepository;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a branch ships stock that is available, and no other. Method: its steps on a real
 * PostgreSQL, each in a transaction that commits.
 */
class StockBranchIT {
  private static final UUID ORDER = new UUID(0, 1);
  private static final GlobalId ID = new GlobalId("2pc", ORDER, List.of("inventory", "payment"));

  private final InventoryDatabase database = new InventoryDatabase();
  private final StockBranch branch =
      new StockBranch(new PostgresStockRepository(), new PostgresReservationRepository());

  @AfterEach
  void close() {
    database.close();
  }

  private static JsonObject units(int mugs, int pots) {
    return new JsonObject()
        .put("orderId", ORDER.toString())
        .put(
            "lines",
            new JsonArray()
                .add(new JsonObject().put("sku", "pot").put("quantity", pots))
                .add(new JsonObject().put("sku", "mug").put("quantity", mugs)));
  }

  private String reservation() {
    return database.value(
        "SELECT string_agg(status, ',') FROM reservation WHERE order_id = '" + ORDER + "'");
  }

  @Test
  void preparedBranchShipsAllLines() {
    database.receive("mug", 5);
    database.receive("pot", 5);

    database.inTransaction(tx -> branch.execute(tx, ID, units(2, 3)));

    assertThat(database.stock("mug")).isEqualTo("3 0 2 5");
    assertThat(database.stock("pot")).isEqualTo("2 0 3 5");
    assertThat(reservation()).isEqualTo("SHIPPED");
  }

  @Test
  void missingStockIsRefusedAndLeavesNothing() {
    database.receive("mug", 5);
    database.receive("pot", 2);

    assertThatThrownBy(() -> database.inTransaction(tx -> branch.execute(tx, ID, units(2, 3))))
        .isInstanceOf(RefusedException.class)
        .hasMessage("OUT_OF_STOCK");
    assertThat(database.stock("mug")).isEqualTo("5 0 0 5");
    assertThat(reservation()).isEqualTo("null");
  }

  @Test
  void triedStockIsReservedAndThenShippedOrReleased() {
    database.receive("mug", 5);
    database.receive("pot", 5);

    database.inTransaction(tx -> branch.reserve(tx, ID, units(2, 3)));
    assertThat(database.stock("mug")).isEqualTo("3 2 0 5");
    assertThat(reservation()).isEqualTo("RESERVED");
    database.inTransaction(tx -> branch.confirm(tx, ID, units(2, 3)));
    assertThat(database.stock("mug")).isEqualTo("3 0 2 5");
    assertThat(reservation()).isEqualTo("SHIPPED");
  }

  @Test
  void cancelledStockIsAvailableAgain() {
    database.receive("mug", 5);
    database.receive("pot", 5);

    database.inTransaction(tx -> branch.reserve(tx, ID, units(2, 3)));
    database.inTransaction(tx -> branch.cancel(tx, ID, units(2, 3)));

    assertThat(database.stock("mug")).isEqualTo("5 0 0 5");
    assertThat(database.stock("pot")).isEqualTo("5 0 0 5");
    assertThat(reservation()).isEqualTo("RELEASED");
  }
}
