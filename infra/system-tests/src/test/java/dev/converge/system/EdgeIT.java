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
import java.util.HashSet;
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
import org.junit.jupiter.api.Test;

/**
 * Goal: clients behind the edge do not notice that a replica is killed. Method: three nodes of
 * order-service under an open load of orders with keys; one is killed, and started again. No client
 * repeats a request.
 */
@OwnPlatform
@Tag("campaign")
class EdgeIT {
  private static final int ORDERS = 1_200;
  private static final int INTERVAL_MILLIS = 25;
  private static final int MOST_REFUSED = ORDERS / 1_000;
  private static final Duration ENDED_WITHIN = Duration.ofMinutes(3);
  private static final Pattern ORDER_ID = Pattern.compile("\"orderId\":\"([0-9a-f-]{36})\"");
  private static final Scale SCALE = Scale.SMALLEST.with(Role.ORDER_SERVICE, 3);

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

  @Test
  void ordersAreAcceptedAtTheirFirstAttemptWhileAReplicaIsKilled() throws Exception {
    Part victim = Part.of(Role.ORDER_SERVICE, 2);
    CompletableFuture<?>[] answered =
        IntStream.range(0, ORDERS).mapToObj(this::placed).toArray(CompletableFuture[]::new);
    awaitAccepted(ORDERS / 4);
    platform.kill(victim);
    awaitAccepted(ORDERS / 2);
    platform.start(victim);
    CompletableFuture.allOf(answered).get(ENDED_WITHIN.toSeconds(), TimeUnit.SECONDS);

    System.out.printf(
        "EdgeIT: %d of %d orders accepted at the first attempt; refused: %s%n",
        accepted.size(), ORDERS, refused);
    System.out.println("EdgeIT: " + retries());
    assertThat(refused).hasSizeLessThanOrEqualTo(MOST_REFUSED);
    assertThat(accepted).hasSize(ORDERS - refused.size());
    convergence.await(ENDED_WITHIN);
    convergence.assertHolds();
    Set<String> stored =
        new HashSet<>(convergence.strings("order", "SELECT order_id::text FROM orders"));
    assertThat(stored).containsAll(accepted).hasSizeLessThanOrEqualTo(ORDERS);
    assertThat(convergence.strings("payment", "SELECT order_id::text FROM payment"))
        .containsExactlyInAnyOrderElementsOf(stored);
    // Each replica served, the killed one again.
    for (Part node : SCALE.nodes(Role.ORDER_SERVICE)) {
      assertThat(platform.isReady(node)).as(node.id()).isTrue();
    }
  }

  private CompletableFuture<Void> placed(int order) {
    Executor inTurn =
        CompletableFuture.delayedExecutor((long) order * INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    return CompletableFuture.supplyAsync(() -> request(order), inTurn)
        .thenCompose(request -> client.sendAsync(request, BodyHandlers.ofString()))
        .handle(this::record);
  }

  private static HttpRequest request(int order) {
    return HttpRequest.newBuilder(URI.create(platform.ports().url(Part.EDGE) + "/orders"))
        .timeout(Duration.ofSeconds(30))
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", "edge-" + order)
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

  private void awaitAccepted(int orders) {
    Awaitility.await("accepted orders")
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
