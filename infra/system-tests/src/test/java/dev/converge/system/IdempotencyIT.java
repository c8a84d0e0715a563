package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: a request that is repeated places one order. Method: repeats requests with one key. */
@OwnPlatform
class IdempotencyIT {
  private static final String VALID = OrderApi.body("espresso-beans", 2, "tok_ok");

  private final TestPlatform platform = ProtocolOrders.shared();
  private final OrderApi api = new OrderApi(platform);
  private final Convergence convergence = new Convergence(platform);

  @Test
  void repeatedRequestIsAnsweredByteForByteAndPlacesNoSecondOrder() {
    String key = OrderApi.newKey();
    Answer first = api.post(VALID, "Idempotency-Key", key);
    api.awaitEnd(first.body().path("orderId").asText(), Duration.ofSeconds(60));

    // The quoted form of the draft is the same key, and so is the same JSON written otherwise.
    Answer again = api.post(VALID.replace(",", " , "), "Idempotency-Key", "\"" + key + "\"");

    assertThat(again.status()).isEqualTo(202);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(again.header("Retry-After")).isEqualTo(first.header("Retry-After"));
    assertThat(again.header("Location")).isEqualTo(first.header("Location"));
    assertThat(again.raw().body()).isEqualTo(first.raw().body());
  }

  @Test
  void keyUsedForAnotherRequestIsRefused() {
    String key = OrderApi.newKey();
    api.post(VALID, "Idempotency-Key", key);

    Answer other = api.post(OrderApi.body("moka-pot", 1, "tok_ok"), "Idempotency-Key", key);

    assertThat(other.status()).isEqualTo(422);
    assertThat(other.body().path("type").asText()).isEqualTo("/problems/idempotency-key-reused");
  }

  @Test
  void thousandConcurrentRequestsWithOneKeyPlaceOneOrderAndGetEqualAnswers() throws Exception {
    String key = OrderApi.newKey();
    int requests = 1_000;
    ExecutorService clients = Executors.newFixedThreadPool(requests);
    CountDownLatch ready = new CountDownLatch(requests);
    try {
      Callable<Answer> request =
          () -> {
            ready.countDown();
            assertThat(ready.await(60, TimeUnit.SECONDS)).isTrue();
            return api.post(VALID, "Idempotency-Key", key);
          };
      List<Future<Answer>> answers =
          clients.invokeAll(IntStream.range(0, requests).mapToObj(i -> request).toList());
      Set<String> different = new HashSet<>();
      for (Future<Answer> answer : answers) {
        assertThat(answer.get().status()).isEqualTo(202);
        different.add(answer.get().header("location") + answer.get().raw().body());
      }
      assertThat(different).hasSize(1);
    } finally {
      clients.shutdownNow();
    }
    assertThat(
            convergence.strings(
                "order", "SELECT order_id::text FROM idempotency_key WHERE key = '" + key + "'"))
        .hasSize(1);
  }

  @Test
  void idempotencyKeysAreRequiredAndChecked() {
    assertThat(api.post(VALID).body().path("type").asText())
        .isEqualTo("/problems/idempotency-key-missing");
    for (String key : List.of("\"\"", "\"abc", "two words", "x".repeat(256))) {
      Answer answer = api.post(VALID, "Idempotency-Key", key);
      assertThat(answer.status()).as(key).isEqualTo(400);
      assertThat(answer.body().path("type").asText())
          .isEqualTo("/problems/idempotency-key-invalid");
    }
    assertThat(
            api.post(
                    VALID,
                    "Idempotency-Key",
                    OrderApi.newKey(),
                    "Idempotency-Key",
                    OrderApi.newKey())
                .status())
        .isEqualTo(400);
  }
}
