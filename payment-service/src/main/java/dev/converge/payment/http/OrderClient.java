package dev.converge.payment.http;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import dev.converge.service.audit.AuditClient;
import dev.converge.service.audit.AuditClient.Answer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** A client of the order service, for the audit only: no order waits for its answers. */
public final class OrderClient {
  private final AuditClient orderService;

  public OrderClient(Vertx vertx, URI orderService) {
    this.orderService = new AuditClient(vertx, orderService);
  }

  /**
   * The totals of the orders in a range of ids. Fails if the order service does not answer.
   *
   * @param from the first id of the range
   * @param before the first id after the range
   */
  public Future<OrderTotals> totals(UUID from, UUID before) {
    return orderService
        .get("/order-totals?from=" + from + "&before=" + before)
        .compose(OrderClient::totals);
  }

  static Future<OrderTotals> totals(Answer answer) {
    return answer.json().map(OrderClient::totals);
  }

  private static OrderTotals totals(JsonObject json) {
    Map<String, Total> completed = new HashMap<>();
    for (Object item : json.getJsonArray("completed")) {
      JsonObject of = (JsonObject) item;
      completed.put(
          of.getString("currency"),
          new Total(of.getLong("orders"), integer(of, "sumMinor"), integer(of, "checksum")));
    }
    return new OrderTotals(
        completed,
        Optional.ofNullable(json.getString("firstCompleted")).map(UUID::fromString),
        json.getJsonArray("pending").stream().map(id -> UUID.fromString((String) id)).toList(),
        json.getBoolean("morePending"));
  }

  private static BigInteger integer(JsonObject of, String name) {
    return new BigInteger(of.getString(name));
  }
}
