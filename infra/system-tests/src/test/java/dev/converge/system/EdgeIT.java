package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.testkit.TestPlatform;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: clients behind the edge do not notice that a node is killed, and no accepted order is lost.
 * Method: three nodes of order-service, three brokers and two workers of Kafka Connect under an
 * open load of orders with keys; a node of each is killed, and started again. No client repeats a
 * request.
 */
@OwnPlatform
@Tag("campaign")
class EdgeIT {
  private static final int ORDERS = 1_000;
  private static final int INTERVAL_MILLIS = 40;
  private static final int MOST_REFUSED = ORDERS / 1_000;
  private static final Duration ENDED_WITHIN = Duration.ofMinutes(3);
  private static final Pattern ORDER_ID = Pattern.compile("\"orderId\":\"([0-9a-f-]{36})\"");
  private static final String PREFIX = "edge-%s.";
  private static final Scale SCALE =
      Scale.SMALLEST.with(Role.ORDER_SERVICE, 3).with(Role.KAFKA, 3).with(Role.CONNECT, 2);

  private static TestPlatform test;
  private static Platform platform;
  private static Convergence convergence;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Set<String> accepted = ConcurrentHashMap.newKeySet();
  private final Queue<String> refused = new ConcurrentLinkedQueue<>();

  @BeforeAll
  static void up() {
    test = TestPlatform.create(Map.of(), SCALE);
    test.up();
    platform = test.platform();
    convergence = new Convergence(test);
    new OrderApi(test).setStock("espresso-beans", 100_000);
  }

  @AfterAll
  static void end() {
    test.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"order-service-2", "kafka", "kafka-2", "connect"})
  void ordersAreAcceptedAtTheirFirstAttemptWhileANodeIsKilled(String node) throws Exception {
    Part victim = Part.of(node);
    CompletableFuture<?>[] answered =
        IntStream.range(0, ORDERS)
            .mapToObj(order -> placed(key(node, order), order))
            .toArray(CompletableFuture[]::new);
    awaitAnswered(ORDERS / 4);
    platform.kill(victim);
    awaitAnswered(ORDERS / 2);
    platform.start(victim);
    CompletableFuture.allOf(answered).get(ENDED_WITHIN.toSeconds(), TimeUnit.SECONDS);

    System.out.printf(
        "EdgeIT: %s killed: %d of %d orders accepted at the first attempt; refused: %s; %s%n",
        node, accepted.size(), ORDERS, refused, retries());
    assertThat(refused).hasSizeLessThanOrEqualTo(MOST_REFUSED);
    assertThat(accepted).hasSize(ORDERS - refused.size());
    convergence.await(ENDED_WITHIN);
    convergence.assertHolds();
    List<String> stored =
        convergence.strings(
            "order",
            "SELECT order_id::text FROM idempotency_key WHERE key LIKE '"
                + PREFIX.formatted(node)
                + "%'");
    assertThat(stored).containsAll(accepted).hasSizeLessThanOrEqualTo(ORDERS);
    assertThat(convergence.strings("payment", "SELECT order_id::text FROM payment"))
        .containsAll(stored);
    // Each replica served, the killed one again.
    for (Part each : platform.parts()) {
      assertThat(platform.isReady(each)).as(each.id()).isTrue();
    }
  }

  private static String key(String node, int order) {
    return PREFIX.formatted(node) + order;
  }

  private CompletableFuture<Void> placed(String key, int order) {
    Executor inTurn =
        CompletableFuture.delayedExecutor((long) order * INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    return CompletableFuture.supplyAsync(() -> request(key), inTurn)
        .thenCompose(request -> client.sendAsync(request, BodyHandlers.ofString()))
        .handle(this::record);
  }

  private static HttpRequest request(String key) {
    return HttpRequest.newBuilder(URI.create(platform.ports().url(Part.EDGE) + "/orders"))
        .timeout(Duration.ofSeconds(30))
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", key)
        .POST(HttpRequest.BodyPublishers.ofString(OrderApi.body("espresso-beans", 1, "tok_ok")))
        .build();
  }

  private Void record(HttpResponse<String> answer, Throwable failure) {
    Matcher orderId = ORDER_ID.matcher(failure == null ? answer.body() : "");
    if (failure == null && answer.statusCode() == 202 && orderId.find()) {
      accepted.add(orderId.group(1));
    } else {
      refused.add(failure == null ? answer.statusCode() + " " + answer.body() : "" + failure);
    }
    return null;
  }

  private void awaitAnswered(int orders) {
    Awaitility.await("answers")
        .atMost(ENDED_WITHIN)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> accepted.size() + refused.size() >= orders);
  }

  private String retries() throws Exception {
    HttpRequest metrics =
        HttpRequest.newBuilder(URI.create(platform.ports().edgeManagementUrl() + "/metrics"))
            .build();
    return client
        .send(metrics, BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.startsWith("edge_attempts_failed") || line.startsWith("edge_retries"))
        .toList()
        .toString();
  }
}
