package dev.converge.inventory.http;

import dev.converge.service.audit.AuditClient;
import dev.converge.service.audit.AuditClient.Answer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A client of the order service, for the audit only: no order waits for its answers. */
public final class OrderClient {
  private final AuditClient orderService;

  public OrderClient(Vertx vertx, URI orderService) {
    this.orderService = new AuditClient(vertx, orderService);
  }

  /** Whether an order has ended or does not exist. Fails if the order service does not answer. */
  public Future<Boolean> isOver(UUID orderId) {
    return orderService.get("/orders/" + orderId).compose(OrderClient::isOver);
  }

  static Future<Boolean> isOver(Answer answer) {
    return answer.status() == 404
        ? Future.succeededFuture(true)
        : answer.json().compose(order -> isOver(order.getString("status")));
  }

  private static Future<Boolean> isOver(@Nullable String status) {
    return status == null
        ? Future.failedFuture("the order service answers without a status")
        : Future.succeededFuture(!status.equals("PENDING"));
  }
}
