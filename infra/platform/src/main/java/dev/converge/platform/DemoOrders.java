package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Predicate;

/** Places one order of every kind, and prints its outcome. */
final class DemoOrders {
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(60);

  private final Platform platform;
  private final Http http = new Http();
  private final String orders;
  private boolean asExpected = true;

  DemoOrders(Platform platform) {
    this.platform = platform;
    this.orders = platform.ports().url(Part.ORDER_SERVICE) + "/orders";
  }

  /** Places them; 0 where each ended as it should. */
  int run() {
    show("1. An order that completes", "COMPLETED", place("espresso-beans", "tok_ok"));
    show("2. Out of stock", "REJECTED", place("gold-grinder", "tok_ok"));
    show("3. The card is declined", "REJECTED", place("espresso-beans", "tok_declined"));

    String cancelled = place("espresso-beans", "tok_slow");
    await(cancelled, DemoOrders::isCharging);
    request("POST", orders + "/" + cancelled + "/cancel", null);
    show("4. Cancelled by the customer while the card is charged", "CANCELLED", cancelled);

    String interrupted = place("espresso-beans", "tok_slow");
    await(interrupted, DemoOrders::isCharging);
    platform.kill(Part.PAYMENT_SERVICE);
    platform.start(Part.PAYMENT_SERVICE);
    show("5. payment-service killed in mid-order, and started again", "COMPLETED", interrupted);

    System.out.println();
    System.out.println("The platform is still up. Look around, and stop it with: ./converge down");
    return asExpected ? 0 : 1;
  }

  private String place(String sku, String token) {
    String body =
        "{\"customerId\":\"ada\",\"currency\":\"EUR\",\"lines\":[{\"sku\":\""
            + sku
            + "\",\"quantity\":2,\"unitPriceMinor\":1290}],\"paymentToken\":\""
            + token
            + "\"}";
    JsonNode order = request("POST", orders, body, "Idempotency-Key", UUID.randomUUID().toString());
    return order.path("orderId").asText();
  }

  private static boolean isCharging(JsonNode order) {
    return order.path("saga").path("step").asText().equals("charge-payment");
  }

  private JsonNode await(String orderId, Predicate<JsonNode> condition) {
    JsonNode[] last = {MissingNode.getInstance()};
    boolean held =
        Waits.until(
            ENDS_WITHIN,
            () -> {
              JsonNode order = request("GET", orders + "/" + orderId, null);
              last[0] = order;
              return condition.test(order);
            });
    if (!held) {
      throw new PlatformException("order " + orderId + " is late: " + last[0]);
    }
    return last[0];
  }

  private void show(String title, String expected, String orderId) {
    JsonNode order = await(orderId, o -> !o.path("status").asText().equals("PENDING"));
    String status = order.path("status").asText();
    asExpected &= status.equals(expected);
    System.out.println();
    System.out.println(title);
    String reason = order.path("reason").asText("");
    System.out.println("   order " + orderId + " is " + (status + " " + reason).strip());
    for (JsonNode transition : order.path("saga").path("timeline")) {
      System.out.printf(
          "   %s  %-16s → %s%n",
          Visible.line(transition.path("at").asText().substring(11, 23)),
          Visible.line(transition.path("signal").asText()),
          Visible.line(transition.path("sent").asText()));
    }
    System.out.println("   trace: " + order.path("links").path("trace").asText());
  }

  private JsonNode request(
      String method,
      String url,
      @org.jspecify.annotations.Nullable String body,
      String... headers) {
    try {
      Http.Answer answer = http.send(method, url, body, headers);
      if (answer.status() >= 400) {
        throw new PlatformException(method + " " + url + ": " + answer.raw().body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new PlatformException(method + " " + url + ": " + e, e);
    }
  }
}
