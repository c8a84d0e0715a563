package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import org.awaitility.Awaitility;

/** The steps of the tests of an edge. */
interface EdgeSteps {
  String KEY = "Idempotency-Key: ";
  Duration NOTICED_WITHIN = Duration.ofSeconds(15);
  Settings STANDARD = new Settings(Policy.ROUND_ROBIN, 1_024, Duration.ofSeconds(25));

  /**
   * The settings that the tests vary.
   *
   * @param requests the bound of requests in flight
   * @param attempt until an answer begins
   */
  record Settings(Policy policy, int requests, Duration attempt) {
    Settings with(Policy other) {
      return new Settings(other, requests, attempt);
    }
  }

  /** An edge that was started for a test. */
  interface RunningEdge {
    int port();

    int managementPort();

    /** Asks it to stop, as SIGTERM does, and returns immediately. */
    void beginStop();

    /** Waits until it has stopped. */
    void awaitStop() throws Exception;

    /** Ends it, without a stop. */
    void end() throws Exception;
  }

  /** The replicas a, b and c of this test. */
  List<FakeReplica> replicas();

  ExecutorService clients();

  /** The edge of this test, which {@link #startEdge} started. */
  RunningEdge edge();

  /** Starts the edge before the replicas, and waits until it has checked them. */
  void startEdge(Settings settings) throws Exception;

  default FakeReplica replica(String name) {
    return replicas().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  @CanIgnoreReturnValue
  default WireMessage get(String path) throws IOException {
    return send("GET", path, "");
  }

  @CanIgnoreReturnValue
  default WireMessage order(String header) throws IOException {
    return send("POST", "/orders", header + "\r\n");
  }

  @CanIgnoreReturnValue
  default WireMessage send(String method, String path, String headers) throws IOException {
    byte[] body =
        method.equals("POST") ? "{\"order\":1}".getBytes(StandardCharsets.UTF_8) : new byte[0];
    return WireClient.send(edge().port(), method, path, headers, body);
  }

  default WireMessage management(String path) throws IOException {
    return WireClient.send(edge().managementPort(), "GET", path, "");
  }

  @FunctionalInterface
  interface Step {
    void run() throws Exception;
  }

  default void repeat(int times, Step step) throws Exception {
    for (int each = 0; each < times; each++) {
      step.run();
    }
  }

  default void assertAnswered(WireMessage answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  default void assertProblem(WireMessage answer, String type) {
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("content-type")).startsWith("application/problem+json");
    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(answer.text().replace(" ", "")).contains("\"type\":\"" + type + "\"");
    assertThat(answer.text()).contains("\"status\"", "\"title\"", "\"detail\"", "\"instance\"");
  }

  default int received() {
    return replicas().stream().mapToInt(replica -> replica.received().size()).sum();
  }

  default void awaitReceived(int requests) {
    Awaitility.await("requests at the replicas")
        .atMost(NOTICED_WITHIN)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> received() >= requests);
  }

  default WireMessage onlyRequest() {
    List<WireMessage> all =
        replicas().stream().flatMap(replica -> replica.received().stream()).toList();
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  default Map<String, Integer> shares() {
    Map<String, Integer> shares = new HashMap<>();
    replicas().forEach(replica -> shares.put(replica.name(), replica.received().size()));
    return shares;
  }

  default void awaitUnavailable(String name) {
    awaitServed(name, false);
  }

  default void awaitAvailable(String name) {
    awaitServed(name, true);
  }

  // Nine requests in succession reach each of three available replicas by every policy but those
  // that draw lots; 40 do by these.
  private void awaitServed(String name, boolean isServed) {
    Callable<Boolean> asExpected =
        () -> {
          int before = replica(name).received().size();
          for (int each = 0; each < 40; each++) {
            send("GET", "/", KEY + "probe-" + each + "\r\n");
          }
          return isServed == (replica(name).received().size() > before);
        };
    Awaitility.await(name + (isServed ? " is served" : " is not served"))
        .atMost(NOTICED_WITHIN)
        .until(asExpected);
  }
}
