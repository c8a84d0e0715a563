package dev.converge.outbox.reconciler.example;

import dev.converge.outbox.reconciler.OutboxReconciler;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.util.List;

/** Reconciles the shop's outbox. The code of the reconciler's README. */
public final class ShopReconciler {
  static final OutboxReconciler.Config SHOP =
      OutboxReconciler.Config.of(
          "shop_outbox", "/shop", List.of("shop.purchases"), "localhost:9092");

  public static Future<String> start(
      Vertx vertx, Pool pool, MeterRegistry meters, OutboxReconciler.Config config) {
    return vertx.deployVerticle(new OutboxReconciler(config, pool, meters));
  }
}
