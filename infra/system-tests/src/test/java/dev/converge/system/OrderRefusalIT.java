package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: an invalid request is refused with a problem and changes nothing. Method: sends examples.
 */
@Order(3)
class OrderRefusalIT {
  private static final String VALID = OrderApi.body("espresso-beans", 2, "tok_ok");

  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);
  private final Convergence convergence = new Convergence(platform);

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          malformed JSON          | {"customerId":                                      | 400 | malformed-json |
          two values              | {} {}                                               | 400 | malformed-json |
          not an object           | []                                                  | 400 | invalid-body   |
          null                    | null                                                | 400 | invalid-body   |
          empty object            | {}                                                  | 400 | invalid-body   | /customerId
          unknown field           | {"customerId":"ada","status":"COMPLETED"}           | 400 | invalid-body   | /status
          duplicate field         | {"customerId":"ada","customerId":"bob"}             | 400 | invalid-body   | /customerId
          quantity of 35 digits   | {"lines":[{"quantity":99999999999999999999999999999999999}]} | 400 | invalid-body | /lines/0/quantity
          blank                   | ` `                                                 | 400 | invalid-body   |
          wrong type              | {"customerId":7}                                    | 400 | invalid-body   | /customerId
          quantity as text        | {"lines":[{"quantity":"2"}]}                        | 400 | invalid-body   | /lines/0/quantity
          quantity as fraction    | {"lines":[{"quantity":1.5}]}                        | 400 | invalid-body   | /lines/0/quantity
          quantity out of range   | {"lines":[{"quantity":99999999999}]}                | 400 | invalid-body   | /lines/0/quantity
          NaN                     | {"lines":[{"quantity":NaN}]}                        | 400 | malformed-json |
          too deep                | {"lines":[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]} | 400 | |
          """)
  void badBodiesGetAProblemThatNamesTheFieldAndChangeNothing(
      String name, String body, int status, String type, String pointer) {
    refused(body, status, type, pointer);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          zero             | "quantity":2           | "quantity":0                  | /lines/0/quantity
          negative         | "quantity":2           | "quantity":-1                 | /lines/0/quantity
          huge             | "quantity":2           | "quantity":10001              | /lines/0/quantity
          free             | "unitPriceMinor":1290  | "unitPriceMinor":0            | /lines/0/unitPriceMinor
          negative price   | "unitPriceMinor":1290  | "unitPriceMinor":-5           | /lines/0/unitPriceMinor
          huge price       | "unitPriceMinor":1290  | "unitPriceMinor":1000000000001 | /lines/0/unitPriceMinor
          no currency      | "EUR"                  | "EURO"                        | /currency
          no customer      | "ada"                  | ""                            | /customerId
          odd customer     | "ada"                  | "a b"                         | /customerId
          NUL              | "ada"                  | "a\\u0000"                    | /customerId
          odd SKU          | "espresso-beans"       | "../etc/passwd"               | /lines/0/sku
          odd token        | "tok_ok"               | "4111111111111111"            | /paymentToken
          """)
  void brokenRulesGetAProblemThatNamesTheFieldAndChangeNothing(
      String name, String from, String to, String pointer) {
    refused(VALID.replace(from, to), 422, "unprocessable", pointer);
  }

  private void refused(String body, int status, @Nullable String type, @Nullable String pointer) {
    Map<String, Long> before = rows();
    String key = OrderApi.newKey();

    Answer answer = api.post(body, "Idempotency-Key", key);

    assertThat(answer.status()).as(answer.raw().body()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.body().path("traceId").asText()).hasSize(32);
    if (type != null) {
      assertThat(answer.body().path("type").asText()).isEqualTo("/problems/" + type);
    }
    if (pointer != null) {
      assertThat(answer.body().path("errors"))
          .extracting(error -> error.path("pointer").asText())
          .contains(pointer);
    }
    assertThat(rows()).isEqualTo(before);
    // A refused request does not use up its key.
    assertThat(api.post(VALID, "Idempotency-Key", key).status()).isEqualTo(202);
  }

  private Map<String, Long> rows() {
    return convergence.longs(
        "order",
        """
        SELECT 'orders', count(*) FROM orders UNION ALL SELECT 'keys', count(*) FROM idempotency_key
        UNION ALL SELECT 'sagas', count(*) FROM saga
        """);
  }

  @Test
  void wrongMediaTypesAndOversizeBodiesAreRefused() {
    assertThat(
            api.send(
                    "POST",
                    Part.ORDER_SERVICE,
                    "/orders",
                    null,
                    "Idempotency-Key",
                    OrderApi.newKey(),
                    "Content-Type",
                    "text/plain")
                .status())
        .isEqualTo(415);
    String tooLarge = VALID.replace("ada", "a".repeat(70_000));
    assertThat(api.post(tooLarge, "Idempotency-Key", OrderApi.newKey()).status()).isEqualTo(413);
    assertThat(
            api.post(VALID, "Idempotency-Key", OrderApi.newKey(), "X-Filler", "x".repeat(9_000))
                .status())
        .isEqualTo(431);
    assertThat(
            api.send("GET", Part.ORDER_SERVICE, "/orders?limit=" + "1".repeat(5_000), null)
                .status())
        .isEqualTo(414);
  }

  @Test
  void unknownResourcesAreNotFoundAndInvalidIdsAreNamed() {
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/orders/" + UUID.randomUUID(), null).status())
        .isEqualTo(404);
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/nothing", null).status()).isEqualTo(404);
    for (String bad :
        List.of(
            "/orders/7",
            "/orders?limit=0",
            "/orders?limit=x",
            "/orders?status=X",
            "/orders?before=1",
            "/orders?page=2",
            "/orders/" + UUID.randomUUID() + "?limit=1",
            "/sagas/stuck?limit=1")) {
      Answer answer = api.send("GET", Part.ORDER_SERVICE, bad, null);
      assertThat(answer.status()).as(bad).isEqualTo(400);
      assertThat(answer.body().path("errors").path(0).path("pointer").asText()).isNotEmpty();
    }
    for (String bad : List.of("/stock?limit=0", "/stock/x?after=y")) {
      assertThat(api.send("GET", Part.INVENTORY_SERVICE, bad, null).status())
          .as(bad)
          .isEqualTo(400);
    }
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/orders/%2e%2e", null).status()).isEqualTo(404);
    assertThat(
            api.send("GET", Part.PAYMENT_SERVICE, "/provider", null, "Accept", "application/xml")
                .status())
        .isEqualTo(406);
    Answer wrongMethod = api.send("DELETE", Part.ORDER_SERVICE, "/orders", null);
    assertThat(wrongMethod.status()).isEqualTo(405);
    assertThat(wrongMethod.header("Allow").split(", ")).contains("GET", "POST");
    assertThat(api.send("PUT", Part.INVENTORY_SERVICE, "/stock/x", "{\"available\":-1}").status())
        .isEqualTo(422);
  }
}
