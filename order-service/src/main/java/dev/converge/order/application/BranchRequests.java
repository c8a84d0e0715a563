package dev.converge.order.application;

import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.outbox.Traceparent;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** The requests of an order to the other services in a transaction. */
final class BranchRequests {
  static final String INVENTORY = "inventory";
  static final String PAYMENT = "payment";

  private BranchRequests() {}

  static Map<String, JsonObject> of(Order order) {
    return Map.of(INVENTORY, stock(order), PAYMENT, payment(order));
  }

  private static JsonObject stock(Order order) {
    JsonArray lines = new JsonArray();
    for (OrderLine line : order.lines()) {
      lines.add(new JsonObject().put("sku", line.sku()).put("quantity", line.quantity()));
    }
    return new JsonObject().put("orderId", order.orderId().toString()).put("lines", lines);
  }

  private static JsonObject payment(Order order) {
    return new JsonObject()
        .put("orderId", order.orderId().toString())
        .put("token", order.paymentToken())
        .put("amountMinor", order.totalMinor())
        .put("currency", order.currency());
  }

  /** The span that placed the order. */
  static Context trace(Order order) {
    return Traceparent.parse(order.traceparent())
        .map(parent -> Context.root().with(Span.wrap(parent.context())))
        .orElseGet(Context::root);
  }
}
