package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Goal: an order pays from a wallet, and a wallet pays no more than it has. Method: orders of the
 * saga on the whole platform.
 */
@Order(3)
class WalletIT {
  private static final Duration ENDED_WITHIN = Duration.ofSeconds(60);
  private static final long PRICE = 1_290;

  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);
  private final String token = "tok_wallet_" + OrderApi.newKey().replace('-', '_');

  private JsonNode wallet() {
    return api.send("GET", Part.PAYMENT_SERVICE, "/wallets/" + token, null).body();
  }

  private int deposit(String currency, long minor) {
    String body = "{\"currency\":\"" + currency + "\",\"balanceMinor\":" + minor + "}";
    return api.send("PUT", Part.PAYMENT_SERVICE, "/wallets/" + token, body).status();
  }

  @Test
  void orderPaysFromAWalletUntilItIsEmpty() {
    assertThat(deposit("EUR", PRICE + 1)).isEqualTo(201);

    String paid = api.place("espresso-beans", 1, token);
    assertThat(api.awaitEnd(paid, ENDED_WITHIN).path("status").asText()).isEqualTo("COMPLETED");
    String unpaid = api.place("espresso-beans", 1, token);
    JsonNode rejected = api.awaitEnd(unpaid, ENDED_WITHIN);

    assertThat(rejected.path("status").asText()).isEqualTo("REJECTED");
    assertThat(rejected.path("reason").asText()).isEqualTo("PAYMENT_DECLINED");
    assertThat(wallet().path("balanceMinor").asLong()).isEqualTo(1);
    assertThat(wallet().path("spentMinor").asLong()).isEqualTo(PRICE);
    assertThat(wallet().path("depositedMinor").asLong()).isEqualTo(PRICE + 1);
  }

  @Test
  void walletIsSetAndKeepsItsCurrency() {
    assertThat(deposit("EUR", 5)).isEqualTo(201);
    assertThat(deposit("EUR", 7)).isEqualTo(200);
    assertThat(deposit("USD", 7)).isEqualTo(422);
    assertThat(deposit("EUR", -1)).isEqualTo(422);

    assertThat(wallet().path("balanceMinor").asLong()).isEqualTo(7);
    assertThat(api.send("GET", Part.PAYMENT_SERVICE, "/wallets/tok_wallet_unknown", null).status())
        .isEqualTo(404);
    assertThat(api.send("GET", Part.PAYMENT_SERVICE, "/wallets/tok_ok", null).status())
        .isEqualTo(400);
  }
}
