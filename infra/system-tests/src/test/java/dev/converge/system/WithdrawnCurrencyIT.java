package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Goal: an order in a currency that was withdrawn after it was placed ends, and nothing is parked.
 * Method: its row gets another currency while its stock is not reserved yet.
 */
@Order(3)
class WithdrawnCurrencyIT {
  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);
  private final Convergence convergence = new Convergence(platform);

  @Test
  void orderInAWithdrawnCurrencyIsRejectedAndItsStockReleased() {
    convergence.update(
        "inventory",
        """
        CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'not now'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON reservation FOR EACH ROW EXECUTE FUNCTION refuse();
        """);
    String orderId = api.place("espresso-beans", 1, "tok_ok");
    try {
      convergence.update(
          "order", "UPDATE placed_order SET currency = 'HRK' WHERE order_id = '" + orderId + "'");
    } finally {
      convergence.update("inventory", "DROP TRIGGER refuse ON reservation; DROP FUNCTION refuse");
    }

    JsonNode ended = api.awaitEnd(orderId, Duration.ofSeconds(60));

    assertThat(ended.path("status").asText()).isEqualTo("REJECTED");
    assertThat(ended.path("reason").asText()).isEqualTo("CURRENCY_WITHDRAWN");
    assertThat(ended.path("currency").asText()).isEqualTo("HRK");
    assertThat(
            convergence.strings(
                "inventory", "SELECT status FROM reservation WHERE order_id = '" + orderId + "'"))
        .containsExactly("RELEASED");
    assertThat(
            convergence.strings(
                "payment", "SELECT status FROM payment WHERE order_id = '" + orderId + "'"))
        .isEmpty();
    assertThat(convergence.strings("order", "SELECT reason FROM dead_letter")).isEmpty();
  }
}
