package dev.converge.inventory;

import dev.converge.service.postgres.DatabaseConfig;
import dev.converge.service.runtime.Env;
import dev.converge.testkit.ConnectedDatabase;
import java.util.UUID;

/**
 * The inventory's database for integration tests, with the pool and the role that the service uses.
 */
public final class InventoryDatabase extends ConnectedDatabase {
  public InventoryDatabase() {
    super(
        "inventory",
        (vertx, environment) ->
            DatabaseConfig.from(new Env(environment), "inventory", "inventory_service").pool(vertx),
        "stock",
        "reservation",
        "deferred_command",
        "outbox");
  }

  /** Adds stock of a SKU, all of it available. */
  public void receive(String sku, int units) {
    execute(
        "INSERT INTO stock (sku, available, received) VALUES ('%s', %d, %d)"
            .formatted(sku, units, units));
  }

  /** Adds a reservation of units of one SKU, without changing the stock. */
  public void reservation(UUID orderId, String status, String sku, int units, String age) {
    execute(
        """
        INSERT INTO reservation (order_id, status, lines, version, updated_at)
        VALUES ('%s', '%s', '[{"sku": "%s", "quantity": %d}]', 1, now() - interval '%s')
        """
            .formatted(orderId, status, sku, units, age));
  }

  /** The stock of a SKU: available, reserved, shipped, received. */
  public String stock(String sku) {
    return value(
        "SELECT concat_ws(' ', available, reserved, shipped, received) FROM stock WHERE sku = '%s'"
            .formatted(sku));
  }
}
