package dev.converge.payment.http;

import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.domain.Payment;
import dev.converge.service.http.Answers;
import dev.converge.service.http.RequestParameters;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.postgres.DatabaseConfig;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.sqlclient.Pool;
import java.util.Optional;

/** {@code GET /payments/{orderId}}. */
public final class PaymentRoutes {
  private final Pool pool;
  private final PaymentRepository payments;

  public PaymentRoutes(Pool pool, PaymentRepository payments) {
    this.pool = pool;
    this.payments = payments;
  }

  /** Adds the routes. */
  public void mount(Router router) {
    router.get("/payments/:orderId").handler(this::find);
  }

  private void find(RoutingContext request) {
    DatabaseConfig.inTime(payments.find(pool, RequestParameters.pathUuid(request, "orderId")))
        .onSuccess(found -> answer(request, found))
        .onFailure(request::fail);
  }

  private static void answer(RoutingContext request, Optional<Payment> found) {
    found.ifPresentOrElse(
        payment -> Answers.json(request, 200, json(payment).encode()),
        () -> request.fail(Problem.of(ProblemType.NOT_FOUND, "no such payment")));
  }

  private static JsonObject json(Payment payment) {
    JsonObject json =
        new JsonObject()
            .put("orderId", payment.orderId().toString())
            .put("status", payment.status().name())
            .put("amountMinor", payment.charge().amountMinor())
            .put("currency", payment.charge().currency())
            .put("failedAttempts", payment.attempts());
    return payment.declineReason() == null ? json : json.put("reason", payment.declineReason());
  }
}
