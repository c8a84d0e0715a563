package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Part;
import dev.converge.system.RawHttp.RawAnswer;
import dev.converge.testkit.TestPlatform;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: a service that gets SIGTERM answers every request in flight and then ends. Method: SIGTERM
 * to the real process while a request waits for an order that cannot end, because Kafka is not
 * running.
 */
@OwnPlatform
class GracefulStopIT {
  private static final TestPlatform PLATFORM = TestPlatform.create(Map.of());

  private final Convergence convergence = new Convergence(PLATFORM);

  @BeforeAll
  static void start() {
    PLATFORM.upWithoutKafka(Part.ORDER_SERVICE);
  }

  @AfterAll
  static void end() {
    PLATFORM.close();
  }

  @Test
  void requestInFlightIsAnsweredAndTheProcessEnds() throws Exception {
    String body = OrderApi.body("espresso-beans", 1, "tok_ok");
    String request =
        "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Idempotency-Key: in-flight\r\nPrefer: wait=20\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body;
    ProcessHandle process = PLATFORM.platform().process(Part.ORDER_SERVICE).orElseThrow();
    int port = URI.create(PLATFORM.platform().ports().url(Part.ORDER_SERVICE)).getPort();
    try (Socket inFlight = RawHttp.open(port)) {
      inFlight.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      Awaitility.await("order")
          .atMost(Duration.ofSeconds(60))
          .until(() -> convergence.strings("order", "SELECT key FROM idempotency_key").size() == 1);

      assertThat(process.destroy()).isTrue();
      List<RawAnswer> answers = RawHttp.read(inFlight, 2, true);

      assertThat(answers).extracting(RawAnswer::status).containsExactly(202);
      assertThat(answers.get(0).header("connection")).isEqualTo("close");
      assertThat(answers.get(0).body()).contains("\"status\":\"PENDING\"");
    }
    Awaitility.await("end of the process")
        .atMost(Duration.ofSeconds(60))
        .until(() -> !PLATFORM.platform().isRunning(Part.ORDER_SERVICE));
    assertThat(Files.readString(PLATFORM.platform().log(Part.ORDER_SERVICE)))
        .contains("order-service has stopped")
        .doesNotContain("did not stop within");
  }
}
