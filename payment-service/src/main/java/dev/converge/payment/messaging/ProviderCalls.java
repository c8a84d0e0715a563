package dev.converge.payment.messaging;

import dev.converge.outbox.Outbox;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.domain.Charge;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.ProviderAnswer;
import dev.converge.payment.domain.ProviderAnswer.Unanswered;
import dev.converge.payment.domain.ProviderAnswer.Undone;
import dev.converge.payment.domain.ProviderCall;
import dev.converge.payment.provider.PaymentProvider;
import dev.converge.payment.provider.PaymentProvider.ChargeAnswer;
import dev.converge.payment.provider.PaymentProvider.ChargeRequest;
import dev.converge.payment.provider.PaymentProvider.EnvironmentFaultException;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the provider for the payments that await it. A payment is leased to one process: by the
 * transaction that wrote it, or by a claim of rows that are due. After a crash the lease expires,
 * and another process repeats the call with the same key.
 */
public final class ProviderCalls extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ProviderCalls.class);
  static final int MAX_IN_FLIGHT = 1_024;
  private static final int MAX_CLAIM = 256;
  private static final int MAX_WAITING = 2 * MAX_IN_FLIGHT;
  private static final Duration CLAIM_EVERY = Duration.ofMillis(500);

  private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(5);

  private final Pool pool;
  private final PaymentRepository payments;
  private final PaymentProvider provider;
  private final ProviderAnswers answers;
  private int inFlight;
  private boolean claiming;
  private boolean again;

  public ProviderCalls(
      Vertx vertx,
      Pool pool,
      PaymentRepository payments,
      Outbox outbox,
      PaymentProvider provider,
      MeterRegistry meters) {
    this.pool = pool;
    this.payments = payments;
    this.provider = provider;
    this.answers = new ProviderAnswers(vertx, pool, payments, outbox, meters, MAX_WAITING);
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(CLAIM_EVERY.toMillis(), timer -> claim());
    return Future.succeededFuture();
  }

  /** Calls the provider for payments that a committed transaction leased to this process. */
  void take(List<Payment> leased) {
    if (context != null && !leased.isEmpty()) {
      context.runOnContext(taken -> callOrRelease(leased));
    }
  }

  private void callOrRelease(List<Payment> leased) {
    int room = Math.min(leased.size(), Math.max(0, MAX_IN_FLIGHT - inFlight));
    leased.subList(0, room).forEach(this::call);
    if (room < leased.size()) {
      release(leased.subList(room, leased.size()));
    }
  }

  // Calls beyond the limit wait in the table, not in memory.
  private void release(List<Payment> leased) {
    payments
        .release(pool, leased)
        .timeout(STATEMENT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(released -> claim())
        .onFailure(
            cause -> LOG.warn("leases not released, they will expire: {}", String.valueOf(cause)));
  }

  /** Claims payments that are due, unless a claim is running or there is no room for a call. */
  void claim() {
    if (claiming || inFlight >= MAX_IN_FLIGHT) {
      again = true;
      return;
    }
    claiming = true;
    again = false;
    payments
        .claim(pool, Math.min(MAX_CLAIM, MAX_IN_FLIGHT - inFlight), ProviderCall.LEASE)
        .timeout(STATEMENT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(claimed -> claimed.forEach(this::call))
        .onFailure(cause -> LOG.warn("payments not claimed: {}", String.valueOf(cause)))
        .onComplete(claimed -> claimed());
  }

  private void claimed() {
    claiming = false;
    if (again && inFlight < MAX_IN_FLIGHT) {
      claim();
    }
  }

  private void call(Payment payment) {
    inFlight++;
    Future.succeededFuture(payment)
        .map(ProviderCall::of)
        .compose(call -> ask(call, payment))
        .timeout(ProviderCall.TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .recover(cause -> unanswered(payment, cause))
        .compose(answers::submit)
        .onFailure(
            cause ->
                LOG.warn(
                    "order {}: answer not written, the call will be repeated: {}",
                    payment.orderId(),
                    String.valueOf(cause)))
        .onComplete(done -> ended());
  }

  private void ended() {
    inFlight--;
    if (again) {
      claim();
    }
  }

  private Future<ProviderAnswer> ask(ProviderCall call, Payment payment) {
    UUID orderId = payment.orderId();
    return switch (call) {
      case CHARGE -> provider.charge(request(payment)).map(answer -> answer(orderId, answer));
      case UNDO -> provider.undo(orderId).map(undone -> new Undone(orderId));
    };
  }

  private static ChargeRequest request(Payment payment) {
    Charge charge = payment.charge();
    return new ChargeRequest(
        payment.orderId(), charge.amountMinor(), charge.currency(), charge.token());
  }

  private static ProviderAnswer answer(UUID orderId, ChargeAnswer answer) {
    return ProviderAnswer.toCharge(orderId, answer == ChargeAnswer.APPROVED);
  }

  // After a fault of our own environment nothing is written: the call is repeated when the lease
  // expires.
  private static Future<ProviderAnswer> unanswered(Payment payment, Throwable cause) {
    if (cause instanceof EnvironmentFaultException) {
      return Future.failedFuture(cause);
    }
    LOG.warn(
        "order {}: {} attempt {}: {}",
        payment.orderId(),
        payment.status(),
        payment.attempts() + 1,
        String.valueOf(cause));
    return Future.succeededFuture(new Unanswered(payment.orderId()));
  }
}
