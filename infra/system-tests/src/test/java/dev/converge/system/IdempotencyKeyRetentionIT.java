package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Goal: an idempotency key is kept for seven days, and no longer. Method: keys of the real service
 * are dated back by hand, to either side of the seven days; the service deletes expired keys when
 * it starts.
 */
@OwnPlatform
class IdempotencyKeyRetentionIT {
  private static final TestPlatform PLATFORM = WithoutKafka.shared();
  private static final String ORDER = OrderApi.body("espresso-beans", 1, "tok_ok");

  private final OrderApi api = new OrderApi(PLATFORM);
  private final Convergence convergence = new Convergence(PLATFORM);

  @Test
  void keyAfterItsRetentionPlacesAnOrderAndAnotherReplays() {
    String forgotten = orderId(post("past-its-retention"));
    String kept = orderId(post("within-its-retention"));
    makeOlder("past-its-retention", "7 days 2 hours");
    makeOlder("within-its-retention", "6 days 22 hours");
    // More than go in one batch, and each older than the key that is checked.
    convergence.update(
        "order",
        """
        INSERT INTO idempotency_key (key, fingerprint, order_id, created_at)
        SELECT 'old-' || n, '', gen_random_uuid(), now() - interval '30 days'
        FROM generate_series(1, 1500) AS n
        """);

    PLATFORM.platform().stop(Part.ORDER_SERVICE);
    PLATFORM.start(Part.ORDER_SERVICE);
    Awaitility.await("expired keys deleted")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(
                        convergence.strings(
                            "order",
                            "SELECT key FROM idempotency_key WHERE key ~ '^old-|-its-retention$'"))
                    .containsExactly("within-its-retention"));

    Answer again = post("past-its-retention");
    assertThat(again.header("Idempotency-Replayed")).isEmpty();
    assertThat(orderId(again)).isNotEqualTo(forgotten);
    Answer replayed = post("within-its-retention");
    assertThat(replayed.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(orderId(replayed)).isEqualTo(kept);
    // The order outlives its key.
    assertThat(api.order(forgotten).path("orderId").asText()).isEqualTo(forgotten);
  }

  private Answer post(String key) {
    Answer answer = api.post(ORDER, "Idempotency-Key", key);
    assertThat(answer.status()).as(answer.raw().body()).isEqualTo(202);
    return answer;
  }

  private static String orderId(Answer answer) {
    return answer.body().path("orderId").asText();
  }

  private void makeOlder(String key, String by) {
    assertThat(
            convergence.strings(
                "order",
                """
                UPDATE idempotency_key SET created_at = created_at - interval '%s'
                WHERE key = '%s' RETURNING key
                """
                    .formatted(by, key)))
        .containsExactly(key);
  }
}
