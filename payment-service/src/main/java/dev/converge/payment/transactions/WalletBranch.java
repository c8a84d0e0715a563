package dev.converge.payment.transactions;

import dev.converge.commitment.BranchWork;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.TriedWork;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.domain.Charge;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.provider.Wallets;
import dev.converge.payment.provider.Wallets.Amount;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An order's payment in a transaction: from a wallet, whose row can be prepared. Prepared, the
 * money is spent; tried, it is held first.
 */
public final class WalletBranch implements BranchWork, TriedWork {
  private final Wallets wallets;
  private final PaymentRepository payments;

  public WalletBranch(Wallets wallets, PaymentRepository payments) {
    this.wallets = wallets;
    this.payments = payments;
  }

  @Override
  public void check(GlobalId id, JsonObject request) {
    WalletRequest unused = WalletRequest.read(id, request);
  }

  @Override
  public Future<Optional<String>> holder(SqlClient client, GlobalId id, JsonObject request) {
    return wallets.holder(client, WalletRequest.stored(id, request).amount().token());
  }

  @Override
  public Future<Void> execute(SqlConnection tx, GlobalId id, JsonObject request) {
    WalletRequest asked = WalletRequest.read(id, request);
    return wallets
        .charge(tx, asked.orderId(), asked.amount())
        .compose(WalletBranch::orDeclined)
        .compose(charged -> record(tx, asked));
  }

  @Override
  public Future<Void> reserve(SqlConnection tx, GlobalId id, JsonObject request) {
    return wallets
        .hold(tx, WalletRequest.read(id, request).amount())
        .compose(WalletBranch::orDeclined);
  }

  @Override
  public Future<Void> confirm(SqlConnection tx, GlobalId id, JsonObject request) {
    WalletRequest asked = WalletRequest.stored(id, request);
    return wallets
        .chargeHeld(tx, asked.orderId(), asked.amount())
        .compose(charged -> record(tx, asked));
  }

  @Override
  public Future<Void> cancel(SqlConnection tx, GlobalId id, JsonObject request) {
    return wallets.release(tx, WalletRequest.stored(id, request).amount());
  }

  private static Future<Void> orDeclined(boolean covered) {
    return covered
        ? Future.succeededFuture()
        : Future.failedFuture(new RefusedException("PAYMENT_DECLINED"));
  }

  private Future<Void> record(SqlConnection tx, WalletRequest asked) {
    Amount amount = asked.amount();
    Payment charged =
        Payment.charged(
            asked.orderId(), new Charge(amount.minor(), amount.currency(), amount.token()));
    return payments.save(tx, List.of(charged), Set.of(), Duration.ZERO);
  }
}
