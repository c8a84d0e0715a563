package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;

/**
 * Goal: no sum overflows its statement or is inexact for a client. Method: enough rows of the
 * largest orders, charges and stocks that their sums exceed 64 bits; then the APIs.
 */
@OwnPlatform
class ExactNumbersIT {
  private static final int ROWS = 1_040;
  private static final long LARGEST = 9_007_199_254_740_991L;
  private static final String SUM =
      BigInteger.valueOf(LARGEST).multiply(BigInteger.valueOf(ROWS)).toString();
  private static final TestPlatform PLATFORM = WithoutKafka.shared();

  private final OrderApi api = new OrderApi(PLATFORM);
  private final Convergence convergence = new Convergence(PLATFORM);

  @Test
  void heldMoneyIsExactAtAnySize() {
    convergence.update(
        "payment",
        """
        INSERT INTO provider.charge (key, status, amount_minor, currency)
        SELECT gen_random_uuid(), 'CHARGED', %d, 'EUR' FROM generate_series(1, %d)
        """
            .formatted(LARGEST, ROWS));

    Answer shown = api.send("GET", Part.PAYMENT_SERVICE, "/provider", null);

    assertThat(shown.status()).as(shown.raw().body()).isEqualTo(200);
    assertThat(shown.body().at("/heldMinor/EUR").isTextual()).isTrue();
    assertThat(shown.body().at("/heldMinor/EUR").asText()).isEqualTo(SUM);
  }

  @Test
  void orderTotalsAreExactAtAnySize() {
    convergence.update(
        "order",
        """
        INSERT INTO placed_order
        SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'ada', 'EUR', %d,
               '[]', 'tok_ok', NULL, now()
        FROM generate_series(1, %d) AS n
        """
            .formatted(LARGEST, ROWS));
    convergence.update(
        "order",
        """
        INSERT INTO saga (order_id, status, step, attempt, version, messages, ended_at)
        SELECT order_id, 'COMPLETED', 'ship-stock', 1, 1, 1, now() FROM placed_order
        WHERE order_id < '01900000-0000-7000-8001-000000000000'
        """);

    Answer shown =
        api.send(
            "GET",
            Part.ORDER_SERVICE,
            "/order-totals?from=01900000-0000-7000-8000-000000000000"
                + "&before=01900000-0000-7000-8001-000000000000",
            null);

    assertThat(shown.status()).as(shown.raw().body()).isEqualTo(200);
    assertThat(shown.body().at("/completed/0/orders").asInt()).isEqualTo(ROWS);
    assertThat(shown.body().at("/completed/0/sumMinor").asText()).isEqualTo(SUM);
  }

  @Test
  void noRowHoldsANumberThatJsonRepresentsInexactly() {
    for (String[] row :
        new String[][] {
          {
            "payment",
            "INSERT INTO provider.charge VALUES (gen_random_uuid(), 'CHARGED', %d, 'USD')"
          },
          {"inventory", "UPDATE stock SET available = %1$d, received = %1$d + reserved + shipped"},
          {
            "order",
            "INSERT INTO placed_order VALUES (gen_random_uuid(), 'ada', 'EUR', %d, '[]', 'tok_ok',"
                + " NULL, now())"
          }
        }) {
      assertThat(refusal(row[0], row[1].formatted(LARGEST + 1))).contains("_is_exact");
    }
    String set = "{\"available\":1000000000000}";
    Answer largest = api.send("PUT", Part.INVENTORY_SERVICE, "/stock/espresso-beans", set);
    assertThat(largest.status()).as(largest.raw().body()).isEqualTo(200);
  }

  private String refusal(String domain, String sql) {
    try {
      convergence.update(domain, sql);
      return "none";
    } catch (RuntimeException | AssertionError refused) {
      return refused + " " + refused.getCause();
    }
  }

  @Test
  void settingStockCreatesItOnceWithALocation() {
    String sku = "new-" + OrderApi.newKey();
    String path = "/stock/" + sku;
    Answer created = api.send("PUT", Part.INVENTORY_SERVICE, path, "{\"available\":5}");
    assertThat(created.status()).as(created.raw().body()).isEqualTo(201);
    assertThat(created.header("Location")).isEqualTo(path);
    assertThat(created.body().path("available").asInt()).isEqualTo(5);
    for (int available : new int[] {5, 0, 7}) {
      Answer set =
          api.send("PUT", Part.INVENTORY_SERVICE, path, "{\"available\":" + available + "}");
      assertThat(set.status()).as(set.raw().body()).isEqualTo(200);
      assertThat(set.header("Location")).isEmpty();
    }
    assertThat(api.stock(sku).path("available").asInt()).isEqualTo(7);
  }
}
