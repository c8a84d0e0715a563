package dev.converge.payment.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import dev.converge.service.audit.AuditClient.Answer;
import dev.converge.testkit.ContractResources;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import java.math.BigInteger;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: totals come only from a complete answer of the order service. Method: its documented
 * answer.
 */
class OrderClientTest {
  private static final ObjectNode ORDER_SERVICE =
      ContractResources.document("openapi/order-service.json");

  private static final String NONE = "{\"completed\":[],\"pending\":[],\"morePending\":true}";

  @Test
  void decodesTheDocumentedAnswer() {
    String example =
        ORDER_SERVICE
            .at("/paths/~1order-totals/get/responses/200/content/application~1json/example")
            .toString();

    assertThat(answered(200, example).result())
        .isEqualTo(
            new OrderTotals(
                Map.of(
                    "EUR",
                    new Total(2, BigInteger.valueOf(7_480), BigInteger.valueOf(80_454_238_667L))),
                Optional.of(UUID.fromString("0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901")),
                List.of(UUID.fromString("0192f0c1-7d11-7e0a-8f3b-5a1c9e4b7d20")),
                false));
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 429, 500, 503})
  void anyOtherStatusFails(int status) {
    assertThat(answered(status, NONE).failed()).isTrue();
  }

  @Test
  void requestsTheRangeOfIdsInAnUnsampledTrace() {
    UUID from = new UUID(1, 2);
    UUID before = new UUID(3, 4);
    List<String> asked = new CopyOnWriteArrayList<>();
    Vertx vertx = Vertx.vertx();
    try {
      HttpServer server =
          vertx
              .createHttpServer()
              .requestHandler(
                  request -> {
                    asked.add(request.uri());
                    asked.add(request.getHeader("traceparent"));
                    request.response().end(NONE);
                  })
              .listen(0, "127.0.0.1")
              .await();
      URI orderService = URI.create("http://127.0.0.1:" + server.actualPort());

      assertThat(new OrderClient(vertx, orderService).totals(from, before).await())
          .isEqualTo(new OrderTotals(Map.of(), Optional.empty(), List.of(), true));
    } finally {
      vertx.close().await();
    }
    assertThat(asked).hasSize(2);
    assertThat(asked.get(0)).isEqualTo("/order-totals?from=" + from + "&before=" + before);
    assertThat(asked.get(1)).matches("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00");
  }

  private static Future<OrderTotals> answered(int status, String body) {
    return OrderClient.totals(new Answer("/order-totals", status, Buffer.buffer(body)));
  }
}
