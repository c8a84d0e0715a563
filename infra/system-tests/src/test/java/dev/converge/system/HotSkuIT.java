package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: an item is sold as often as it is in stock. Method: many orders for it at the same time.
 */
@Order(3)
class HotSkuIT {
  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);
  private final Convergence convergence = new Convergence(platform);

  @Tag("campaign")
  @Test
  void hotSkuIsSoldExactlyAsOftenAsItIsInStock() throws Exception {
    String sku = "hot-" + OrderApi.newKey().substring(0, 8);
    api.setStock(sku, 1_000);
    ExecutorService clients = Executors.newFixedThreadPool(32);
    try {
      Callable<Boolean> order = () -> placed(OrderApi.body(sku, 1, "tok_ok"));
      List<Future<Boolean>> placed =
          clients.invokeAll(IntStream.range(0, 5_000).mapToObj(i -> order).toList());
      for (Future<Boolean> accepted : placed) {
        assertThat(accepted.get()).isTrue();
      }
    } finally {
      clients.shutdownNow();
    }
    String byStatus =
        "SELECT status, count(*) FROM orders WHERE lines->0->>'sku' = '" + sku + "' GROUP BY 1";
    Awaitility.await("end of 5,000 orders")
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () ->
                assertThat(convergence.longs("order", byStatus))
                    .isEqualTo(Map.of("COMPLETED", 1_000L, "REJECTED", 4_000L)));
    assertThat(api.stock(sku).path("available").asLong()).isZero();
    assertThat(api.stock(sku).path("reserved").asLong()).isZero();
    assertThat(api.stock(sku).path("shipped").asLong()).isEqualTo(1_000);
  }

  @Test
  void hundredSimultaneousOrdersForAHotSkuAreAcceptedAtTheFirstAttempt() throws Exception {
    String sku = "hot-" + OrderApi.newKey().substring(0, 8);
    api.setStock(sku, 40);
    ExecutorService clients = Executors.newFixedThreadPool(16);
    try {
      Callable<String> order = () -> api.place(sku, 1, "tok_ok");
      List<Future<String>> placed =
          clients.invokeAll(IntStream.range(0, 100).mapToObj(i -> order).toList());
      int completed = 0;
      for (Future<String> orderId : placed) {
        String status = api.awaitEnd(orderId.get(), Duration.ofSeconds(60)).path("status").asText();
        completed += status.equals("COMPLETED") ? 1 : 0;
      }
      assertThat(completed).isEqualTo(40);
    } finally {
      clients.shutdownNow();
    }
    assertThat(api.stock(sku).path("available").asLong()).isZero();
    assertThat(api.stock(sku).path("reserved").asLong()).isZero();
    assertThat(api.stock(sku).path("shipped").asLong()).isEqualTo(40);
  }

  private boolean placed(String body) {
    return api.post(body, "Idempotency-Key", OrderApi.newKey()).status() < 300;
  }
}
