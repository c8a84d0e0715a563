package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.edge.FakeReplica.Mode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests that are sent again, and their bounds. */
interface RetryContract extends EdgeSteps {
  @ParameterizedTest
  @ValueSource(strings = {"GET", "OPTIONS", "HEAD"})
  default void safeRequestIsRepeatedOnAnotherReplicaAfterAReset(String method) throws Exception {
    startEdge(STANDARD);
    replica("b").is(Mode.RESET);
    repeat(9, () -> assertAnswered(send(method, "/", "")));
    assertThat(replica("b").received()).isNotEmpty();
  }

  @Test
  default void orderWithAKeyIsRepeatedWithItsBodyAfterAReset() throws Exception {
    startEdge(STANDARD);
    replica("b").is(Mode.RESET);
    for (int each = 0; each < 9; each++) {
      assertAnswered(order(KEY + "reset-" + each));
    }
    assertThat(replica("b").received()).isNotEmpty();
    for (FakeReplica replica : replicas()) {
      assertThat(replica.received())
          .allSatisfy(request -> assertThat(request.text()).isEqualTo("{\"order\":1}"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /orders, 'X-Other: 1'",
    "POST, /orders/7/cancel, 'Idempotency-Key: k'",
    "POST, /other, 'Idempotency-Key: k'",
    "PUT, /orders, 'Idempotency-Key: k'",
    "DELETE, /orders, 'Idempotency-Key: k'",
    // A client cannot ask for more.
    "POST, /orders, 'x-envoy-retry-on: reset,5xx'"
  })
  default void otherRequestsAreSentOnce(String method, String path, String header)
      throws Exception {
    startEdge(STANDARD);
    replicas().forEach(replica -> replica.is(Mode.RESET));
    for (int each = 1; each <= 3; each++) {
      WireMessage answer = send(method, path, header + "\r\nx-envoy-max-retries: 3\r\n");
      assertProblem(answer, "/problems/unavailable");
      assertThat(answer.text()).contains("outcome is unknown");
      assertThat(received()).isEqualTo(each);
    }
  }

  @Test
  default void attemptsAreBoundedAndGoToDifferentReplicas() throws Exception {
    startEdge(STANDARD);
    replicas().forEach(replica -> replica.is(Mode.RESET));
    assertProblem(get("/"), "/problems/unavailable");
    assertThat(shares())
        .containsOnlyKeys("a", "b", "c")
        .allSatisfy((name, share) -> assertThat(share).isEqualTo(1));
  }

  @Test
  default void retriesAtTheSameTimeAreBounded() throws Exception {
    startEdge(STANDARD);
    int requests = 60;
    replicas().forEach(replica -> replica.is(Mode.HOLD_AND_RESET));
    List<Future<WireMessage>> sent =
        IntStream.range(0, requests).mapToObj(each -> clients().submit(() -> get("/"))).toList();
    awaitReceived(requests);
    // The retries are held, so that each of them counts until the end.
    replicas().forEach(FakeReplica::releaseAndHold);
    Awaitility.await("refusals")
        .atMost(NOTICED_WITHIN)
        .until(() -> sent.stream().filter(Future::isDone).count() >= requests - 12);
    Awaitility.await("retries").atMost(NOTICED_WITHIN).until(() -> received() > requests);
    assertThat(received() - requests).isLessThanOrEqualTo(12);
    replicas().forEach(FakeReplica::release);
    for (Future<WireMessage> each : sent) {
      assertThat(each.get(20, TimeUnit.SECONDS).status()).isIn(200, 503);
    }
  }

  @Test
  default void safeRequestToAHangingReplicaIsRepeatedElsewhere() throws Exception {
    startEdge(new Settings(Policy.ROUND_ROBIN, 1_024, Duration.ofMillis(700)));
    replica("b").is(Mode.HOLD);
    repeat(3, () -> assertAnswered(get("/")));
    assertThat(replica("b").received()).isNotEmpty();
  }

  @Test
  default void otherRequestToAHangingReplicaGetsAProblem() throws Exception {
    startEdge(new Settings(Policy.ROUND_ROBIN, 1_024, Duration.ofMillis(700)));
    replicas().forEach(replica -> replica.is(Mode.HOLD));
    WireMessage answer = send("POST", "/orders", "");
    assertProblem(answer, "/problems/unavailable");
    assertThat(answer.text()).contains("outcome is unknown");
    assertThat(received()).isEqualTo(1);
  }

  @Test
  default void requestOfAClientThatLeavesIsEndedAndNotRepeated() throws Exception {
    startEdge(STANDARD);
    replicas().forEach(replica -> replica.is(Mode.HOLD));
    try (WireClient client = new WireClient(edge().port())) {
      client.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      awaitReceived(1);
    }
    Awaitility.await("end of the request at the replica")
        .atMost(NOTICED_WITHIN)
        .until(() -> replicas().stream().mapToInt(FakeReplica::clientsGone).sum() == 1);
    assertThat(received()).isEqualTo(1);
  }
}
