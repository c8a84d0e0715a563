package dev.converge.payment.provider;

import static dev.converge.testkit.ConnectedDatabase.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.payment.PaymentDatabase;
import dev.converge.payment.provider.PaymentProvider.ChargeAnswer;
import dev.converge.payment.provider.PaymentProvider.ChargeRequest;
import dev.converge.payment.provider.Wallets.Amount;
import dev.converge.payment.provider.Wallets.Deposited;
import dev.converge.service.postgres.HeldRows;
import dev.converge.testkit.Seed;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.CompositeFuture;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a wallet pays once for each charge, never more than it has, and loses no money. Method: the
 * provider with its ledger on a real PostgreSQL; random charges and undos.
 */
class WalletsIT {
  private static final String ADA = "tok_wallet_ada";
  private static final String EVE = "tok_wallet_eve";
  private static final UUID KEY = new UUID(0, 1);
  private static final long MOST = 9_007_199_254_740_991L;

  private final PaymentDatabase database = new PaymentDatabase();
  private final Wallets wallets = new Wallets();
  private final SimulatedProvider provider =
      new SimulatedProvider(
          database.vertx(), database.pool(), new SimpleMeterRegistry(), new HeldRows(true));

  @AfterEach
  void close() {
    database.close();
  }

  private Optional<Deposited> set(String token, String currency, long minor) {
    return await(wallets.set(database.pool(), new Amount(token, currency, minor), MOST));
  }

  private ChargeAnswer charge(UUID key, String token, long minor) {
    return database.onEventLoop(() -> provider.charge(new ChargeRequest(key, minor, "EUR", token)));
  }

  private void undo(UUID key) {
    database.onEventLoop(() -> provider.undo(key));
  }

  @Test
  void settingABalanceCountsTheDifferenceAsDeposited() {
    assertThat(set(ADA, "EUR", 1_000).orElseThrow().isNew()).isTrue();
    assertThat(charge(KEY, ADA, 300)).isEqualTo(ChargeAnswer.APPROVED);
    assertThat(set(ADA, "EUR", 50).orElseThrow().isNew()).isFalse();

    assertThat(database.wallet(ADA)).isEqualTo("50 0 300 350");
  }

  @Test
  void walletKeepsItsCurrencyAndItsBound() {
    assertThat(set(ADA, "EUR", 1_000)).isPresent();

    assertThat(set(ADA, "USD", 1_000)).isEmpty();
    assertThat(charge(KEY, ADA, 1)).isEqualTo(ChargeAnswer.APPROVED);
    assertThat(set(ADA, "EUR", MOST)).isEmpty();
    assertThat(database.wallet(ADA)).isEqualTo("999 0 1 1000");
  }

  @Test
  void repeatedChargeTakesTheMoneyOnce() {
    assertThat(set(ADA, "EUR", 1_000)).isPresent();

    assertThat(charge(KEY, ADA, 300)).isEqualTo(ChargeAnswer.APPROVED);
    assertThat(charge(KEY, ADA, 300)).isEqualTo(ChargeAnswer.APPROVED);
    assertThat(database.wallet(ADA)).isEqualTo("700 0 300 1000");
  }

  @Test
  void chargeBeyondTheBalanceIsDeclinedForGood() {
    assertThat(set(ADA, "EUR", 299)).isPresent();

    assertThat(charge(KEY, ADA, 300)).isEqualTo(ChargeAnswer.DECLINED);
    assertThat(set(ADA, "EUR", 1_000)).isPresent();
    assertThat(charge(KEY, ADA, 300)).isEqualTo(ChargeAnswer.DECLINED);
    assertThat(database.wallet(ADA)).isEqualTo("1000 0 0 1000");
  }

  @Test
  void unknownWalletAndAnotherCurrencyAreDeclined() {
    assertThat(set(EVE, "USD", 1_000)).isPresent();

    assertThat(charge(KEY, ADA, 1)).isEqualTo(ChargeAnswer.DECLINED);
    assertThat(charge(new UUID(0, 2), EVE, 1)).isEqualTo(ChargeAnswer.DECLINED);
  }

  @Test
  void undoneChargeIsGivenBackOnce() {
    assertThat(set(ADA, "EUR", 1_000)).isPresent();
    assertThat(charge(KEY, ADA, 300)).isEqualTo(ChargeAnswer.APPROVED);
    undo(KEY);
    undo(KEY);

    assertThat(database.wallet(ADA)).isEqualTo("1000 0 0 1000");
    assertThat(await(provider.find(KEY)).orElseThrow().status()).isEqualTo("REFUNDED");
    assertThat(charge(KEY, ADA, 300)).isEqualTo(ChargeAnswer.DECLINED);
  }

  @Test
  void chargesOfOneGroupShareTheBalance() {
    assertThat(set(ADA, "EUR", 1_000)).isPresent();
    List<ChargeAnswer> answers = new ArrayList<>();
    database.onEventLoop(
        () ->
            Future.all(
                    IntStream.range(0, 8)
                        .mapToObj(n -> new ChargeRequest(new UUID(0, n), 300, "EUR", ADA))
                        .map(request -> provider.charge(request).onSuccess(answers::add))
                        .toList())
                .mapEmpty());

    assertThat(answers).filteredOn(ChargeAnswer.APPROVED::equals).hasSize(3);
    assertThat(database.wallet(ADA)).isEqualTo("100 0 900 1000");
  }

