package dev.converge.payment.provider;

import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.payment.PaymentDatabase;
import dev.converge.payment.provider.PaymentProvider.ChargeAnswer;
import dev.converge.payment.provider.PaymentProvider.ChargeRequest;
import dev.converge.payment.provider.ProviderSwitches.Behaviour;
import dev.converge.payment.provider.SimulatedProvider.LedgerEntry;
import dev.converge.service.postgres.HeldRows;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.math.BigInteger;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a repeated call has one effect, and an undo prevents a later charge. Method: the provider
 * with its ledger on a real PostgreSQL.
 */
class SimulatedProviderIT {
  private static final UUID KEY = new UUID(0, 1);

  private final PaymentDatabase database = new PaymentDatabase();
  private final SimulatedProvider provider =
      new SimulatedProvider(
          database.vertx(), database.pool(), new SimpleMeterRegistry(), new HeldRows(false));

  @AfterEach
  void close() {
    database.close();
  }

  private ChargeAnswer charge(String token) {
    return database.onEventLoop(() -> provider.charge(new ChargeRequest(KEY, 1_099, "EUR", token)));
  }

  private void undo() {
    database.onEventLoop(() -> provider.undo(KEY));
  }

  private LedgerEntry entry() {
    return await(provider.find(KEY)).orElseThrow();
  }

  private Map<String, BigInteger> held() {
    return await(provider.held());
  }

  @Test
  void repeatedChargeHasOneEffect() {
    assertThat(charge("tok_ok")).isEqualTo(ChargeAnswer.APPROVED);
    assertThat(charge("tok_ok")).isEqualTo(ChargeAnswer.APPROVED);

    assertThat(entry()).isEqualTo(new LedgerEntry(KEY, "CHARGED", 1_099, "EUR", 2));
    assertThat(held()).containsExactly(Map.entry("EUR", BigInteger.valueOf(1_099)));
  }

  @Test
  void chargesOfOneKeyInOneGroupHaveOneEffect() {
    database.onEventLoop(
        () ->
            Future.all(
                provider.charge(new ChargeRequest(KEY, 1_099, "EUR", "tok_ok")),
                provider.charge(new ChargeRequest(KEY, 1_099, "EUR", "tok_ok"))));

    assertThat(held()).containsExactly(Map.entry("EUR", BigInteger.valueOf(1_099)));
  }

  @Test
  void refusedChargeStaysRefused() {
    assertThat(charge("tok_declined")).isEqualTo(ChargeAnswer.DECLINED);
    assertThat(charge("tok_ok")).isEqualTo(ChargeAnswer.DECLINED);
    assertThat(held()).isEmpty();
  }

  @Test
  void undoneChargeIsRefunded() {
    assertThat(charge("tok_ok")).isEqualTo(ChargeAnswer.APPROVED);
    undo();
    undo();

    assertThat(entry().status()).isEqualTo("REFUNDED");
    assertThat(charge("tok_ok")).isEqualTo(ChargeAnswer.DECLINED);
    assertThat(held()).isEmpty();
  }

  @Test
  void undoBeforeTheChargePreventsIt() {
    undo();

    assertThat(charge("tok_ok")).isEqualTo(ChargeAnswer.DECLINED);
    assertThat(entry().status()).isEqualTo(SimulatedProvider.VOIDED);
    assertThat(held()).isEmpty();
  }

  @Test
  void lostAnswerIsKnownToTheRepeatedCall() {
    assertThatThrownBy(() -> charge("tok_answer_lost")).isInstanceOf(ProviderFailedException.class);
    assertThat(entry().status()).isEqualTo("CHARGED");

    assertThat(charge("tok_answer_lost")).isEqualTo(ChargeAnswer.APPROVED);
  }

  @Test
  void switchAppliesToEveryCharge() {
    provider.set(new ProviderSwitches(Behaviour.DECLINE, 0));

    assertThat(charge("tok_ok")).isEqualTo(ChargeAnswer.DECLINED);
  }
}
