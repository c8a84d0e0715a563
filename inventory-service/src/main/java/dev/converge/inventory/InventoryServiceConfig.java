package dev.converge.inventory;

import dev.converge.service.ServiceConfig;
import dev.converge.service.runtime.Env;
import java.net.URI;

/**
 * The settings of the inventory service.
 *
 * @param orderService the order service, which the audit asks whether orders have ended
 */
record InventoryServiceConfig(ServiceConfig service, URI orderService) {

  static InventoryServiceConfig from(Env env) {
    return new InventoryServiceConfig(
        ServiceConfig.from(env, "inventory", 8081, "inventory"),
        env.uri("ORDER_SERVICE_URL", "http://127.0.0.1:8080"));
  }
}
