package dev.converge.order.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.commitment.http.DecisionRoutes;
import dev.converge.contracts.Currencies;
import dev.converge.order.domain.Order;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.operators.OperatorRoutes;
import dev.converge.service.transactions.TransactionParts;
import dev.converge.testkit.ContractResources;
import dev.converge.testkit.OpenApiContract;
import dev.converge.testkit.Seed;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: the document at {@code /openapi.json} describes the API. Method: its operations are
 * compared with the routes that are mounted, its examples with its own schemas, and the limits of
 * an order with those that are enforced.
 */
class OpenApiTest implements OpenApiContract {
  private static final ObjectNode DOCUMENT =
      ContractResources.document("openapi/order-service.json");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PLACE_ORDER =
      "/paths/~1orders/post/requestBody/content/application~1json";
  private static final JsonNode PLACE_ORDER_SCHEMA = DOCUMENT.at(PLACE_ORDER + "/schema");

  @Override
  public ObjectNode document() {
    return DOCUMENT;
  }

  /** Routes that are never called need no dependencies. */
  @Override
  @SuppressWarnings("NullAway")
  public void mount(Router router) {
    new OrderRoutes(null, Optional.empty(), null, null, null, null, "", Clock.systemUTC())
        .mount(router);
    new DecisionRoutes(Map.of()).mount(router);
    TransactionParts.mount(router, null, null, null, null);
    new OperatorRoutes(null, "", null).mount(router);
  }

  @Test
  void documentedOrderIsAccepted() throws IOException {
    JsonNode example = DOCUMENT.at(PLACE_ORDER + "/example");

    assertThat(faults(PLACE_ORDER_SCHEMA, example)).isEmpty();
    assertThat(JSON.treeToValue(example, PlaceOrderRequest.class).valid().lines()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /customerId             | "customer-17"        | "-customer-17"
          /customerId             | "c"                  | ""
          /currency               | "USD"                | "XXX"
          /currency               | "JPY"                | "eur"
          /paymentToken           | "tok_answer_lost"    | "answer_lost"
          /paymentToken           | null                 | "tok_"
          /lines/0/sku            | "A._-1"              | "A/1"
          /lines/0/quantity       | 10000                | 10001
          /lines/0/quantity       | 1                    | 0
          /lines/0/unitPriceMinor | 1000000000000        | 1000000000001
          /lines/0/unitPriceMinor | 1                    | 0
          """)
  void documentedLimitsAreTheEnforcedLimits(String field, String inside, String outside)
      throws IOException {
    JsonNode fits = orderWith(field, JSON.readTree(inside));
    JsonNode breaks = orderWith(field, JSON.readTree(outside));

    assertThat(faults(PLACE_ORDER_SCHEMA, fits)).isEmpty();
    assertThat(JSON.treeToValue(fits, PlaceOrderRequest.class).valid()).isNotNull();
    assertThat(faults(PLACE_ORDER_SCHEMA, breaks)).isNotEmpty();
    PlaceOrderRequest refused = JSON.treeToValue(breaks, PlaceOrderRequest.class);
    assertThatThrownBy(refused::valid)
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.type()).isEqualTo(ProblemType.UNPROCESSABLE);
              assertThat(problem.faults()).extracting(Problem.Fault::pointer).contains(field);
            });
  }

  @Test
  void orderIsAcceptedIfAndOnlyIfItFitsTheDocument() {
    OpenApiContract.acceptsABodyIfAndOnlyIfItFits(
        DOCUMENT, "/paths/~1orders/post", OpenApiTest::isAccepted, OpenApiTest::breaksRulesInWords);
  }

  private static boolean isAccepted(String body) {
    try {
      return !JsonBody.parse(body, PlaceOrderRequest::read).lines().isEmpty();
    } catch (Problem refused) {
      assertThat(refused.type()).isIn(ProblemType.INVALID_BODY, ProblemType.UNPROCESSABLE);
      assertThat(refused.faults()).isNotEmpty();
      return false;
    }
  }

  /** No SKU is in two lines, and the total is bounded. */
  private static boolean breaksRulesInWords(JsonNode order) {
    Set<String> skus = new HashSet<>();
    BigDecimal total = BigDecimal.ZERO;
    for (JsonNode line : order.path("lines")) {
      if (!skus.add(line.path("sku").asText())) {
        return true;
      }
      total =
          total.add(
              line.path("quantity")
                  .decimalValue()
                  .multiply(line.path("unitPriceMinor").decimalValue()));
    }
    return total.compareTo(BigDecimal.valueOf(Order.MAX_TOTAL_MINOR)) > 0;
  }

  @Test
  void currenciesOfTheCodeTheDocumentAndTheMessagesAreTheSame() {
    JsonNode message = ContractResources.document("messages/ChargePayment.v1.schema.json");

    assertThat(Currencies.active()).hasSize(155);
    assertThat(DOCUMENT.at("/components/schemas/Currency/enum"))
        .extracting(JsonNode::textValue)
        .containsExactlyElementsOf(Currencies.active());
    assertThat(message.at("/properties/currency/enum"))
        .extracting(JsonNode::textValue)
        .containsExactlyElementsOf(Currencies.active());
  }

  @Test
  void idempotencyKeyIsAcceptedIfAndOnlyIfItFitsTheDocument() {
    JsonNode schema = DOCUMENT.at("/components/parameters/Idempotency-Key/schema");
    Pattern pattern = Pattern.compile(schema.get("pattern").textValue());
    int longest = schema.get("maxLength").intValue();
    Seed.forEach(
        3_000,
        seed -> {
          String value = header(new Random(seed));
          boolean fits = pattern.matcher(value).matches() && value.length() <= longest;
          assertThat(isKey(value)).as("<%s>", value).isEqualTo(fits);
        });
  }

  private static String header(Random random) {
    String characters = "aZ09!~#[]^_`\\\\\"\"\"é\t ";
    int length = random.nextInt(4) == 0 ? 250 + random.nextInt(10) : random.nextInt(6);
    StringBuilder value = new StringBuilder();
    boolean plain = random.nextBoolean();
    for (int i = 0; i < length; i++) {
      value.append(plain ? 'k' : characters.charAt(random.nextInt(characters.length())));
    }
    String key = value.toString().strip();
    return random.nextBoolean() ? key : "\"" + key + "\"";
  }

  private static boolean isKey(String value) {
    try {
      return !IdempotencyKeyHeader.key(List.of(value)).isEmpty();
    } catch (Problem refused) {
      return false;
    }
  }

  private static JsonNode orderWith(String field, JsonNode value) {
    JsonNode order = DOCUMENT.at(PLACE_ORDER + "/example").deepCopy();
    int last = field.lastIndexOf('/');
    ((ObjectNode) order.at(field.substring(0, last))).set(field.substring(last + 1), value);
    return order;
  }
}
