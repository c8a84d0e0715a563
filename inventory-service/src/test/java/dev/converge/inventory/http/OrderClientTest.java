package dev.converge.inventory.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.service.audit.AuditClient.Answer;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: an order counts as over only if the order service answers so. Method: each answer. */
class OrderClientTest {
  @Test
  void pendingOrderIsNotOver() {
    assertThat(answered(200, "{\"status\":\"PENDING\"}").result()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"COMPLETED", "REJECTED", "CANCELLED"})
  void endedOrderIsOver(String status) {
    assertThat(answered(200, "{\"status\":\"" + status + "\"}").result()).isTrue();
  }

  @Test
  void unknownOrderIsOver() {
    assertThat(answered(404, "{}").result()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503})
  void anyOtherStatusFails(int status) {
    assertThat(answered(status, "{}").failed()).isTrue();
  }

  @Test
  void answerWithoutAStatusFails() {
    assertThat(answered(200, "{}").failed()).isTrue();
  }

  private static Future<Boolean> answered(int status, String body) {
    return OrderClient.isOver(new Answer("/orders/1", status, Buffer.buffer(body)));
  }
}
