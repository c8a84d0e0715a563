package dev.converge.payment.http;

import static dev.converge.testkit.DeployedApi.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.payment.InMemoryPayments;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.PaymentStatus;
import dev.converge.service.http.HttpApi;
import dev.converge.service.http.HttpConfig;
import dev.converge.service.runtime.Telemetry;
import dev.converge.testkit.DeployedApi;
import dev.converge.testkit.EventLoop;
import io.vertx.core.json.JsonObject;
import java.net.ConnectException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: a payment is shown with its status, and its reason if it was declined. Method: the route
 * behind a real server, on payments in memory.
 */
class PaymentRoutesTest {
  private static final EventLoop LOOP = new EventLoop();
  private static final Telemetry TELEMETRY = Telemetry.start("payment-service", Map.of());
  private static final InMemoryPayments PAYMENTS = new InMemoryPayments();
  private static final DeployedApi API =
      new DeployedApi(
          LOOP,
          port ->
              new HttpApi(
                  new HttpConfig("127.0.0.1", port, List.of()),
                  TELEMETRY,
                  "openapi/payment-service.json",
                  new PaymentRoutes(PAYMENTS.database().pool(), PAYMENTS)::mount));

  @AfterAll
  static void close() {
    LOOP.close();
    TELEMETRY.meters().close();
  }

  @Test
  void paymentIsShownWithoutItsToken() {
    UUID order = new UUID(0, 1);
    PAYMENTS.addDue(List.of(InMemoryPayments.payment(order, PaymentStatus.CHARGING, 2)));

    assertThat(API.get("/payments/" + order).body())
        .isEqualTo(
            "{\"orderId\":\"%s\",\"status\":\"CHARGING\",\"amountMinor\":1099,".formatted(order)
                + "\"currency\":\"EUR\",\"failedAttempts\":2}");
  }

  @Test
  void declinedPaymentHasItsReason() {
    UUID order = new UUID(0, 2);
    Payment known = InMemoryPayments.payment(order, PaymentStatus.DECLINED, 0);
    PAYMENTS.addDue(
        List.of(
            new Payment(
                order, known.charge(), known.status(), "CARD_DECLINED", 0, known.cause(), 1)));

    JsonObject shown = new JsonObject(API.get("/payments/" + order).body());

    assertThat(shown.getString("status")).isEqualTo("DECLINED");
    assertThat(shown.getString("reason")).isEqualTo("CARD_DECLINED");
  }

  @Test
  void unknownPaymentIsNotFound() {
    assertProblem(API.get("/payments/" + new UUID(0, 3)), 404, "not-found");
  }

  @Test
  void idThatIsNotAcceptableIsRefused() {
    assertProblem(API.get("/payments/1"), 400, "invalid-parameter");
  }

  @Test
  void unavailableDatabaseIsReportedAsUnavailable() {
    PAYMENTS.database().fail("find payment", new ConnectException("unavailable"));

    assertProblem(API.get("/payments/" + new UUID(0, 4)), 503, "unavailable");
  }
}
