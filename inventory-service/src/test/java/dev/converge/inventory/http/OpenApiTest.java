package dev.converge.inventory.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.operators.OperatorRoutes;
import dev.converge.service.transactions.TransactionParts;
import dev.converge.testkit.ContractResources;
import dev.converge.testkit.OpenApiContract;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Goal: the document at {@code /openapi.json} describes the API. Method: compares its operations
 * with the mounted routes, and its examples with its schemas.
 */
class OpenApiTest implements OpenApiContract {
  private static final ObjectNode DOCUMENT =
      ContractResources.document("openapi/inventory-service.json");

  @Override
  public ObjectNode document() {
    return DOCUMENT;
  }

  /** Routes that are never called need no dependencies. */
  @Override
  @SuppressWarnings("NullAway")
  public void mount(Router router) {
    new StockRoutes(null, null).mount(router);
    TransactionParts.mount(router, null, null, null, null);
    new OperatorRoutes(null, "", null).mount(router);
  }

  @Test
  void stockIsSetIfAndOnlyIfTheBodyFitsTheDocument() {
    OpenApiContract.acceptsABodyIfAndOnlyIfItFits(
        DOCUMENT, "/paths/~1stock~1{sku}/put", OpenApiTest::isAccepted, anyBody -> false);
  }

  private static boolean isAccepted(String body) {
    try {
      return JsonBody.parse(body, StockRoutes::available) >= 0;
    } catch (Problem refused) {
      assertThat(refused.faults()).isNotEmpty();
      return false;
    }
  }

  @Test
  void skusOfAllExamplesAreInTheSampleStock() throws IOException {
    String sample;
    try (InputStream sql =
        OpenApiTest.class.getResourceAsStream("/db/inventory/V002__sample_stock.sql")) {
      sample = new String(Objects.requireNonNull(sql).readAllBytes(), StandardCharsets.UTF_8);
    }
    for (String name : List.of("openapi/order-service.json", "openapi/inventory-service.json")) {
      List<String> skus = new ArrayList<>();
      ObjectNode document = ContractResources.document(name);
      document.findValues("sku").forEach(sku -> skus.add(sku.asText()));
      document
          .findParents("name")
          .forEach(
              parameter -> {
                if (parameter.path("name").asText().equals("sku")) {
                  skus.add(parameter.path("example").asText());
                }
              });
      assertThat(skus.stream().filter(sku -> !sku.isEmpty()))
          .isNotEmpty()
          .allSatisfy(sku -> assertThat(sample).contains("'" + sku + "'"));
    }
  }
}
