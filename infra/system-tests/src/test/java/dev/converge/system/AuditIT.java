package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: inconsistent data is reported. Method: corrupts rows by hand, and reads the findings as an
 * operator would.
 */
@Order(2)
class AuditIT {
  private static final String EXCHANGED =
      """
      UPDATE payment SET status = CASE status WHEN 'CHARGED' THEN 'DECLINED' ELSE 'CHARGED' END
      WHERE order_id IN ('%s', '%s')
      """;

  private static final TestPlatform PLATFORM = TestPlatform.shared();

  private final OrderApi api = new OrderApi(PLATFORM);
  private final Convergence convergence = new Convergence(PLATFORM);
  private final AuditFindings audit = new AuditFindings(api);

  @Test
  void orphanedReservationAndWrongSumAreReported() {
    String orphan = "00000000-0000-7000-8000-000000000001";
    convergence.update(
        "inventory",
        """
        INSERT INTO reservation (order_id, status, lines, version, updated_at)
        VALUES ('%s', 'RESERVED', '[{"sku":"moka-pot","quantity":1}]', 1, now() - interval '1 day')
        """
            .formatted(orphan));

    try {
      audit.awaitFinding(Part.INVENTORY_SERVICE, "reservations-orphaned", orphan);
      audit.awaitFinding(Part.INVENTORY_SERVICE, "stock-not-as-reserved", "moka-pot");
      assertThat(api.findings(Part.INVENTORY_SERVICE, "reservations-orphaned")).isEqualTo(1);
    } finally {
      convergence.update("inventory", "DELETE FROM reservation WHERE order_id = '" + orphan + "'");
    }
    Awaitility.await("no finding")
        .atMost(AuditFindings.REPORTED_WITHIN)
        .until(() -> audit.cases(Part.INVENTORY_SERVICE, "reservations-orphaned").isEmpty());
  }

  @Test
  void onlyStockReservedForAnEndedOrderIsReported() {
    String ended = api.place(1).get(0);
    api.awaitEnd(ended, Duration.ofSeconds(60));
    PLATFORM.platform().pause(Part.PAYMENT_SERVICE);
    String waiting = api.place(1).get(0);
    try {
      Awaitility.await("stock is held")
          .atMost(Duration.ofSeconds(60))
          .until(() -> reservation(waiting).equals("RESERVED"));
      hold(ended);
      hold(waiting);

      audit.awaitFinding(Part.INVENTORY_SERVICE, "reservations-orphaned", ended);
      assertThat(audit.cases(Part.INVENTORY_SERVICE, "reservations-orphaned"))
          .containsExactly(ended);
    } finally {
      convergence.update(
          "inventory",
          "UPDATE reservation SET status = 'SHIPPED' WHERE order_id = '" + ended + "'");
      PLATFORM.platform().resume(Part.PAYMENT_SERVICE);
    }
    api.awaitEnd(waiting, Duration.ofSeconds(60));
  }

  private String reservation(String orderId) {
    return String.join(
        "",
        convergence.strings(
            "inventory", "SELECT status FROM reservation WHERE order_id = '" + orderId + "'"));
  }

  private void hold(String orderId) {
    convergence.update(
        "inventory",
        """
        UPDATE reservation SET status = 'RESERVED', updated_at = now() - interval '1 minute'
        WHERE order_id = '%s'
        """
            .formatted(orderId));
  }

  @ParameterizedTest
  @CsvSource({
    "amount_minor = amount_minor + 1, amount_minor = amount_minor - 1",
    "currency = $$USD$$, currency = $$EUR$$"
  })
  void paymentThatDiffersFromTheProviderIsReported(String spoil, String repair) {
    String orderId = api.place(1).get(0);
    api.awaitEnd(orderId, Duration.ofSeconds(60));
    charge(orderId, spoil);

    try {
      audit.awaitFinding(Part.PAYMENT_SERVICE, "payments-not-as-provider", orderId);
    } finally {
      charge(orderId, repair);
    }
  }

  @Tag("campaign")
  @ParameterizedTest
  @CsvSource({"espresso-beans, tok_ok, DECLINED", "espresso-beans, tok_declined, CHARGED"})
  void paymentThatDiffersFromItsOrderIsReported(String sku, String token, String spoilt) {
    String orderId = api.place(sku, 1, token);
    api.awaitEnd(orderId, Duration.ofSeconds(60));
    String was = paymentStatus(orderId);
    paid(orderId, spoilt);

    try {
      audit.awaitFinding(Part.PAYMENT_SERVICE, "payments-not-as-orders", orderId);
    } finally {
      paid(orderId, was);
    }
    Awaitility.await("no finding")
        .atMost(AuditFindings.REPORTED_WITHIN)
        .until(() -> audit.cases(Part.PAYMENT_SERVICE, "payments-not-as-orders").isEmpty());
  }

  @Tag("campaign")
  @Test
  void paymentsWhoseErrorsCancelOutAreReported() {
    String ended = api.place("espresso-beans", 1, "tok_ok");
    String declined = api.place("espresso-beans", 1, "tok_declined");
    List.of(ended, declined).forEach(id -> api.awaitEnd(id, Duration.ofSeconds(60)));
    convergence.update("payment", EXCHANGED.formatted(ended, declined));

    try {
      audit.awaitFinding(Part.PAYMENT_SERVICE, "payments-not-as-orders", ended);
      audit.awaitFinding(Part.PAYMENT_SERVICE, "payments-not-as-orders", declined);
    } finally {
      convergence.update("payment", EXCHANGED.formatted(ended, declined));
    }
    Awaitility.await("no finding")
        .atMost(AuditFindings.REPORTED_WITHIN)
        .until(() -> audit.cases(Part.PAYMENT_SERVICE, "payments-not-as-orders").isEmpty());
  }

  private String paymentStatus(String orderId) {
    return convergence
        .strings("payment", "SELECT status FROM payment WHERE order_id = '" + orderId + "'")
        .get(0);
  }

  private void paid(String orderId, String status) {
    convergence.update(
        "payment",
        "UPDATE payment SET status = '%s' WHERE order_id = '%s'".formatted(status, orderId));
  }

  private void charge(String orderId, String change) {
    convergence.update(
        "payment", "UPDATE provider.charge SET %s WHERE key = '%s'".formatted(change, orderId));
  }

  @Test
  void stockShippedWithoutAnOrderIsReported() {
    api.awaitEnd(api.place(1).get(0), Duration.ofSeconds(60));
    ship(1);

    try {
      audit.awaitFinding(Part.INVENTORY_SERVICE, "stock-not-as-shipped", "espresso-beans: ");
    } finally {
      ship(-1);
    }
  }

  private void ship(int units) {
    convergence.update(
        "inventory",
        """
        UPDATE stock SET available = available - %1$d, shipped = shipped + %1$d
        WHERE sku = 'espresso-beans'
        """
            .formatted(units));
  }
}
