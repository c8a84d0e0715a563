package dev.converge.payment;

import dev.converge.service.ServiceConfig;
import dev.converge.service.runtime.Env;
import java.net.URI;

/**
 * The settings of the payment service.
 *
 * @param orderService the order service, which the audit asks for the totals of orders
 */
record PaymentServiceConfig(ServiceConfig service, URI orderService) {

  static PaymentServiceConfig from(Env env) {
    return new PaymentServiceConfig(
        ServiceConfig.from(env, "payment", 8082, "payment"),
        env.uri("ORDER_SERVICE_URL", "http://127.0.0.1:8080"));
  }
}
