package dev.converge.payment.transactions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.commitment.GlobalId;
import dev.converge.commitment.RefusedException;
import dev.converge.payment.PaymentDatabase;
import dev.converge.payment.postgres.PostgresPaymentRepository;
import dev.converge.payment.provider.Wallets;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a branch takes money that the wallet has, and no other, and records charge and payment.
 * Method: its steps on a real PostgreSQL, each in a transaction that commits.
 */
class WalletBranchIT {
  private static final UUID ORDER = new UUID(0, 1);
  private static final GlobalId ID = new GlobalId("2pc", ORDER, List.of("inventory", "payment"));

  private final PaymentDatabase database = new PaymentDatabase();
  private final WalletBranch branch =
      new WalletBranch(new Wallets(), new PostgresPaymentRepository());

  @BeforeEach
  void deposit() {
    database.execute(
        """
        INSERT INTO provider.wallet (token, currency, balance_minor, deposited_minor)
        VALUES ('tok_wallet', 'EUR', 1000, 1000)
        """);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static JsonObject money(long minor) {
    return new JsonObject()
        .put("orderId", ORDER.toString())
        .put("token", "tok_wallet")
        .put("currency", "EUR")
        .put("amountMinor", minor);
  }

  private String charge() {
    return database.value("SELECT string_agg(status, ',') FROM provider.charge");
  }

  @Test
  void preparedBranchSpendsTheMoney() {
    database.inTransaction(tx -> branch.execute(tx, ID, money(400)));

    assertThat(database.wallet("tok_wallet")).isEqualTo("600 0 400 1000");
    assertThat(charge()).isEqualTo("CHARGED");
    assertThat(database.payment(ORDER, "status, amount_minor, currency, token"))
        .isEqualTo("CHARGED 400 EUR tok_wallet");
  }

  @Test
  void missingMoneyIsRefusedAndLeavesNothing() {
    assertThatThrownBy(() -> database.inTransaction(tx -> branch.execute(tx, ID, money(1_001))))
        .isInstanceOf(RefusedException.class)
        .hasMessage("PAYMENT_DECLINED");
    assertThatThrownBy(() -> database.inTransaction(tx -> branch.reserve(tx, ID, money(1_001))))
        .isInstanceOf(RefusedException.class);
    assertThat(database.wallet("tok_wallet")).isEqualTo("1000 0 0 1000");
    assertThat(charge()).isEqualTo("null");
  }

  @Test
  void triedMoneyIsHeldAndThenSpent() {
    database.inTransaction(tx -> branch.reserve(tx, ID, money(400)));
    assertThat(database.wallet("tok_wallet")).isEqualTo("600 400 0 1000");
    assertThat(charge()).isEqualTo("null");

    database.inTransaction(tx -> branch.confirm(tx, ID, money(400)));
    assertThat(database.wallet("tok_wallet")).isEqualTo("600 0 400 1000");
    assertThat(charge()).isEqualTo("CHARGED");
  }

  @Test
  void cancelledMoneyIsAvailableAgain() {
    database.inTransaction(tx -> branch.reserve(tx, ID, money(400)));
    database.inTransaction(tx -> branch.cancel(tx, ID, money(400)));

    assertThat(database.wallet("tok_wallet")).isEqualTo("1000 0 0 1000");
    assertThat(charge()).isEqualTo("null");
  }
}
