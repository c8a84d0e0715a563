package dev.converge.inventory.http;

import dev.converge.service.AuditClient;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Asks the order service about orders. No order waits for its answers: only the audit asks. */
public final class OrderClient {
  private final AuditClient orderService;

  public OrderClient(Vertx vertx, URI orderService) {
    this.orderService = new AuditClient(vertx, orderService);
  }

  /**
   * Whether an order needs nothing any more: it has ended, or there is none. Fails where the order
   * service does not say.
   */
  public Future<Boolean> isOver(UUID orderId) {
    return orderService
        .get("/orders/" + orderId)
        .compose(answer -> isOver(answer.status(), answer.body()));
  }

  static Future<Boolean> isOver(int status, Buffer body) {
    return switch (status) {
      case 200 -> isOver(new JsonObject(body).getString("status"));
      case 404 -> Future.succeededFuture(true);
      default -> Future.failedFuture("the order service answers " + status);
    };
  }

  private static Future<Boolean> isOver(@Nullable String status) {
    return status == null
        ? Future.failedFuture("the order service tells no status")
        : Future.succeededFuture(!status.equals("PENDING"));
  }
}
