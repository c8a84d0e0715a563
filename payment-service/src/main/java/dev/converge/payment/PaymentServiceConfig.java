package dev.converge.payment;

import dev.converge.service.Env;
import dev.converge.service.ServiceConfig;
import java.net.URI;

/**
 * What the payment service is told.
 *
 * @param orderService whom the audit asks what orders come to
 */
record PaymentServiceConfig(ServiceConfig service, URI orderService) {

  static PaymentServiceConfig from(Env env) {
    return new PaymentServiceConfig(
        ServiceConfig.from(env, "payment", 8082, "payment"),
        env.uri("ORDER_SERVICE_URL", "http://127.0.0.1:8080"));
  }
}
