package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.edge.FakeReplica.Checks;
import dev.converge.edge.FakeReplica.Mode;
import io.vertx.core.buffer.Buffer;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: an edge keeps clients from noticing a replica that fails, repeats only what is safe to
 * repeat, and passes everything else unchanged. Method: an edge before three replicas that answer,
 * shed, reset, hang or refuse, and that record what they receive. Both edges run the same tests.
 * Each test has an edge and replicas of its own.
 */
@Execution(ExecutionMode.CONCURRENT)
abstract class EdgeContract {
  private static final String KEY = "Idempotency-Key: ";
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(15);
  private static final Settings STANDARD =
      new Settings(Policy.ROUND_ROBIN, 1_024, Duration.ofSeconds(25));

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

  private final List<FakeReplica> replicas = new ArrayList<>();
  private final ExecutorService clients = Executors.newCachedThreadPool();
  private @Nullable RunningEdge edge;

  /** Starts an edge for POST /orders and other requests, before replicas on these ports. */
  abstract RunningEdge start(Settings settings, List<Integer> replicaPorts) throws Exception;

  @BeforeEach
  void startReplicas() throws IOException {
    for (String name : List.of("a", "b", "c")) {
      replicas.add(new FakeReplica(name));
    }
  }

  @AfterEach
  void stopAll() throws Exception {
    clients.shutdownNow();
    for (FakeReplica replica : replicas) {
      replica.close();
    }
    if (edge != null) {
      edge.end();
    }
  }

  private void startEdge(Settings settings) throws Exception {
    edge = start(settings, replicas.stream().map(FakeReplica::port).toList());
    Awaitility.await("ready")
        .atMost(NOTICED_WITHIN)
        .ignoreExceptions()
        .until(() -> management("/readyz").status() == 200);
    // A second check begins after the first was judged. Envoy is ready before it has checked all.
    Awaitility.await("checks of each replica")
        .atMost(NOTICED_WITHIN)
        .until(() -> replicas.stream().allMatch(replica -> replica.checks() >= 2));
  }

  // --- policies

  @Test
  void roundRobinSpreadsEvenly() throws Exception {
    startEdge(STANDARD);
    repeat(30, () -> get("/"));
    assertThat(shares()).allSatisfy((name, share) -> assertThat(share).isBetween(9, 11));
  }

  @Test
  void randomSpreadsRoughlyEvenly() throws Exception {
    startEdge(STANDARD.with(Policy.RANDOM));
    repeat(200, () -> get("/"));
    assertThat(shares()).allSatisfy((name, share) -> assertThat(share).isGreaterThan(35));
  }

  @Test
  void leastRequestsSpreadsEvenlyWhereAllAreIdle() throws Exception {
    startEdge(STANDARD.with(Policy.LEAST_REQUESTS));
    repeat(90, () -> get("/"));
    assertThat(shares()).allSatisfy((name, share) -> assertThat(share).isGreaterThan(12));
  }

  @Test
  void leastRequestsAvoidsABusyReplica() throws Exception {
    startEdge(STANDARD.with(Policy.LEAST_REQUESTS));
    occupy(replica("a"));
    repeat(40, () -> get("/"));
    assertThat(replica("a").received()).hasSize(1);
  }

