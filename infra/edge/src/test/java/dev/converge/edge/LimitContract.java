package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.edge.FakeReplica.Mode;
import java.io.EOFException;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The bounds of an edge, and its refusals. */
interface LimitContract extends EdgeSteps {
  @Test
  default void requestsBeyondTheBoundGetAProblemImmediately() throws Exception {
    int bound = 4;
    startEdge(new Settings(Policy.ROUND_ROBIN, bound, Duration.ofSeconds(25)));
    replicas().forEach(replica -> replica.is(Mode.HOLD));
    List<Future<WireMessage>> sent =
        IntStream.range(0, 30).mapToObj(each -> clients().submit(() -> get("/"))).toList();
    // Envoy also queues as many as it sends.
    Awaitility.await("refusals")
        .atMost(NOTICED_WITHIN)
        .until(() -> sent.stream().filter(Future::isDone).count() >= 30 - 2 * bound);
    for (Future<WireMessage> each : sent.stream().filter(Future::isDone).toList()) {
      assertProblem(each.get(), "/problems/overloaded");
    }
    assertThat(received()).isLessThanOrEqualTo(bound);

    replicas().forEach(FakeReplica::release);
    for (Future<WireMessage> each : sent) {
      assertThat(each.get(20, TimeUnit.SECONDS).status()).isIn(200, 503);
    }
    replicas().forEach(replica -> replica.is(Mode.ANSWER));
    repeat(9, () -> assertAnswered(get("/")));
  }

  @Test
  default void connectionEndsAfterAnAnswerToABodyThatIsNotRead() throws Exception {
    startEdge(STANDARD);
    for (FakeReplica replica : replicas()) {
      replica.stop();
    }
    Awaitility.await("problem")
        .atMost(NOTICED_WITHIN)
        .until(() -> get("/").text().contains("accepted a connection"));
    try (WireClient client = new WireClient(edge().port())) {
      client.write(
          """
          POST /upload HTTP/1.1\r
          Host: 127.0.0.1\r
          Transfer-Encoding: chunked\r
          \r
          1\r
          x\r
          """);
      assertProblem(client.read("POST"), "/problems/unavailable");
      assertThatThrownBy(client::readHead)
          .isInstanceOfAny(EOFException.class, SocketException.class);
    }
  }

  @Test
  default void requestWithoutAHostIsRefused() throws Exception {
    startEdge(STANDARD);
    try (WireClient client = new WireClient(edge().port())) {
      client.write("GET / HTTP/1.1\r\n\r\n");
      assertThat(client.readHead().status()).isEqualTo(400);
    }
    assertThat(received()).isZero();
  }

  @Test
  default void headersBeyondTheBoundAreRefused() throws Exception {
    startEdge(STANDARD);
    WireMessage answer = send("GET", "/", "X-Long: " + "x".repeat(20_000) + "\r\n");
    assertThat(answer.status()).isEqualTo(431);
    assertThat(received()).isZero();
  }
}
