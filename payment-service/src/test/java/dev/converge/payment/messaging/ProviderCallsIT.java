package dev.converge.payment.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.converge.outbox.Outbox;
import dev.converge.payment.PaymentDatabase;
import dev.converge.payment.postgres.PostgresPaymentRepository;
import dev.converge.payment.provider.PaymentProvider.ChargeAnswer;
import dev.converge.payment.provider.PaymentProvider.EnvironmentFaultException;
import dev.converge.testkit.ConnectedDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Collections;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: every payment that awaits the provider is called for until its outcome is certain. Method:
 * due rows on a real PostgreSQL and a provider whose answers the test chooses.
 */
class ProviderCallsIT {
  private static final UUID ORDER = new UUID(0, 1);
  private static final UUID LATER = new UUID(0, 2);
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static final String DUE = "-1 second";

  private final PaymentDatabase database = new PaymentDatabase();
  private final FakeProvider provider = new FakeProvider();

  @AfterEach
  void close() {
    database.close();
  }

  private void start() {
    ProviderCalls calls =
        new ProviderCalls(
            database.vertx(),
            database.pool(),
            new PostgresPaymentRepository(),
            Outbox.create(),
            provider,
            new SimpleMeterRegistry());
    assertThat(ConnectedDatabase.await(database.vertx().deployVerticle(calls))).isNotEmpty();
  }

  private void awaitStatus(String status) {
    await()
        .atMost(WITHIN)
        .untilAsserted(() -> assertThat(database.payment(ORDER, "status")).isEqualTo(status));
  }

  @Test
  void dueChargeIsSentWithTheOrderAsItsKey() {
    database.payment(ORDER, "CHARGING", 0, DUE);

    start();

    awaitStatus("CHARGED");
    assertThat(provider.calls).containsExactly("charge " + ORDER + " 1099 EUR");
    assertThat(database.replies(ORDER)).isEqualTo("1 PaymentCharged");
  }

  @Test
  void refusedChargeIsDeclined() {
    provider.onCharge = request -> Future.succeededFuture(ChargeAnswer.DECLINED);
    database.payment(ORDER, "CHARGING", 0, DUE);

    start();

    awaitStatus("DECLINED");
    assertThat(database.payment(ORDER, "decline_reason")).isEqualTo("CARD_DECLINED");
    assertThat(database.replies(ORDER)).isEqualTo("1 PaymentDeclined");
  }

  @Test
  void dueRefundIsUndone() {
    database.payment(ORDER, "REFUNDING", 0, DUE);

    start();

    awaitStatus("REFUNDED");
    assertThat(provider.calls).containsExactly("undo " + ORDER);
    assertThat(database.replies(ORDER)).isEqualTo("1 PaymentRefunded");
  }

  @Test
  void failedCallCountsAsAnAttemptAndIsRepeated() {
    provider.onCharge =
        request ->
            provider.calls.size() == 1
                ? Future.failedFuture("no answer")
                : Future.succeededFuture(ChargeAnswer.APPROVED);
    database.payment(ORDER, "CHARGING", 0, DUE);

    start();

    awaitStatus("CHARGED");
    assertThat(provider.calls).isEqualTo(Collections.nCopies(2, "charge " + ORDER + " 1099 EUR"));
  }

  @Test
  void lastFailedAttemptIsUndoneBeforeItIsDeclined() {
    provider.onCharge = request -> Future.failedFuture("no answer");
    database.payment(ORDER, "CHARGING", 4, DUE);

    start();

    awaitStatus("DECLINED");
    assertThat(provider.calls).containsExactly("charge " + ORDER + " 1099 EUR", "undo " + ORDER);
    assertThat(database.payment(ORDER, "decline_reason")).isEqualTo("PROVIDER_UNAVAILABLE");
    assertThat(database.replies(ORDER)).isEqualTo("1 PaymentDeclined");
  }

  @Test
  void environmentFaultCountsAsNoAttempt() {
    provider.onCharge =
        request ->
            request.key().equals(ORDER)
                ? Future.failedFuture(new EnvironmentFaultException(new RuntimeException("ledger")))
                : Future.succeededFuture(ChargeAnswer.APPROVED);
    database.payment(ORDER, "CHARGING", 0, DUE);
    start();
    await().atMost(WITHIN).untilAsserted(() -> assertThat(provider.calls).isNotEmpty());

    // Once a later answer is written, an answer to the failed call would be written too.
    database.payment(LATER, "CHARGING", 0, DUE);
    await()
        .atMost(WITHIN)
        .untilAsserted(() -> assertThat(database.payment(LATER, "status")).isEqualTo("CHARGED"));

    assertThat(database.payment(ORDER, "status, attempts")).isEqualTo("CHARGING 0");
  }
}
