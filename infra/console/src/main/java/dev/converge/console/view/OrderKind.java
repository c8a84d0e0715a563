package dev.converge.console.view;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The kinds of orders that the page places. */
public enum OrderKind {
  COMPLETES("It completes", "tok_ok", "COMPLETED", Then.NOTHING),
  OUT_OF_STOCK("Out of stock", "tok_ok", "REJECTED OUT_OF_STOCK", Then.NOTHING),
  CARD_DECLINED("The card is declined", "tok_declined", "REJECTED PAYMENT_DECLINED", Then.NOTHING),
  CANCELLED(
      "Cancelled while the card is charged",
      "tok_slow",
      "CANCELLED CANCELLED_BY_CUSTOMER",
      Then.CANCEL),
  SLOW_PROVIDER("The provider takes 3 s", "tok_slow", "COMPLETED", Then.NOTHING),
  PROVIDER_FAILS(
      "The provider fails", "tok_unavailable", "REJECTED PAYMENT_UNAVAILABLE", Then.NOTHING),
  ANSWER_LOST("The provider's answer is lost", "tok_answer_lost", "COMPLETED", Then.NOTHING),
  PAYMENT_KILLED(
      "payment-service is killed in mid-order, and started again",
      "tok_slow",
      "COMPLETED",
      Then.KILL_PAYMENT);

  /** The console's own action once the card is being charged. */
  public enum Then {
    NOTHING,
    CANCEL,
    KILL_PAYMENT
  }

  private static final String SKU = "espresso-beans";
  private static final String SKU_OUT_OF_STOCK = "gold-grinder";

  private final String label;
  private final String token;
  private final String ends;
  private final Then then;

  OrderKind(String label, String token, String ends, Then then) {
    this.label = label;
    this.token = token;
    this.ends = ends;
    this.then = then;
  }

  /** The kind of that name. */
  public static Optional<OrderKind> of(String id) {
    return Arrays.stream(values()).filter(kind -> kind.id().equals(id)).findFirst();
  }

  /** Its name in requests, such as {@code out-of-stock}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public Then then() {
    return then;
  }

  /** As the page is shown it. */
  public JsonObject json() {
    return new JsonObject()
        .put("id", id())
        .put("label", label)
        .put("ends", ends)
        .put("needsProcesses", then == Then.KILL_PAYMENT);
  }

  /** The body of {@code POST /orders}. */
  public JsonObject body() {
    JsonObject line =
        new JsonObject()
            .put("sku", this == OUT_OF_STOCK ? SKU_OUT_OF_STOCK : SKU)
            .put("quantity", 2)
            .put("unitPriceMinor", 1_290);
    return new JsonObject()
        .put("customerId", "console")
        .put("currency", "EUR")
        .put("lines", new JsonArray().add(line))
        .put("paymentToken", token);
  }
}
