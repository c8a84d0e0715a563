package dev.converge.payment.postgres;

import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.payment.PaymentDatabase;
import dev.converge.payment.domain.Charge;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.Payment.Cause;
import dev.converge.payment.domain.PaymentStatus;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: payments are read as they were written, a stale write fails, and a payment is due for one
 * process at a time. Method: the repository on a real PostgreSQL, with the service's role.
 */
class PostgresPaymentRepositoryIT {
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);
  private static final String TRACEPARENT =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  private static final Duration LEASE = Duration.ofMinutes(5);

  private final PaymentDatabase database = new PaymentDatabase();
  private final PostgresPaymentRepository payments = new PostgresPaymentRepository();

  @AfterEach
  void close() {
    database.close();
  }

  private static Payment payment(
      UUID orderId, PaymentStatus status, @Nullable String reason, int attempts, long replies) {
    return new Payment(
        orderId,
        new Charge(1_099, "EUR", "tok_ok"),
        status,
        reason,
        attempts,
        new Cause(new UUID(1, replies), replies == 0 ? null : TRACEPARENT),
        replies);
  }

  private void save(Set<UUID> known, Payment... changed) {
    database.inTransaction(tx -> payments.save(tx, List.of(changed), known, LEASE));
  }

  private Map<UUID, Payment> lock(UUID... orderIds) {
    return database.inTransaction(tx -> payments.lock(tx, List.of(orderIds)));
  }

  private List<UUID> claim(int limit) {
    return await(payments.claim(database.pool(), limit, LEASE)).stream()
        .map(Payment::orderId)
        .toList();
  }

  /** The minutes until a payment is due, rounded up. */
  private String dueInMinutes(UUID orderId) {
    return database.payment(orderId, "ceil(extract(epoch FROM next_attempt_at - now()) / 60)::int");
  }

  @Test
  void newAndChangedPaymentsAreReadAsWritten() {
    Payment charging = payment(BOB, PaymentStatus.CHARGING, null, 0, 0);
    Payment declined = payment(BOB, PaymentStatus.DECLINED, "CARD_DECLINED", 0, 1);
    Payment other = payment(ADA, PaymentStatus.REFUNDED, null, 0, 1);

    save(Set.of(), charging);
    assertThat(lock(BOB)).containsEntry(BOB, charging);
    save(Set.of(BOB), declined, other);

    assertThat(lock(BOB, ADA, new UUID(0, 3)).values()).containsExactly(other, declined);
    assertThat(await(payments.find(database.pool(), BOB))).contains(declined);
    assertThat(await(payments.find(database.pool(), new UUID(0, 3)))).isEmpty();
  }

  @Test
  void writeWithFewerRepliesFailsTheTransaction() {
    save(Set.of(), payment(ADA, PaymentStatus.CHARGED, null, 0, 2));

    assertThatThrownBy(() -> save(Set.of(ADA), payment(ADA, PaymentStatus.REFUNDING, null, 0, 1)))
        .hasMessageContaining("payment rows written: 0 (expected: 1)");
    assertThat(database.payment(ADA, "status")).isEqualTo("CHARGED");
  }

  @Test
  void newPaymentIsLeasedToItsWriter() {
    save(Set.of(), payment(ADA, PaymentStatus.CHARGING, null, 0, 0));

    assertThat(dueInMinutes(ADA)).isEqualTo("5");
    assertThat(claim(10)).isEmpty();
  }

  @Test
  void unchangedStatusKeepsItsLease() {
    database.payment(ADA, "REFUNDING", 0, "2 minutes");

    save(Set.of(ADA), payment(ADA, PaymentStatus.REFUNDING, null, 0, 0));

    assertThat(dueInMinutes(ADA)).isEqualTo("2");
  }

  @Test
  void failedCallsAreRepeatedAfterABackoffOfTenSecondsAtMost() {
    database.payment(ADA, "CHARGING", 0, "-1 second");
    database.payment(BOB, "REFUNDING", 99, "-1 second");

    save(
        Set.of(ADA, BOB),
        payment(ADA, PaymentStatus.CHARGING, null, 1, 0),
        payment(BOB, PaymentStatus.REFUNDING, null, 100, 0));

    String backoff = "next_attempt_at - updated_at";
    assertThat(database.payment(ADA, backoff)).isEqualTo("00:00:00.2");
    assertThat(database.payment(BOB, backoff)).isEqualTo("00:00:10");
  }

  @Test
  void claimLeasesDuePaymentsThatAwaitTheProviderOldestFirst() {
    database.payment(new UUID(0, 3), "CHARGING", 0, "-1 minute");
    database.payment(new UUID(0, 4), "VOIDING", 0, "-3 minutes");
    database.payment(new UUID(0, 5), "REFUNDING", 0, "-2 minutes");
    database.payment(new UUID(0, 6), "CHARGING", 0, "1 minute");
    database.payment(new UUID(0, 7), "CHARGED", 0, "-1 minute");

    assertThat(claim(2)).containsExactlyInAnyOrder(new UUID(0, 4), new UUID(0, 5));
    assertThat(claim(10)).containsExactly(new UUID(0, 3));
    assertThat(claim(10)).isEmpty();
    assertThat(dueInMinutes(new UUID(0, 3))).isEqualTo("5");
  }

  @Test
  void claimSkipsLockedPayments() {
    database.payment(ADA, "CHARGING", 0, "-1 minute");
    database.payment(BOB, "CHARGING", 0, "-1 minute");

    Future<List<Payment>> claimed =
        database
            .pool()
            .withTransaction(
                tx ->
                    payments
                        .lock(tx, List.of(ADA))
                        .compose(locked -> payments.claim(database.pool(), 10, LEASE)));

    assertThat(await(claimed)).extracting(Payment::orderId).containsExactly(BOB);
  }

  @Test
  void releasedPaymentsAreDueNow() {
    database.payment(ADA, "CHARGING", 0, "5 minutes");
    database.payment(BOB, "CHARGED", 0, "5 minutes");

    await(
        payments.release(
            database.pool(),
            List.of(
                payment(ADA, PaymentStatus.CHARGING, null, 0, 0),
                payment(BOB, PaymentStatus.CHARGING, null, 0, 0))));

    assertThat(claim(10)).containsExactly(ADA);
    assertThat(dueInMinutes(BOB)).isEqualTo("5");
  }
}
