package dev.converge.inventory.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.service.OperatorRoutes;
import dev.converge.testkit.ContractResources;
import dev.converge.testkit.OpenApiContract;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.stream.Stream;

/**
 * Goal: the document at {@code /openapi.json} says what the API is. Method: its operations are
 * compared with the routes that are mounted, its examples with its own schemas.
 */
class OpenApiTest implements OpenApiContract {
  private static final ObjectNode DOCUMENT =
      ContractResources.document("openapi/inventory-service.json");

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

  /** Routes that are never called need nothing behind them. */
  @SuppressWarnings("NullAway")
  private static void mount(Router router) {
    new StockRoutes(null, null).mount(router);
    new OperatorRoutes(null, "", null).mount(router);
  }
}
