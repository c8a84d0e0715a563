package dev.converge.inventory.checks;

import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.inventory.InventoryDatabase;
import dev.converge.inventory.postgres.StockAuditQueries;
import dev.converge.service.audit.Audit;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: each check reports its violation, and nothing on consistent data. Method: all checks on a
 * real PostgreSQL, with rows that a test writes.
 */
class StockAuditIT {
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);

  private final InventoryDatabase database = new InventoryDatabase();
  private final Set<UUID> over = new HashSet<>();
  private final List<Audit.Check> checks =
      StockAudit.checks(
          new StockAuditQueries(database.pool()),
          order -> Future.succeededFuture(over.contains(order)));

  @AfterEach
  void close() {
    database.close();
  }

  private List<String> findings() {
    List<String> findings = new ArrayList<>();
    for (Audit.Check check : checks) {
      await(check.query().get()).forEach(each -> findings.add(check.name() + ": " + each));
    }
    return findings;
  }

  private void stock(String sku, int available, int reserved, int shipped) {
    database.execute(
        """
            INSERT INTO stock (sku, available, reserved, shipped, received)
            VALUES ('%1$s', %2$d, %3$d, %4$d, %2$d + %3$d + %4$d)
            """
            .formatted(sku, available, reserved, shipped));
  }

  @Test
  void consistentDataHasNoFindings() {
    stock("apple", 5, 3, 2);
    database.reservation(ADA, "RESERVED", "apple", 3, "1 hour");
    database.reservation(BOB, "SHIPPED", "apple", 2, "1 hour");
    database.reservation(new UUID(0, 3), "REFUSED", "apple", 9, "1 hour");

    assertThat(findings()).isEmpty();
  }

  @Test
  void reservedStockWithoutReservationIsReported() {
    stock("apple", 5, 3, 0);
    database.reservation(ADA, "RESERVED", "apple", 2, "1 hour");

    assertThat(findings())
        .containsExactly("stock-not-as-reserved: apple: 3 reserved, reservations say 2");
  }

  @Test
  void shippedStockWithoutReservationIsReported() {
    stock("apple", 5, 0, 3);
    stock("pear", 5, 0, 0);
    database.reservation(ADA, "SHIPPED", "apple", 2, "1 hour");
    database.reservation(BOB, "SHIPPED", "pear", 4, "1 hour");

    assertThat(findings())
        .containsExactly(
            "stock-not-as-shipped: apple: +1 against the reservations",
            "stock-not-as-shipped: pear: -4 against the reservations");
  }

  @Test
  void reservationOfAnEndedOrderIsReportedUntilItIsReleased() {
    stock("apple", 5, 5, 0);
    database.reservation(ADA, "RESERVED", "apple", 2, "1 minute");
    database.reservation(BOB, "RESERVED", "apple", 3, "1 second");
    over.add(ADA);
    over.add(BOB);

    assertThat(findings()).containsExactly("reservations-orphaned: " + ADA);
    database.execute(
        "UPDATE reservation SET status = 'RELEASED' WHERE order_id = '%s'".formatted(ADA));
    database.execute("UPDATE stock SET available = available + 2, reserved = reserved - 2");
    assertThat(findings()).isEmpty();
  }

  @Test
  void commandThatHasWaitedForAMinuteIsReported() {
    deferred(ADA, "ReserveStock", "1 minute 1 second");
    deferred(BOB, "ReserveStock", "30 seconds");

    assertThat(findings())
        .containsExactly(
            "commands-deferred: order " + ADA + ": ReserveStock waits for apple, pear");
  }

  private void deferred(UUID orderId, String command, String age) {
    database.execute(
        """
        INSERT INTO deferred_command (message_id, order_id, type, payload, skus, topic,
                                      partition_id, record_offset, deferred_at)
        VALUES ('%1$s', '%1$s', 'dev.converge.inventory.%2$s.v1', '{}', '{apple,pear}', 't', 0, 0,
                now() - interval '%3$s')
        """
            .formatted(orderId, command, age));
  }
}
