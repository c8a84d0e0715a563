package dev.converge.order.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.service.OperatorRoutes;
import dev.converge.service.Problem;
import dev.converge.service.ProblemType;
import dev.converge.testkit.ContractResources;
import dev.converge.testkit.OpenApiContract;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: the document at {@code /openapi.json} says what the API is. Method: its operations are
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

  @Override
  public List<String> mounted() {
    Vertx vertx = Vertx.vertx();
    try {
      Router router = Router.router(vertx);
      mount(router);
      return router.getRoutes().stream().flatMap(OpenApiTest::operations).toList();
    } finally {
      vertx.close().await();
    }
  }

  private static Stream<String> operations(Route route) {
    String path = route.getPath().replaceAll(":(\\w+)", "{$1}");
    return route.methods().stream().map(method -> method.name() + " " + path);
  }

  @Test
  void theDocumentedOrderIsAccepted() throws IOException {
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
  void theDocumentedLimitsAreTheEnforcedLimits(String field, String inside, String outside)
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

  private static JsonNode orderWith(String field, JsonNode value) {
    JsonNode order = DOCUMENT.at(PLACE_ORDER + "/example").deepCopy();
    int last = field.lastIndexOf('/');
    ((ObjectNode) order.at(field.substring(0, last))).set(field.substring(last + 1), value);
    return order;
  }

  /** Routes that are never called need nothing behind them. */
  @SuppressWarnings("NullAway")
  private static void mount(Router router) {
    new OrderRoutes(null, null, null, null, "", Clock.systemUTC()).mount(router);
    new OperatorRoutes(null, "", null).mount(router);
  }
}
