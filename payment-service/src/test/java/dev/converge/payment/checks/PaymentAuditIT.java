package dev.converge.payment.checks;

import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.payment.PaymentDatabase;
import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import dev.converge.payment.postgres.PaymentAuditQueries;
import dev.converge.payment.postgres.PaymentAuditQueries.Charged;
import dev.converge.service.audit.Audit;
import io.vertx.core.Future;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: each check reports its violation, and nothing on consistent data. Method: all checks on a
 * real PostgreSQL, with rows that a test writes and an order service without orders.
 */
class PaymentAuditIT {
  private final PaymentDatabase database = new PaymentDatabase();
  private final PaymentAuditQueries queries = new PaymentAuditQueries(database.pool());
  private final List<Audit.Check> checks =
      PaymentAudit.checks(
          queries,
          (from, before) ->
              Future.succeededFuture(
                  new OrderTotals(Map.of(), Optional.empty(), List.of(), false)));
  private final long aMinuteAgo = await(queries.nowMillis()) - 60_000;
  private final UUID recent = recent(1);

  @AfterEach
  void close() {
    database.close();
  }

  /** The id of one of the orders of a minute ago. */
  private UUID recent(int number) {
    return new UUID((aMinuteAgo << 16) | 0x7000, 0x8000_0000_0000_0000L | number);
  }

  private List<String> findings() {
    List<String> findings = new ArrayList<>();
    for (Audit.Check check : checks) {
      await(check.query().get()).forEach(each -> findings.add(check.name() + ": " + each));
    }
    return findings;
  }

  private void ledger(UUID key, String status, int amountMinor, String currency) {
    database.execute(
        "INSERT INTO provider.charge (key, status, amount_minor, currency) VALUES ('%s', '%s', %d, '%s')"
            .formatted(key, status, amountMinor, currency));
  }

  @Test
  void consistentDataHasNoFindings() {
    database.payment(recent, "REFUNDED", 0, "-1 hour");
    ledger(recent, "REFUNDED", 1_099, "EUR");
    database.payment(recent(2), "CHARGING", 3, "1 second");
    ledger(recent(2), "CHARGED", 1_099, "EUR");

    assertThat(findings()).isEmpty();
  }

  @Test
  void paymentThatDiffersFromTheLedgerIsReported() {
    database.payment(recent, "DECLINED", 0, "1 hour");
    ledger(recent, "CHARGED", 1_099, "EUR");

    assertThat(findings()).containsExactly("payments-not-as-provider: " + recent);
  }

  @Test
  void chargeWithoutPaymentIsReported() {
    ledger(recent, "CHARGED", 1_099, "EUR");

    assertThat(findings()).containsExactly("payments-not-as-provider: " + recent);
  }

  @Test
  void paymentWithoutOrderIsReported() {
    database.payment(recent, "CHARGED", 0, "1 hour");
    ledger(recent, "CHARGED", 1_099, "EUR");

    assertThat(findings())
        .containsExactly(
            "payments-not-as-orders: " + recent + ": charged EUR 1099, completed nothing");
  }

  @Test
  void paymentWhoseCallsFailOrAreMissingIsReported() {
    database.payment(recent, "CHARGING", 10, "1 second");
    database.payment(recent(2), "REFUNDING", 0, "-2 minutes");
    database.payment(recent(3), "REFUNDING", 9, "-1 second");

    assertThat(findings())
        .containsExactlyInAnyOrder(
            "payments-awaiting-provider: " + recent, "payments-awaiting-provider: " + recent(2));
  }

  @Test
  void walletThatDiffersFromItsChargesIsReported() {
    database.execute(
        """
        INSERT INTO provider.wallet (token, currency, balance_minor, spent_minor, deposited_minor)
        VALUES ('tok_wallet_a', 'EUR', 1, 5, 6), ('tok_wallet_b', 'EUR', 1, 0, 1)
        """);

    assertThat(findings()).containsExactly("wallets-not-as-charged: tok_wallet_a");
  }

  @Test
  void chargedTotalsLeaveOutOtherStatusesAndExceptions() {
    UUID first = new UUID(0x7000, 0x8000_0000_0000_0001L);
    UUID second = new UUID(0x7000, 0x8000_0000_0000_0002L);
    UUID third = new UUID(0x7000, 0x8000_0000_0000_0003L);
    UUID before = new UUID(0x7000, 0x8000_0000_0000_0004L);
    database.payment(first, "CHARGED", 0, "1 hour");
    database.payment(second, "CHARGED", 0, "1 hour");
    database.payment(third, "REFUNDED", 0, "1 hour");
    database.payment(before, "CHARGED", 0, "1 hour");

    Charged all = await(queries.charged(first, before, List.of()));
    Charged one = await(queries.charged(first, before, List.of(first)));

    assertThat(all)
        .isEqualTo(
            new Charged(Map.of("EUR", total(2, 2 * 1_099, 1_100 * (1 + 2))), Optional.of(first)));
    assertThat(one)
        .isEqualTo(new Charged(Map.of("EUR", total(1, 1_099, 1_100 * 2)), Optional.of(second)));
  }

  private static Total total(long orders, long sumMinor, long checksum) {
    return new Total(orders, BigInteger.valueOf(sumMinor), BigInteger.valueOf(checksum));
  }
}
