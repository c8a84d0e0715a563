package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * The platform's APIs as a client uses them: a request that a service answers with 503, because it
 * has too much to do, is sent again.
 */
final class OrderApi {
  private static final Duration SERVED_WITHIN = Duration.ofMinutes(2);

  private final TestPlatform platform;
  private final boolean repeats;
  private final Http http = new Http();

  OrderApi(TestPlatform platform) {
    this(platform, true);
  }

  private OrderApi(TestPlatform platform, boolean repeats) {
    this.platform = platform;
    this.repeats = repeats;
  }

  /** Sends each request once: for tests that expect a refusal. What they set up is repeated. */
  static OrderApi withoutRepeats(TestPlatform platform) {
    return new OrderApi(platform, false);
  }

  String url(Part part, String path) {
    return platform.platform().ports().url(part) + path;
  }

  Answer send(String method, Part part, String path, @Nullable String body, String... headers) {
    return repeats
        ? untilServed(method, part, path, body, headers)
        : sendOnce(method, part, path, body, headers);
  }

  /** Sends a request, also of an API without repeats, again until it is not answered with 503. */
  Answer untilServed(
      String method, Part part, String path, @Nullable String body, String... headers) {
    return Awaitility.await(method + " " + path + " to be served")
        .atMost(SERVED_WITHIN)
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> sendOnce(method, part, path, body, headers), answer -> answer.status() != 503);
  }

  private Answer sendOnce(
      String method, Part part, String path, @Nullable String body, String... headers) {
    try {
      return http.send(method, url(part, path), body, headers);
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    }
  }

  Answer post(String body, String... headers) {
    return send("POST", Part.ORDER_SERVICE, "/orders", body, headers);
  }

  /** An idempotency key that was not used before. */
  static String newKey() {
    return UUID.randomUUID().toString();
  }

  /** Places orders that can complete, and returns their ids. */
  List<String> place(int orders) {
    List<String> orderIds = new ArrayList<>();
    for (int i = 0; i < orders; i++) {
      orderIds.add(place("espresso-beans", 1, "tok_ok"));
    }
    return orderIds;
  }

  /** Places an order and returns its id. */
  String place(String sku, int quantity, String token) {
    Answer answer =
        untilServed(
            "POST",
            Part.ORDER_SERVICE,
            "/orders",
            body(sku, quantity, token),
            "Idempotency-Key",
            newKey());
    assertThat(answer.status()).as(answer.raw().body()).isEqualTo(202);
    return answer.body().path("orderId").asText();
  }

  static String body(String sku, int quantity, String token) {
    return "{\"customerId\":\"ada\",\"currency\":\"EUR\",\"lines\":[{\"sku\":\""
        + sku
        + "\",\"quantity\":"
        + quantity
        + ",\"unitPriceMinor\":1290}],\"paymentToken\":\""
        + token
        + "\"}";
  }

  JsonNode order(String orderId) {
    return send("GET", Part.ORDER_SERVICE, "/orders/" + orderId, null).body();
  }

  /** The order, once it has ended. */
  JsonNode awaitEnd(String orderId, Duration within) {
    return Awaitility.await("order " + orderId)
        .atMost(within)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptions()
        .until(
            () -> order(orderId),
            // The status of a problem is a number.
            order ->
                order.path("status").isTextual()
                    && !order.path("status").asText().equals("PENDING"));
  }

  /** Waits until the order's saga has reached a step. */
  void awaitStep(String orderId, String step) {
    JsonNode order =
        Awaitility.await("order " + orderId + " at " + step)
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofMillis(20))
            .until(() -> order(orderId), o -> o.path("saga").path("step").asText().equals(step));
    assertThat(order.path("status").asText()).isEqualTo("PENDING");
  }

  void setStock(String sku, long available) {
    Answer answer =
        untilServed(
            "PUT", Part.INVENTORY_SERVICE, "/stock/" + sku, "{\"available\":" + available + "}");
    assertThat(answer.status()).as(answer.raw().body()).isIn(200, 201);
  }

  JsonNode stock(String sku) {
    return send("GET", Part.INVENTORY_SERVICE, "/stock/" + sku, null).body();
  }

  Answer payment(String orderId) {
    return send("GET", Part.PAYMENT_SERVICE, "/payments/" + orderId, null);
  }

  void setProvider(String behaviour) {
    Answer answer =
        untilServed(
            "PUT", Part.PAYMENT_SERVICE, "/provider", "{\"behaviour\":\"" + behaviour + "\"}");
    assertThat(answer.status()).as(answer.raw().body()).isEqualTo(200);
  }

  JsonNode charge(String orderId) {
    return send("GET", Part.PAYMENT_SERVICE, "/provider/charges/" + orderId, null).body();
  }

  /** The value of the first metric of a service whose line has this prefix; 0 if there is none. */
  double metric(Part service, String begin) {
    return metric(platform.platform().ports().url(service), begin);
  }

  /** The same of the instance at an address. */
  static double metric(String url, String begin) {
    String metrics;
    try {
      metrics = new Http().get(url + "/metrics").raw().body();
    } catch (IOException e) {
      throw new UncheckedIOException(url + "/metrics", e);
    }
    return metrics
        .lines()
        .filter(line -> line.startsWith(begin))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(0);
  }

  /** The number of cases of a check in the metrics of a service. */
  double findings(Part service, String check) {
    return metric(
        service, "audit_findings{check=\"" + check + "\",service=\"" + service.id() + "\"}");
  }
}