  @Test
  void heldMoneyIsSpentOrReleased() {
    assertThat(set(ADA, "EUR", 1_000)).isPresent();
    Amount amount = new Amount(ADA, "EUR", 400);

    assertThat(database.<Boolean>inTransaction(tx -> wallets.hold(tx, amount))).isTrue();
    assertThat(database.<Boolean>inTransaction(tx -> wallets.hold(tx, amount))).isTrue();
    assertThat(database.<Boolean>inTransaction(tx -> wallets.hold(tx, amount))).isFalse();
    assertThat(database.wallet(ADA)).isEqualTo("200 800 0 1000");
    database.inTransaction(tx -> wallets.chargeHeld(tx, KEY, amount));
    database.inTransaction(tx -> wallets.release(tx, amount));

    assertThat(database.wallet(ADA)).isEqualTo("600 0 400 1000");
    assertThat(await(provider.find(KEY)).orElseThrow().status()).isEqualTo("CHARGED");
  }

  /** A branch takes money of a wallet, and its decision is missing. */
  private void hold(String token) {
    database.execute(
        "BEGIN; UPDATE provider.wallet SET balance_minor = balance_minor - 1,"
            + " spent_minor = spent_minor + 1 WHERE token = '%s'; PREPARE TRANSACTION 'held'"
                .formatted(token));
  }

  private void rollBack() {
    database.execute("ROLLBACK PREPARED 'held'");
  }

  private static Future<String> outcome(Future<?> call) {
    return call.map(String::valueOf)
        .recover(
            cause ->
                Future.succeededFuture(
                    String.valueOf(requireNonNull(cause.getCause()).getMessage())));
  }

  private List<String> outcomes(Supplier<List<Future<?>>> calls) {
    return database.onEventLoop(
        () ->
            Future.all(calls.get().stream().map(WalletsIT::outcome).toList())
                .map(CompositeFuture::list));
  }

  @Test
  void heldWalletDelaysOnlyItsOwnCharges() {
    assertThat(set(ADA, "EUR", 1_000)).isPresent();
    assertThat(set(EVE, "EUR", 1_000)).isPresent();
    hold(ADA);
    try {
      for (int group = 0; group < 2; group++) {
        UUID key = new UUID(group, 1);
        UUID other = new UUID(group, 2);
        assertThat(
                outcomes(
                    () ->
                        List.of(
                            provider.charge(new ChargeRequest(key, 10, "EUR", ADA)),
                            provider.charge(new ChargeRequest(other, 10, "EUR", EVE)))))
            .containsExactly("a branch in doubt holds the wallet", "APPROVED");
      }
    } finally {
      rollBack();
    }

    assertThat(charge(new UUID(0, 1), ADA, 10)).isEqualTo(ChargeAnswer.APPROVED);
    assertThat(database.wallet(ADA)).isEqualTo("990 0 10 1000");
    assertThat(database.wallet(EVE)).isEqualTo("980 0 20 1000");
  }

  @Test
  void heldWalletDelaysOnlyTheUndosOfItsOwnCharges() {
    UUID card = new UUID(0, 2);
    UUID other = new UUID(0, 3);
    UUID unknown = new UUID(0, 4);
    assertThat(set(ADA, "EUR", 1_000)).isPresent();
    assertThat(set(EVE, "EUR", 1_000)).isPresent();
    assertThat(charge(KEY, ADA, 10)).isEqualTo(ChargeAnswer.APPROVED);
    assertThat(charge(card, "tok_ok", 10)).isEqualTo(ChargeAnswer.APPROVED);
    assertThat(charge(other, EVE, 10)).isEqualTo(ChargeAnswer.APPROVED);
    hold(ADA);
    try {
      assertThat(
              outcomes(
                  () ->
                      List.of(
                          provider.undo(KEY),
                          provider.undo(card),
                          provider.undo(other),
                          provider.undo(unknown))))
          .containsExactly("a branch in doubt holds the wallet", "null", "null", "null");
      assertThat(await(provider.find(KEY)).orElseThrow().status()).isEqualTo("CHARGED");
      assertThat(await(provider.find(card)).orElseThrow().status()).isEqualTo("REFUNDED");
      assertThat(await(provider.find(unknown)).orElseThrow().status()).isEqualTo("VOIDED");
      assertThat(database.wallet(EVE)).isEqualTo("1000 0 0 1000");
    } finally {
      rollBack();
    }

    undo(KEY);

    assertThat(database.wallet(ADA)).isEqualTo("1000 0 0 1000");
  }

  @Test
  void randomChargesAndUndosConserveTheMoney() {
    Seed.forEach(5, this::conservesTheMoney);
  }

  private void conservesTheMoney(long seed) {
    database.execute("TRUNCATE provider.charge, provider.wallet");
    assertThat(set(ADA, "EUR", 500)).isPresent();
    assertThat(set(EVE, "EUR", 500)).isPresent();
    Random random = new Random(seed);
    database.onEventLoop(
        () ->
            Future.join(IntStream.range(0, 60).mapToObj(n -> anyCall(random)).toList()).mapEmpty());

    assertThat(
            database.value(
                """
                SELECT string_agg(token || ' ' || spent_minor, ', ' ORDER BY token)
                FROM provider.wallet WHERE spent_minor > 0
                """))
        .isEqualTo(
            database.value(
                """
                SELECT string_agg(wallet || ' ' || spent, ', ' ORDER BY wallet)
                FROM (SELECT wallet, sum(amount_minor) AS spent FROM provider.charge
                      WHERE status = 'CHARGED' GROUP BY wallet) AS charged
                """));
  }

  private Future<?> anyCall(Random random) {
    UUID key = new UUID(1, random.nextInt(20));
    String token = (key.getLeastSignificantBits() & 1) == 0 ? ADA : EVE;
    long minor = 10 + 10 * key.getLeastSignificantBits();
    return random.nextInt(3) == 0
        ? provider.undo(key)
        : provider.charge(new ChargeRequest(key, minor, "EUR", token));
  }
}
