package dev.converge.inventory.http;

import static dev.converge.testkit.DeployedApi.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.inventory.InMemoryInventory;
import dev.converge.service.http.HttpApi;
import dev.converge.service.http.HttpConfig;
import dev.converge.service.runtime.Telemetry;
import dev.converge.testkit.DeployedApi;
import dev.converge.testkit.EventLoop;
import io.vertx.core.json.JsonObject;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: stock is set, shown and listed in pages. Method: the routes behind a real server, on stock
 * in memory that the tests of this class share; each has SKUs of its own.
 */
class StockRoutesTest {
  private static final EventLoop LOOP = new EventLoop();
  private static final Telemetry TELEMETRY = Telemetry.start("inventory-service", Map.of());
  private static final InMemoryInventory INVENTORY = new InMemoryInventory();
  private static final DeployedApi API =
      new DeployedApi(
          LOOP,
          port ->
              new HttpApi(
                  new HttpConfig("127.0.0.1", port, List.of()),
                  TELEMETRY,
                  "openapi/inventory-service.json",
                  new StockRoutes(INVENTORY.database().pool(), INVENTORY.stock())::mount));

  @AfterAll
  static void close() {
    LOOP.close();
    TELEMETRY.meters().close();
  }

  @Test
  void newItemIsCreatedAndLaterOnlyChanged() {
    HttpResponse<String> first = API.put("/stock/mug", "{\"available\":5}");
    HttpResponse<String> second = API.put("/stock/mug", "{\"available\":7}");

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(first.headers().firstValue("Location")).contains("/stock/mug");
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(second.headers().firstValue("Location")).isEmpty();
    assertThat(API.get("/stock/mug").body())
        .isEqualTo("{\"sku\":\"mug\",\"available\":7,\"reserved\":0,\"shipped\":0}");
  }

  @Test
  void unknownItemIsNotFound() {
    assertProblem(API.get("/stock/unknown"), 404, "not-found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"available\":-1}", "{\"available\":1000000000001}"})
  void quantityBeyondTheLimitsIsRefused(String body) {
    assertProblem(API.put("/stock/beyond", body), 422, "unprocessable");
    assertThat(INVENTORY.stock("beyond")).isEqualTo("none");
  }

  @Test
  void skuThatIsNotAcceptableIsRefused() {
    assertProblem(API.put("/stock/-a", "{\"available\":1}"), 400, "invalid-parameter");
    assertProblem(API.get("/stock?after=-a"), 400, "invalid-parameter");
  }

  @Test
  void fullPageNamesTheNextAndTheLastPageDoesNot() {
    for (int i = 0; i < 101; i++) {
      INVENTORY.receive("page-%03d".formatted(i), 1);
    }

    JsonObject first = new JsonObject(API.get("/stock?after=page-").body());
    JsonObject last = new JsonObject(API.get("/stock?after=page-099").body());

    assertThat(first.getJsonArray("items")).hasSize(100);
    assertThat(first.getString("next")).isEqualTo("/stock?after=page-099");
    assertThat(last.getJsonArray("items").getJsonObject(0).getString("sku")).isEqualTo("page-100");
    assertThat(last.getString("next")).isNull();
  }

  @Test
  void unavailableDatabaseIsReportedAsUnavailable() {
    INVENTORY.database().fail("find stock", new ConnectException("unavailable"));

    assertProblem(API.get("/stock/mug"), 503, "unavailable");
  }
}
