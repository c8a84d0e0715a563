package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Orders are accepted whenever the order database is up, whatever else is down. Stops the
 * neighbours, then the database, and asks as a client would.
 */
class AvailabilityIT {
  private static final List<Part> NEIGHBOURS =
      List.of(Part.INVENTORY_SERVICE, Part.PAYMENT_SERVICE, Part.CONNECT, Part.KAFKA);

  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);

  @Test
  void acceptsOrdersWhileItsNeighboursAreDownAndCompletesThemWhenTheyReturn() {
    NEIGHBOURS.forEach(platform.platform()::stop);

    List<String> orderIds = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      orderIds.add(api.place("espresso-beans", 1, "tok_ok"));
    }
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/readyz", null).status()).isEqualTo(200);
    assertThat(api.order(orderIds.get(0)).path("status").asText()).isEqualTo("PENDING");

    platform.start(Part.KAFKA, Part.CONNECT, Part.INVENTORY_SERVICE, Part.PAYMENT_SERVICE);
    for (String orderId : orderIds) {
      assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
          .isEqualTo("COMPLETED");
    }
  }

  @Test
  void orderServiceStartsAndAcceptsOrdersWithoutKafka() {
    platform.platform().stop(Part.KAFKA);
    platform.platform().stop(Part.ORDER_SERVICE);
    platform.start(Part.ORDER_SERVICE);

    String orderId = api.place("espresso-beans", 1, "tok_ok");

    platform.start(Part.KAFKA);
    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
        .isEqualTo("COMPLETED");
  }

  @Test
  void answers503WithRetryAfterWithoutItsDatabaseAndRecoversByItself() {
    platform.platform().stop(Part.ORDER_DB);
    String key = UUID.randomUUID().toString();
    String body = OrderApi.body("espresso-beans", 1, "tok_ok");

    Answer refused = api.post(body, "Idempotency-Key", key);
    assertThat(refused.status()).as(refused.raw().body()).isEqualTo(503);
    assertThat(refused.header("Retry-After")).isNotEmpty();
    assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/readyz", null).status()).isEqualTo(503);
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/livez", null).status()).isEqualTo(200);

    platform.start(Part.ORDER_DB);
    Answer accepted =
        Awaitility.await("the same request is accepted")
            .atMost(Duration.ofSeconds(20))
            .until(() -> api.post(body, "Idempotency-Key", key), answer -> answer.status() == 202);
    String orderId = accepted.body().path("orderId").asText();
    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
        .isEqualTo("COMPLETED");
  }
}
