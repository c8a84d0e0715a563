package dev.converge.payment.provider;

import dev.converge.payment.provider.ProviderSwitches.Behaviour;
import dev.converge.service.postgres.GroupCommit;
import dev.converge.service.postgres.HeldRows;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Simulates a payment provider. Its ledger commits separately from our tables: as with a real
 * provider, a charge can succeed and its answer can be lost.
 */
public final class SimulatedProvider implements PaymentProvider {
  private static final int MAX_BATCH = 256;
  private static final int MAX_WAITING = 4_096;

  /**
   * The timeout of a call to the ledger, its time in the queue included. It is shorter than the
   * caller's, so that the caller can distinguish a fault of the ledger from one of the provider.
   */
  static final Duration LEDGER_WITHIN = Duration.ofSeconds(5);

  /** The status of an entry that an undo created before any charge. It has no amount. */
  public static final String VOIDED = "VOIDED";

  /** A branch in doubt holds the wallet: nothing was written, and the call has to be repeated. */
  static final class HeldWalletException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    HeldWalletException() {
      super("a branch in doubt holds the wallet", null, false, false);
    }
  }

  /** An entry of the provider's ledger. */
  public record LedgerEntry(
      UUID key, String status, long amountMinor, String currency, int requests) {
    boolean isNew() {
      return requests == 1;
    }

    LedgerEntry to(String next) {
      return new LedgerEntry(key, next, amountMinor, currency, requests);
    }
  }

  private final Vertx vertx;
  private final Ledger ledger;
  private final Duration ledgerWithin;
  private final GroupCommit<ChargeRequest, Optional<LedgerEntry>> charges;
  private final GroupCommit<ChargeRequest, Optional<LedgerEntry>> walletCharges;
  private final GroupCommit<UUID, Optional<LedgerEntry>> undos;
  private volatile ProviderSwitches switches = ProviderSwitches.normal();

  /**
   * @param heldRows whether branches in doubt may hold wallets
   */
  public SimulatedProvider(Vertx vertx, Pool pool, MeterRegistry meters, HeldRows heldRows) {
    this(vertx, pool, meters, heldRows, LEDGER_WITHIN);
  }

  SimulatedProvider(
      Vertx vertx, Pool pool, MeterRegistry meters, HeldRows heldRows, Duration ledgerWithin) {
    this.vertx = vertx;
    this.ledger = new Ledger(pool, heldRows);
    this.ledgerWithin = ledgerWithin;
    this.charges =
        groups("provider.charge", meters, requests -> ledger.charge(requests, this::verdict));
    // Groups of their own: a wallet whose row is locked must not delay cards.
    this.walletCharges =
        groups(
            "provider.wallet", meters, requests -> ledger.chargeWallets(requests, this::verdict));
    this.undos = groups("provider.undo", meters, ledger::undo);
  }

  private <T> GroupCommit<T, Optional<LedgerEntry>> groups(
      String name,
      MeterRegistry meters,
      Function<List<T>, Future<List<Optional<LedgerEntry>>>> write) {
    return new GroupCommit<>(vertx, name, meters, MAX_BATCH, MAX_WAITING, Duration.ZERO, write);
  }

  public ProviderSwitches switches() {
    return switches;
  }

  public void set(ProviderSwitches changed) {
    switches = changed;
  }

  @Override
  public Future<ChargeAnswer> charge(ChargeRequest request) {
    Behaviour behaviour = switches.towards(request.token());
    return switch (behaviour) {
      case FAIL -> Future.failedFuture(new ProviderFailedException("500 from the provider"));
      case SLOW -> chargeLate(request, switches.delayMillis());
      case LOSE_ANSWER -> askForCharge(request, ledgerWithin).compose(SimulatedProvider::loseFirst);
      case NORMAL, DECLINE -> askForCharge(request, ledgerWithin).map(SimulatedProvider::answer);
    };
  }

  @Override
  public Future<Void> undo(UUID key) {
    return switches.behaviour() == Behaviour.FAIL
        ? Future.failedFuture(new ProviderFailedException("500 from the provider"))
        : askLedger(undos, key, ledgerWithin).mapEmpty();
  }

  // The delay uses up the timeout; the ledger gets the rest. After a longer delay the caller has
  // timed out, and the charge is made with the full timeout.
  private Future<ChargeAnswer> chargeLate(ChargeRequest request, int delayMillis) {
    Duration rest = ledgerWithin.minusMillis(delayMillis);
    Duration left = rest.compareTo(Duration.ZERO) > 0 ? rest : ledgerWithin;
    return vertx
        .timer(delayMillis, TimeUnit.MILLISECONDS)
        .compose(waited -> askForCharge(request, left))
        .map(SimulatedProvider::answer);
  }

  private Future<LedgerEntry> askForCharge(ChargeRequest request, Duration within) {
    return askLedger(Wallets.isWallet(request.token()) ? walletCharges : charges, request, within);
  }

  /**
   * The entry that a request creates or finds. A failure of the ledger is a fault of our database,
   * not an answer of a provider. Mapped outside of the group commit, which needs the original cause
   * to decide whether to retry one by one.
   */
  private static <T> Future<LedgerEntry> askLedger(
      GroupCommit<T, Optional<LedgerEntry>> ledger, T request, Duration within) {
    return ledger
        .submit(request, within)
        .compose(SimulatedProvider::orHeld)
        .recover(cause -> Future.failedFuture(new EnvironmentFaultException(cause)));
  }

  private static Future<LedgerEntry> orHeld(Optional<LedgerEntry> entry) {
    return entry
        .map(Future::succeededFuture)
        .orElseGet(() -> Future.failedFuture(new HeldWalletException()));
  }

  /** The ledger's entry for an order. */
  public Future<Optional<LedgerEntry>> find(UUID key) {
    return ledger.find(key);
  }

  /** The held amounts, in minor units by currency. */
  public Future<Map<String, BigInteger>> held() {
    return ledger.held();
  }

  private String verdict(ChargeRequest request) {
    return switches.towards(request.token()) == Behaviour.DECLINE ? "DECLINED" : "CHARGED";
  }

  private static ChargeAnswer answer(LedgerEntry entry) {
    return entry.status().equals("CHARGED") ? ChargeAnswer.APPROVED : ChargeAnswer.DECLINED;
  }

  private static Future<ChargeAnswer> loseFirst(LedgerEntry entry) {
    return entry.isNew()
        ? Future.failedFuture(new ProviderFailedException("the answer was lost"))
        : Future.succeededFuture(answer(entry));
  }
}
