package dev.converge.service.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.service.http.connection.ConnectionAdmission;
import dev.converge.service.runtime.Telemetry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Goal: filters run in a fixed order: a request is well-formed before its target is read, and has a
 * route and a type before its body is. Method: the routes of a router without a server.
 */
class RequestFiltersTest {
  @Test
  void filtersAreMountedInOrder() {
    Vertx vertx = Vertx.vertx();
    Telemetry telemetry = Telemetry.start("things", Map.of());
    try {
      Router router = Router.router(vertx);
      RequestFilters filters = filters(router, telemetry);

      RequestFilters.mount(filters.ofAllRequests(), router);
      RequestFilters.mount(filters.ofRoutes(), router);

      assertThat(router.getRoutes().stream().map(Route::getName))
          .containsExactly(
              "close-connection-after-answer",
              "require-well-formed",
              "require-target",
              "refuse-all-but-probes",
              "span",
              "require-route",
              "refuse-cross-site-write",
              "require-documented",
              "require-json",
              "limit-body-time",
              "read-body");
    } finally {
      telemetry.stop();
      vertx.close().await();
    }
  }

  private static RequestFilters filters(Router router, Telemetry telemetry) {
    RouteTable table = new RouteTable(router);
    HttpLimits limits = HttpLimits.STANDARD;
    return new RequestFilters(
        new ConnectionEnd(limits.timeouts().linger(), () -> false),
        new RequestRules(
            new ConnectionAdmission(limits.connections(), () -> ""),
            new AllowedHosts("127.0.0.1", List.of()),
            table,
            new DocumentedParameters(new JsonObject())),
        new RequestSpans(table, telemetry),
        new BodyReader(limits.timeouts().body()));
  }
}
