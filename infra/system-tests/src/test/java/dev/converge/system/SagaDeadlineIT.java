package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * With deadlines of seconds, a saga whose participant does not answer undoes its steps, repeats the
 * undo, gets stuck visibly, and continues when the participant returns.
 */
@Order(0)
class SagaDeadlineIT {
  /** Deadlines of seconds, shared with {@link OperatorToolsIT}; a slow charge stays within them. */
  static final Map<String, String> SHORT_DEADLINES =
      Map.of(
          "AUDIT_EVERY", "PT2S",
          "SAGA_STEP_DEADLINE", "PT7S",
          "SAGA_FIRST_RETRY", "PT1S",
          "SAGA_MAX_RETRY", "PT2S",
          "SAGA_MAX_ATTEMPTS", "2");

  private static final TestPlatform PLATFORM = TestPlatform.shared(SHORT_DEADLINES);

  private final OrderApi api = new OrderApi(PLATFORM);
  private final Convergence convergence = new Convergence(PLATFORM);

  @AfterEach
  void restoreInventoryAndProvider() {
    PLATFORM.start(Part.INVENTORY_SERVICE);
    api.setProvider("NORMAL");
  }

  @Test
  void orderWithoutInventoryTimesOutGetsStuckAndConvergesOnItsReturn() {
    PLATFORM.platform().kill(Part.INVENTORY_SERVICE);
    String orderId = api.place("espresso-beans", 2, "tok_ok");

    JsonNode stuck = awaitSaga(orderId, "STUCK");
    assertThat(stuck.path("saga").path("abortReason").asText()).isEqualTo("TIMED_OUT");
    assertThat(stuck.path("status").asText()).isEqualTo("PENDING");
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/sagas/stuck", null).body().path("items"))
        .extracting(saga -> saga.path("orderId").asText())
        .contains(orderId);

    // It now finds the command, its undo and the undo's repetition, in this order.
    PLATFORM.start(Part.INVENTORY_SERVICE);
    JsonNode ended = api.awaitEnd(orderId, Duration.ofSeconds(60));
    assertThat(ended.path("status").asText()).isEqualTo("REJECTED");
    assertThat(ended.path("reason").asText()).isEqualTo("TIMED_OUT");
    convergence.await(Duration.ofSeconds(60));
    convergence.assertHolds();
  }

  @Test
  void retryByAnOperatorResumesAStuckSaga() {
    api.setProvider("FAIL");
    String orderId = api.place("espresso-beans", 1, "tok_ok");
    awaitSaga(orderId, "STUCK");

    api.setProvider("NORMAL");
    Answer retried = retry(orderId);

    assertThat(retried.status()).as(retried.raw().body()).isIn(202, 409);
    JsonNode ended = api.awaitEnd(orderId, Duration.ofSeconds(60));
    assertThat(ended.path("status").asText()).isEqualTo("REJECTED");
    convergence.await(Duration.ofSeconds(60));
    convergence.assertHolds();
    assertThat(retry(orderId).status()).isEqualTo(409);
  }

  private Answer retry(String orderId) {
    return api.send(
        "POST",
        Part.ORDER_SERVICE,
        "/sagas/" + orderId + "/retry",
        "{\"operator\":\"grace\",\"reason\":\"the provider is back\"}");
  }

  private JsonNode awaitSaga(String orderId, String status) {
    return Awaitility.await("saga " + status)
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> api.order(orderId), o -> o.path("saga").path("status").asText().equals(status));
  }
}