  @Test
  void powerOfTwoChoicesPrefersIdleReplicas() throws Exception {
    startEdge(STANDARD.with(Policy.POWER_OF_TWO_CHOICES));
    occupy(replica("a"));
    List<Future<WireMessage>> sent = new ArrayList<>();
    for (int each = 0; each < 90; each++) {
      int before = received();
      sent.add(clients.submit(() -> get("/")));
      awaitReceived(before + 1);
    }
    // An even share is 30; two choices of which one may be the other make it 10.
    assertThat(replica("a").received().size()).isLessThan(24);
    replica("a").release();
    for (Future<WireMessage> each : sent) {
      assertThat(each.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
    }
  }

  @Test
  void consistentHashingSendsAKeyToOneReplicaAndKeepsOtherKeysWhenItFails() throws Exception {
    startEdge(STANDARD.with(Policy.CONSISTENT_HASHING));
    Map<String, String> placed = new HashMap<>();
    for (int each = 0; each < 120; each++) {
      String key = "key-" + each;
      String name = order(KEY + key).text();
      assertThat(order(KEY + key).text()).isEqualTo(name);
      placed.put(key, name);
    }
    String failing = order(KEY + "key-0").text();
    replica(failing).stop();
    awaitUnavailable(failing);
    int moved = 0;
    for (Map.Entry<String, String> each : placed.entrySet()) {
      String now = order(KEY + each.getKey()).text();
      assertThat(now).isNotEqualTo(failing);
      if (!each.getValue().equals(failing) && !each.getValue().equals(now)) {
        moved++;
      }
    }
    // Maglev moves a few; an even spread without memory would move half of some 80.
    assertThat(moved).isLessThanOrEqualTo(8);
  }

  // --- health

  @Test
  void replicaThatFailsItsChecksGetsNoRequestsUntilTheyPass() throws Exception {
    startEdge(STANDARD);
    replica("b").checksAre(Checks.FAIL);
    awaitUnavailable("b");
    int before = replica("b").received().size();
    repeat(30, () -> assertAnswered(get("/")));
    assertThat(replica("b").received()).hasSize(before);

    replica("b").checksAre(Checks.PASS);
    awaitAvailable("b");
  }

  @ParameterizedTest
  @EnumSource(Policy.class)
  void refusingReplicaIsNotNoticedByClientsAndReturns(Policy policy) throws Exception {
    startEdge(STANDARD.with(policy));
    replica("b").stop();
    repeat(30, () -> assertAnswered(get("/")));
    for (int each = 0; each < 30; each++) {
      assertAnswered(order(KEY + "refused-" + each));
    }
    replica("b").start();
    awaitAvailable("b");
  }

  @Test
  void sheddingIsPassedOnAndExcludesNoReplica() throws Exception {
    startEdge(STANDARD);
    replica("b").is(Mode.SHED);
    int shed = 0;
    for (int each = 0; each < 60; each++) {
      WireMessage answer = order(KEY + "shed-" + each);
      if (answer.status() == 503) {
        shed++;
        assertThat(answer.header("retry-after")).isEqualTo("7");
        assertThat(answer.header("x-replica")).isEqualTo("b");
        assertThat(answer.text()).contains("/problems/overloaded");
      }
    }
    assertThat(shed).isBetween(18, 22);
    // The edge repeats no request.
    assertThat(received()).isEqualTo(60);

    replica("b").is(Mode.ANSWER);
    repeat(3, () -> get("/"));
    assertThat(replica("b").received().size()).isGreaterThan(shed);
  }

  @ParameterizedTest
  @EnumSource(
      value = Checks.class,
      names = {"FAIL", "HANG"})
  void replicasThatAllFailTheirChecksGetRequests(Checks checks) throws Exception {
    startEdge(STANDARD);
    replicas.forEach(replica -> replica.checksAre(checks));
    awaitAllExcluded();
    repeat(15, () -> assertAnswered(get("/")));
    // Without a key: a first attempt elsewhere would not be repeated.
    repeat(15, () -> assertAnswered(order("X-Other: 1")));
    assertThat(shares()).allSatisfy((name, share) -> assertThat(share).isBetween(9, 11));

    replica("c").checksAre(Checks.PASS);
    awaitUnavailable("a");
    awaitUnavailable("b");
    repeat(9, () -> assertAnswered(get("/")));
  }

  @Test
  void replicaThatRefusesIsNotNoticedWhereAllFailTheirChecks() throws Exception {
    startEdge(STANDARD);
    replicas.forEach(replica -> replica.checksAre(Checks.HANG));
    awaitAllExcluded();
    replica("b").stop();
    repeat(30, () -> assertAnswered(get("/")));
    for (int each = 0; each < 30; each++) {
      assertAnswered(order(KEY + "panic-" + each));
    }
  }

  @Test
  void requestGetsAProblemWhereAllReplicasRefuse() throws Exception {
    startEdge(STANDARD);
    for (FakeReplica replica : replicas) {
      replica.stop();
    }
    Awaitility.await("problem")
        .atMost(NOTICED_WITHIN)
        .until(() -> get("/orders/7?x=1").text().contains("accepted a connection"));
    WireMessage answer = get("/orders/7?x=1");
    assertProblem(answer, "/problems/unavailable");
    assertThat(answer.text()).contains("\"/orders/7\"").contains("nothing was changed");
    replica("c").start();
    awaitAvailable("c");
    repeat(9, () -> assertAnswered(get("/")));
  }

  // --- retries

  @ParameterizedTest
  @ValueSource(strings = {"GET", "OPTIONS", "HEAD"})
  void safeRequestIsRepeatedOnAnotherReplicaAfterAReset(String method) throws Exception {
    startEdge(STANDARD);
    replica("b").is(Mode.RESET);
    repeat(9, () -> assertAnswered(send(method, "/", "")));
    assertThat(replica("b").received()).isNotEmpty();
  }

  @Test
  void orderWithAKeyIsRepeatedWithItsBodyAfterAReset() throws Exception {
    startEdge(STANDARD);
    replica("b").is(Mode.RESET);
    for (int each = 0; each < 9; each++) {
      assertAnswered(order(KEY + "reset-" + each));
    }
    assertThat(replica("b").received()).isNotEmpty();
    for (FakeReplica replica : replicas) {
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
  void otherRequestsAreSentOnce(String method, String path, String header) throws Exception {
    startEdge(STANDARD);
    replicas.forEach(replica -> replica.is(Mode.RESET));
    for (int each = 1; each <= 3; each++) {
      WireMessage answer = send(method, path, header + "\r\nx-envoy-max-retries: 3\r\n");
      assertProblem(answer, "/problems/unavailable");
      assertThat(answer.text()).contains("outcome is unknown");
      assertThat(received()).isEqualTo(each);
    }
  }

  @Test
  void attemptsAreBoundedAndGoToDifferentReplicas() throws Exception {
    startEdge(STANDARD);
    replicas.forEach(replica -> replica.is(Mode.RESET));
    assertProblem(get("/"), "/problems/unavailable");
    assertThat(shares())
        .containsOnlyKeys("a", "b", "c")
        .allSatisfy((name, share) -> assertThat(share).isEqualTo(1));
  }

  @Test
  void retriesAtTheSameTimeAreBounded() throws Exception {
    startEdge(STANDARD);
    int requests = 60;
    replicas.forEach(replica -> replica.is(Mode.HOLD_AND_RESET));
    List<Future<WireMessage>> sent =
        IntStream.range(0, requests).mapToObj(each -> clients.submit(() -> get("/"))).toList();
    awaitReceived(requests);
    // The retries are held, so that each of them counts until the end.
    replicas.forEach(FakeReplica::releaseAndHold);
    Awaitility.await("refusals")
        .atMost(NOTICED_WITHIN)
        .until(() -> sent.stream().filter(Future::isDone).count() >= requests - 12);
    Awaitility.await("retries").atMost(NOTICED_WITHIN).until(() -> received() > requests);
    assertThat(received() - requests).isLessThanOrEqualTo(12);
    replicas.forEach(FakeReplica::release);
    for (Future<WireMessage> each : sent) {
      assertThat(each.get(20, TimeUnit.SECONDS).status()).isIn(200, 503);
    }
  }

  @Test
  void safeRequestToAHangingReplicaIsRepeatedElsewhere() throws Exception {
    startEdge(new Settings(Policy.ROUND_ROBIN, 1_024, Duration.ofMillis(700)));
    replica("b").is(Mode.HOLD);
    repeat(3, () -> assertAnswered(get("/")));
    assertThat(replica("b").received()).isNotEmpty();
  }

  @Test
  void otherRequestToAHangingReplicaGetsAProblem() throws Exception {
    startEdge(new Settings(Policy.ROUND_ROBIN, 1_024, Duration.ofMillis(700)));
    replicas.forEach(replica -> replica.is(Mode.HOLD));
    WireMessage answer = send("POST", "/orders", "");
    assertProblem(answer, "/problems/unavailable");
    assertThat(answer.text()).contains("outcome is unknown");
    assertThat(received()).isEqualTo(1);
  }

  @Test
  void requestOfAClientThatLeavesIsEndedAndNotRepeated() throws Exception {
    startEdge(STANDARD);
    replicas.forEach(replica -> replica.is(Mode.HOLD));
    try (WireClient client = new WireClient(edge().port())) {
      client.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      awaitReceived(1);
    }
    Awaitility.await("end of the request at the replica")
        .atMost(NOTICED_WITHIN)
        .until(() -> replicas.stream().mapToInt(FakeReplica::clientsGone).sum() == 1);
    assertThat(received()).isEqualTo(1);
  }

  // --- messages

  @Test
  void hostTraceAndOwnHeadersPassAndThoseOfTheConnectionDoNot() throws Exception {
    startEdge(STANDARD);
    String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    send(
        "GET",
        "/orders?sku=a%2Fb&x=",
        "Host: shop.example:8443\r\ntraceparent: "
            + trace
            + "\r\ntracestate: a=1,b=2\r\nPrefer: wait=10\r\nX-Forwarded-For: 203.0.113.9\r\n"
            + "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example\r\n"
            + "Forwarded: for=203.0.113.9;host=evil.example\r\nConnection: keep-alive\r\n"
            + "Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\n"
            + "Proxy-Authorization: Basic eDp5\r\nTE: gzip\r\n");
    WireMessage request = onlyRequest();
    assertThat(request.startLine()).isEqualTo("GET /orders?sku=a%2Fb&x= HTTP/1.1");
    assertThat(request.header("host")).isEqualTo("shop.example:8443");
    assertThat(request.header("traceparent")).isEqualTo(trace);
    assertThat(request.header("tracestate")).isEqualTo("a=1,b=2");
    assertThat(request.header("prefer")).isEqualTo("wait=10");
    // Envoy appends an address of the machine for one of its loopback interface.
    assertThat(request.header("x-forwarded-for").replace(" ", ""))
        .matches("203\\.0\\.113\\.9,[0-9.]+");
    assertThat(request.header("x-forwarded-proto")).isEqualTo("http");
    assertThat(request.header("via")).isEqualTo("1.1 converge-edge");
    assertThat(request.headers())
        .doesNotContainKeys(
            "forwarded",
            "x-forwarded-host",
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authorization",
            "te",
            "x-request-id");
    assertThat(request.headers().keySet()).noneMatch(name -> name.startsWith("x-envoy"));
  }

  @Test
  void headersOfTheReplicasConnectionDoNotPass() throws Exception {
    startEdge(STANDARD);
    replicas.forEach(replica -> replica.is(Mode.HOP_BY_HOP));
    WireMessage answer = get("/");
    assertThat(answer.header("x-kept")).isEqualTo("yes");
    assertThat(answer.header("via")).isEqualTo("1.1 converge-edge");
    assertThat(answer.headers()).doesNotContainKeys("keep-alive", "proxy-connection");
    assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("x-envoy"));
  }

  @ParameterizedTest
  @CsvSource({"NO_CONTENT, GET, 204", "NOT_MODIFIED, GET, 304", "ANSWER, HEAD, 200"})
  void answerWithoutABodyPasses(Mode mode, String method, int status) throws Exception {
    startEdge(STANDARD);
    replicas.forEach(replica -> replica.is(mode));
    try (WireClient client = new WireClient(edge().port())) {
      for (int each = 0; each < 2; each++) { // on the same connection: no byte is left over
        client.write(method + " / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        WireMessage answer = client.read(method);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.headers()).doesNotContainKey("transfer-encoding");
      }
    }
  }

  @Test
  void answerIsStreamed() throws Exception {
    startEdge(STANDARD);
    replicas.forEach(replica -> replica.is(Mode.STREAM));
    try (WireClient client = new WireClient(edge().port())) {
      client.write("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      assertThat(client.readHead().status()).isEqualTo(200);
      assertThat(client.readChunk()).isEqualTo("first");
      replicas.forEach(FakeReplica::release);
      assertThat(client.readChunk()).isEqualTo("second");
      assertThat(client.readChunk()).isEmpty();
    }
  }

  @Test
  void bodyIsStreamed() throws Exception {
    startEdge(STANDARD);
    try (WireClient client = new WireClient(edge().port())) {
      client.write(
          """
          POST /upload HTTP/1.1\r
          Host: 127.0.0.1\r
          Transfer-Encoding: chunked\r
          \r
          5\r
          first\r
          """);
      boolean began = false;
      for (FakeReplica replica : replicas) {
        began |= replica.sawBodyBegin(Duration.ofSeconds(2));
      }
      assertThat(began).isTrue();
      client.write("6\r\nsecond\r\n0\r\n\r\n");
      assertThat(client.read("POST").status()).isEqualTo(200);
    }
    assertThat(onlyRequest().text()).isEqualTo("firstsecond");
  }

  @Test
  void largeBodiesPassUnchanged() throws Exception {
    startEdge(STANDARD);
    replicas.forEach(replica -> replica.is(Mode.ECHO));
    byte[] body = new byte[8 << 20];
    new Random(7).nextBytes(body);
    WireMessage answer = WireClient.send(edge().port(), "POST", "/upload", "", body);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body().equals(Buffer.buffer(body))).isTrue();
  }

  @Test
  void continueIsAnsweredBeforeTheBodyIsSent() throws Exception {
    startEdge(STANDARD);
    try (WireClient client = new WireClient(edge().port())) {
      client.write(
          """
          POST /orders HTTP/1.1\r
          Host: 127.0.0.1\r
          Idempotency-Key: k\r
          Content-Length: 2\r
          Expect: 100-continue\r
          \r
          """);
      assertThat(client.readHead().status()).isEqualTo(100);
      client.write("{}");
      assertThat(client.read("POST").status()).isEqualTo(200);
    }
    assertThat(onlyRequest().text()).isEqualTo("{}");
  }

  // --- limits

  @Test
  void requestsBeyondTheBoundGetAProblemImmediately() throws Exception {
    int bound = 4;
    startEdge(new Settings(Policy.ROUND_ROBIN, bound, Duration.ofSeconds(25)));
    replicas.forEach(replica -> replica.is(Mode.HOLD));
    List<Future<WireMessage>> sent =
        IntStream.range(0, 30).mapToObj(each -> clients.submit(() -> get("/"))).toList();
    // Envoy also queues as many as it sends.
    Awaitility.await("refusals")
        .atMost(NOTICED_WITHIN)
        .until(() -> sent.stream().filter(Future::isDone).count() >= 30 - 2 * bound);
    for (Future<WireMessage> each : sent.stream().filter(Future::isDone).toList()) {
      assertProblem(each.get(), "/problems/overloaded");
    }
    assertThat(received()).isLessThanOrEqualTo(bound);

    replicas.forEach(FakeReplica::release);
    for (Future<WireMessage> each : sent) {
      assertThat(each.get(20, TimeUnit.SECONDS).status()).isIn(200, 503);
    }
    replicas.forEach(replica -> replica.is(Mode.ANSWER));
    repeat(9, () -> assertAnswered(get("/")));
  }

  @Test
  void connectionEndsAfterAnAnswerToABodyThatIsNotRead() throws Exception {
    startEdge(STANDARD);
    for (FakeReplica replica : replicas) {
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
  void requestWithoutAHostIsRefused() throws Exception {
    startEdge(STANDARD);
    try (WireClient client = new WireClient(edge().port())) {
      client.write("GET / HTTP/1.1\r\n\r\n");
      assertThat(client.readHead().status()).isEqualTo(400);
    }
    assertThat(received()).isZero();
  }

  @Test
  void headersBeyondTheBoundAreRefused() throws Exception {
    startEdge(STANDARD);
    WireMessage answer = send("GET", "/", "X-Long: " + "x".repeat(20_000) + "\r\n");
    assertThat(answer.status()).isEqualTo(431);
    assertThat(received()).isZero();
  }

  // --- operation

  @Test
  void probesAndMetricsAreOnThePortOfTheManagementOnly() throws Exception {
    startEdge(STANDARD);
    repeat(3, () -> get("/"));
    assertThat(management("/livez").status()).isEqualTo(200);
    assertThat(management("/readyz").status()).isEqualTo(200);
    assertThat(management("/metrics").text()).contains("# TYPE");
    assertThat(management("/quitquitquit").status()).isEqualTo(404);
    assertThat(get("/metrics").text()).isIn("a", "b", "c");
  }

  @Test
  void requestsInFlightCompleteWhenItStops() throws Exception {
    startEdge(STANDARD);
    replicas.forEach(replica -> replica.is(Mode.HOLD));
    Future<WireMessage> inFlight = clients.submit(() -> get("/"));
    awaitReceived(1);
    edge().beginStop();
    Awaitility.await("not ready")
        .atMost(NOTICED_WITHIN)
        .pollInterval(Duration.ofMillis(50))
        .until(this::isNotReady);
    Awaitility.await("connections are refused").atMost(NOTICED_WITHIN).until(this::isRefused);
    assertThat(inFlight.isDone()).isFalse();
    replicas.forEach(FakeReplica::release);
    assertThat(inFlight.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
    edge().awaitStop();
    assertThatThrownBy(() -> get("/")).isInstanceOf(ConnectException.class);
  }

  private boolean isNotReady() {
    try {
      return management("/readyz").status() == 503;
    } catch (IOException stopped) {
      return true;
    }
  }

  private boolean isRefused() {
    try {
      new WireClient(edge().port()).close();
      return false;
    } catch (IOException refused) {
      return true;
    }
  }

  // --- steps

  private RunningEdge edge() {
    return Objects.requireNonNull(edge, "no edge was started");
  }

  private FakeReplica replica(String name) {
    return replicas.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  @CanIgnoreReturnValue
  private WireMessage get(String path) throws IOException {
    return send("GET", path, "");
  }

  @CanIgnoreReturnValue
  private WireMessage order(String header) throws IOException {
    return send("POST", "/orders", header + "\r\n");
  }

  @CanIgnoreReturnValue
  private WireMessage send(String method, String path, String headers) throws IOException {
    byte[] body =
        method.equals("POST") ? "{\"order\":1}".getBytes(StandardCharsets.UTF_8) : new byte[0];
    return WireClient.send(edge().port(), method, path, headers, body);
  }

  private WireMessage management(String path) throws IOException {
    return WireClient.send(edge().managementPort(), "GET", path, "");
  }

  @FunctionalInterface
  private interface Step {
    void run() throws Exception;
  }

  private static void repeat(int times, Step step) throws Exception {
    for (int each = 0; each < times; each++) {
      step.run();
    }
  }

  private static void assertAnswered(WireMessage answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private static void assertProblem(WireMessage answer, String type) {
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("content-type")).startsWith("application/problem+json");
    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(answer.text().replace(" ", "")).contains("\"type\":\"" + type + "\"");
    assertThat(answer.text()).contains("\"status\"", "\"title\"", "\"detail\"", "\"instance\"");
  }

  private int received() {
    return replicas.stream().mapToInt(replica -> replica.received().size()).sum();
  }

  private void awaitReceived(int requests) {
    Awaitility.await("requests at the replicas")
        .atMost(NOTICED_WITHIN)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> received() >= requests);
  }

  private WireMessage onlyRequest() {
    List<WireMessage> all =
        replicas.stream().flatMap(replica -> replica.received().stream()).toList();
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private Map<String, Integer> shares() {
    Map<String, Integer> shares = new HashMap<>();
    replicas.forEach(replica -> shares.put(replica.name(), replica.received().size()));
    return shares;
  }

  /** Sends requests until one of them is held by the replica. */
  private void occupy(FakeReplica replica) throws Exception {
    replica.is(Mode.HOLD);
    while (replica.received().isEmpty()) {
      int before = received();
      Future<WireMessage> sent = clients.submit(() -> get("/"));
      awaitReceived(before + 1);
      if (replica.received().isEmpty()) {
        assertThat(sent.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
      }
    }
  }

  // Checks of a replica follow each other: the third begins after two were judged.
  private void awaitAllExcluded() {
    for (FakeReplica replica : replicas) {
      int before = replica.checks();
      Awaitility.await("failed checks")
          .atMost(NOTICED_WITHIN)
          .until(() -> replica.checks() >= before + 3);
    }
  }

  private void awaitUnavailable(String name) {
    awaitServed(name, false);
  }

  private void awaitAvailable(String name) {
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
