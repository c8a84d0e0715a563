package dev.converge.payment.messaging;

import dev.converge.outbox.Outbox;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.PaymentDecision;
import dev.converge.payment.domain.PaymentStatus;
import dev.converge.payment.domain.Payments;
import dev.converge.payment.postgres.PaymentRepository;
import dev.converge.payment.provider.PaymentProvider;
import dev.converge.payment.provider.PaymentProvider.ChargeAnswer;
import dev.converge.payment.provider.PaymentProvider.ChargeRequest;
import dev.converge.payment.provider.PaymentProvider.EnvironmentFaultException;
import dev.converge.service.GroupCommit;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the provider for the payments that await it. They are leased, by the transaction that wrote
 * them or by a claim of rows that are due, and a lease outlives its holder only so long: after a
 * crash the calls are made again, with the same key.
 */
public final class ProviderCalls extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ProviderCalls.class);
  private static final int MAX_IN_FLIGHT = 1_024;
  private static final int MAX_BATCH = 256;
  private static final int MAX_WAITING = 2 * MAX_IN_FLIGHT;
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  /** How long a call may take; the lease is longer, so that a call ends before it is repeated. */
  static final Duration CALL_TIMEOUT = Duration.ofSeconds(6);

  static final Duration LEASE = Duration.ofSeconds(8);

  private static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(5);

  private record Answered(UUID orderId, Rule rule) {}

  private interface Rule extends java.util.function.Function<Payment, PaymentDecision> {}

  private final Pool pool;
  private final PaymentRepository payments;
  private final PaymentReplies replies;
  private final PaymentProvider provider;
  private final GroupCommit<Answered, PaymentDecision> outcomes;
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
    this.replies = new PaymentReplies(payments, outbox);
    this.provider = provider;
    this.outcomes =
        new GroupCommit<>(
            vertx, "payment.outcome", meters, MAX_BATCH, MAX_WAITING, Duration.ZERO, this::write);
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(LOOK_EVERY.toMillis(), timer -> claim());
    return Future.succeededFuture();
  }

  /** Calls for payments that the transaction just committed has leased to this service. */
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

  // More than may be in flight: the table is their queue.
  private void release(List<Payment> leased) {
    payments
        .release(pool, leased)
        .timeout(COMMIT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(released -> claim())
        .onFailure(
            cause -> LOG.warn("leases not released, they end by time: {}", String.valueOf(cause)));
  }

  private void claim() {
    if (claiming || inFlight >= MAX_IN_FLIGHT) {
      again = true;
      return;
    }
    claiming = true;
    again = false;
    payments
        .claim(pool, Math.min(MAX_BATCH, MAX_IN_FLIGHT - inFlight), LEASE)
        .timeout(COMMIT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
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
    inTime(ask(payment))
        .recover(cause -> failed(payment, cause))
        .compose(rule -> outcomes.submit(new Answered(payment.orderId(), rule)))
        .onFailure(
            cause ->
                LOG.warn(
                    "order {}: outcome not written, the call will be repeated: {}",
                    payment.orderId(),
                    String.valueOf(cause)))
        .onComplete(done -> ended());
  }

  // Not Future.timeout: of a future without a context it goes on on a thread of Netty's own.
  private <T> Future<T> inTime(Future<T> call) {
    Promise<T> answer = Promise.promise();
    long timer =
        vertx.setTimer(
            CALL_TIMEOUT.toMillis(),
            late -> answer.tryFail(new TimeoutException("no answer within " + CALL_TIMEOUT)));
    call.onComplete(
        done -> {
          vertx.cancelTimer(timer);
          if (done.succeeded()) {
            answer.tryComplete(done.result());
          } else {
            answer.tryFail(done.cause());
          }
        });
    return answer.future();
  }

  private void ended() {
    inFlight--;
    if (again) {
      claim();
    }
  }

  private Future<Rule> ask(Payment payment) {
    if (payment.status() == PaymentStatus.CHARGING) {
      ChargeRequest request =
          new ChargeRequest(
              payment.orderId(), payment.amountMinor(), payment.currency(), payment.token());
      return provider.charge(request).map(ProviderCalls::rule);
    }
    return provider.undo(payment.orderId()).map(undone -> Payments::undone);
  }

  private static Rule rule(ChargeAnswer answer) {
    return switch (answer) {
      case APPROVED -> Payments::approved;
      case DECLINED -> payment -> Payments.declined(payment, "CARD_DECLINED");
    };
  }

  // What has no outcome is called for again when its lease ends.
  private static Future<Rule> failed(Payment payment, Throwable cause) {
    return cause instanceof EnvironmentFaultException
        ? Future.failedFuture(cause)
        : Future.succeededFuture(unanswered(payment, cause));
  }

  private static Rule unanswered(Payment payment, Throwable cause) {
    LOG.warn(
        "order {}: {} attempt {}: {}",
        payment.orderId(),
        payment.status(),
        payment.attempts() + 1,
        String.valueOf(cause));
    return Payments::unanswered;
  }

  private Future<List<PaymentDecision>> write(List<Answered> answered) {
    return pool.withTransaction(tx -> writeIn(tx, answered))
        .timeout(COMMIT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Future<List<PaymentDecision>> writeIn(SqlConnection tx, List<Answered> answered) {
    List<UUID> orderIds = answered.stream().map(Answered::orderId).distinct().toList();
    return payments.lock(tx, orderIds).compose(known -> write(tx, decide(answered, known), known));
  }

  private Future<List<PaymentDecision>> write(
      SqlConnection tx, List<PaymentDecision> decisions, Map<UUID, Payment> known) {
    return replies.write(tx, decisions, known.keySet(), Duration.ZERO).map(decisions);
  }

  private static List<PaymentDecision> decide(List<Answered> answered, Map<UUID, Payment> known) {
    Map<UUID, Payment> now = new HashMap<>(known);
    List<PaymentDecision> decisions = new ArrayList<>();
    for (Answered answer : answered) {
      PaymentDecision decision =
          answer.rule().apply(locked(now.get(answer.orderId()), answer.orderId()));
      now.put(answer.orderId(), decision.payment());
      decisions.add(decision);
    }
    return decisions;
  }

  private static Payment locked(@Nullable Payment payment, UUID orderId) {
    if (payment == null) {
      throw new IllegalStateException("order " + orderId + " has no payment");
    }
    return payment;
  }
}
