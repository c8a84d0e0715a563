package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.testkit.TestPlatform;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two instances of the order service act as one. Starts a second one beside the platform's own. */
@Order(3)
class SecondInstanceIT {
  private static final int ORDERS = 8;
  private static final int MEASURED = 40;

  private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(60);

  private static final Duration COMPLETED_WITHIN = Duration.ofSeconds(60);

  private static final TestPlatform PLATFORM = TestPlatform.shared();
  private static final Platform FIRST = PLATFORM.platform();
  private static final Platform SECOND =
      new Platform(
          new Layout(FIRST.layout().root(), FIRST.layout().state().resolve("second")),
          FIRST.ports().withFree(Part.ORDER_SERVICE),
          Map.of("INSTANCE_ID", "order-service-2"));

  private final HttpClient client = HttpClient.newHttpClient();
  private final OrderApi api = new OrderApi(PLATFORM);

  // Orders wait until the two have shared the partitions, longer than a client would.
  @BeforeAll
  static void startSecond() {
    SECOND.start(Part.ORDER_SERVICE);
    OrderApi first = new OrderApi(PLATFORM);
    first.place(ORDERS).forEach(orderId -> first.awaitEnd(orderId, COMPLETED_WITHIN));
  }

  @AfterEach
  void restartFirst() {
    FIRST.start(Part.ORDER_SERVICE);
  }

  @AfterAll
  static void stopSecond() {
    SECOND.stop(Part.ORDER_SERVICE);
  }

  // The key of the order selects the instance that reads the reply, so half of the clients wait at
  // the other. A slow machine may not complete some orders within the wait.
  @Test
  void clientWaitingAtOneInstanceGetsTheResultHandledByTheOther() throws Exception {
    for (Platform instance : List.of(FIRST, SECOND)) {
      int completed = 0;
      for (int each = 0; each < ORDERS; each++) {
        HttpResponse<String> answer = place(instance, UUID.randomUUID(), "wait=20");
        assertThat(answer.statusCode()).as(answer.body()).isIn(201, 202);
        completed += answer.body().contains("COMPLETED") ? 1 : 0;
      }
      assertThat(completed).as("orders that completed within the wait").isGreaterThan(ORDERS / 2);
    }
  }

  /** A wait, and how its instance saw the end. */
  private record Wait(String seen, long millis) {}

  // An end without an event would be seen by the read that is repeated each second.
  @Tag("campaign")
  @Test
  void endsCommittedByTheOtherInstanceAreHeardAndNotPolledFor() throws Exception {
    place(SECOND, UUID.randomUUID(), "wait=20");
    List<Wait> waits = new ArrayList<>();
    for (int each = 0; each < MEASURED; each++) {
      waits.add(waitAtSecond());
    }

    Map<String, List<Long>> millis =
        waits.stream()
            .collect(
                Collectors.groupingBy(
                    Wait::seen,
                    TreeMap::new,
                    Collectors.mapping(Wait::millis, Collectors.toList())));
    millis.forEach(
        (seen, of) ->
            System.out.printf(
                "SecondInstanceIT: %d waits seen by %s, p50 %d ms%n",
                of.size(), seen, of.stream().sorted().toList().get(of.size() / 2)));
    assertThat(millis).containsKeys("commit", "event");
    int polled = millis.getOrDefault("poll", List.of()).size();
    int heard = millis.getOrDefault("event", List.of()).size();
    // The poll, once a second, is first only if an event takes long.
    assertThat(polled).as("seen by the poll").isLessThan(heard);
  }

  private static Wait wait(Map<String, Double> before, Map<String, Double> after, long nanos) {
    String seen =
        after.entrySet().stream()
            .filter(now -> now.getValue() > before.getOrDefault(now.getKey(), 0.0))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow();
    return new Wait(seen, Duration.ofNanos(nanos).toMillis());
  }

  private Wait waitAtSecond() throws Exception {
    Map<String, Double> before = waitsAtSecond();
    long began = System.nanoTime();
    assertThat(place(SECOND, UUID.randomUUID(), "wait=20").statusCode()).isIn(201, 202);
    long took = System.nanoTime() - began;
    return wait(before, waitsAtSecond(), took);
  }

  private static Map<String, Double> waitsAtSecond() {
    String url = SECOND.ports().url(Part.ORDER_SERVICE);
    Map<String, Double> waits = new TreeMap<>();
    for (String seen : List.of("first-read", "commit", "event", "poll", "not")) {
      waits.put(seen, OrderApi.metric(url, "orders_waits_total{seen=\"" + seen + "\""));
    }
    return waits;
  }

  @Test
  void keyIdentifiesTheSameOrderAtBothInstances() throws Exception {
    UUID key = UUID.randomUUID();
    HttpResponse<String> placed = place(FIRST, key, "wait=20");
    HttpResponse<String> again = place(SECOND, key, "wait=20");
    assertThat(again.headers().firstValue("Idempotency-Replayed")).contains("true");
    assertThat(again.headers().firstValue("Location"))
        .isEqualTo(placed.headers().firstValue("Location"))
        .isPresent();
  }

  @Test
  void ordersOfAKilledInstanceAreCompletedByTheOther() throws Exception {
    List<String> orderIds =
        IntStream.range(0, ORDERS)
            .mapToObj(each -> api.place("espresso-beans", 1, "tok_ok"))
            .toList();
    FIRST.kill(Part.ORDER_SERVICE);
    assertThat(place(SECOND, UUID.randomUUID(), "respond-async").statusCode()).isEqualTo(202);
    for (String orderId : orderIds) {
      awaitCompleted(orderId);
    }
  }

  private void awaitCompleted(String orderId) {
    Awaitility.await(orderId)
        .atMost(COMPLETED_WITHIN)
        .until(
            () -> send(HttpRequest.newBuilder(at(SECOND, "/orders/" + orderId)).GET()).body(),
            body -> body.contains("COMPLETED"));
  }

  private HttpResponse<String> place(Platform instance, UUID key, String prefer) {
    return send(
        HttpRequest.newBuilder(at(instance, "/orders"))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key.toString())
            .header("Prefer", prefer)
            .POST(
                HttpRequest.BodyPublishers.ofString(OrderApi.body("espresso-beans", 1, "tok_ok"))));
  }

  private static URI at(Platform instance, String path) {
    return URI.create(instance.ports().url(Part.ORDER_SERVICE) + path);
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    return Awaitility.await("request to be served")
        .atMost(COMPLETED_WITHIN)
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> client.send(request.timeout(ANSWERED_WITHIN).build(), BodyHandlers.ofString()),
            answer -> answer.statusCode() != 503);
  }
}
