package dev.converge.lab.simulation;

import dev.converge.payment.domain.Charge;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.PaymentStatus;
import dev.converge.payment.domain.ProviderAnswer;
import dev.converge.payment.domain.ProviderCall;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * One instance's calls to the provider. A call may fail, be delayed, or succeed and lose its
 * answer. It outlives the process that made it.
 */
final class ProviderCalls implements Instance.Part {
  private final World world;
  private final Instance instance;
  private final PaymentService service;
  private final Map<UUID, Integer> inFlight = new HashMap<>();

  ProviderCalls(World world, Instance instance, PaymentService service) {
    this.world = world;
    this.instance = instance;
    this.service = service;
    instance.add(this);
  }

  boolean isUp() {
    return instance.isUp();
  }

  /** A call, and whether its caller still waits for it. */
  private static final class Call {
    private final Payment payment;
    private boolean waits = true;
    private boolean timedOut;

    Call(Payment payment) {
      this.payment = payment;
    }
  }

  /** Charges, or undoes a charge that may have been made. */
  void call(Payment payment) {
    if (!instance.isUp()) {
      return;
    }
    world.count(CoveragePoint.PROVIDER_CALL);
    if (instance.crashes(CoveragePoint.CRASH_AROUND_PROVIDER_CALL)) {
      return;
    }
    if (inFlight.merge(payment.orderId(), 1, Integer::sum) > 1) {
      world.count(CoveragePoint.PROVIDER_CALLED_TWICE_CONCURRENTLY);
    }
    Call call = new Call(payment);
    if (world.faults().strikes(Fault.PROVIDER_ERROR)) {
      world.count(CoveragePoint.PROVIDER_ERROR);
      instance.next(() -> ended(call, unanswered(payment)));
      return;
    }
    int copies = world.faults().strikes(Fault.DUPLICATE) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      world.schedule().after(world.faults().delayMillis(), () -> arrives(call));
    }
    instance.after(
        ProviderCall.TIMEOUT.toMillis(),
        () -> {
          if (call.waits) {
            world.count(CoveragePoint.PROVIDER_TIMEOUT);
            call.timedOut = true;
            ended(call, unanswered(payment));
          }
        });
  }

  /** The request arrives at the provider. */
  private void arrives(Call call) {
    if (call.timedOut) {
      world.count(CoveragePoint.PROVIDER_EFFECT_AFTER_TIMEOUT);
    }
    ProviderAnswer answer = effect(call.payment);
    if (world.faults().strikes(Fault.PROVIDER_ANSWER_LOST)) {
      world.count(CoveragePoint.PROVIDER_ANSWER_LOST);
      return;
    }
    instance.next(
        () -> {
          if (call.waits) {
            ended(call, answer);
          }
        });
  }

  private ProviderAnswer effect(Payment payment) {
    UUID order = payment.orderId();
    return switch (ProviderCall.of(payment)) {
      case CHARGE -> ProviderAnswer.toCharge(order, charge(order, payment.charge()));
      case UNDO -> {
        world.provider().undo(order);
        yield new ProviderAnswer.Undone(order);
      }
    };
  }

  private boolean charge(UUID order, Charge charge) {
    return world.provider().charge(order, charge.amountMinor(), charge.token());
  }

  private ProviderAnswer unanswered(Payment payment) {
    return world.is(Broken.LOST_ANSWER_IS_A_DECLINE) && payment.status() == PaymentStatus.CHARGING
        ? new ProviderAnswer.Declined(payment.orderId(), "PROVIDER_UNAVAILABLE")
        : new ProviderAnswer.Unanswered(payment.orderId());
  }

  private void ended(Call call, ProviderAnswer answer) {
    call.waits = false;
    inFlight.computeIfPresent(call.payment.orderId(), (order, calls) -> calls - 1);
    write(answer);
  }

  private void write(ProviderAnswer answer) {
    Transaction tx = service.database().begin(instance);
    if (!tx.lock(List.of(PaymentService.row(answer.orderId())))) {
      service.database().whenFree(instance.alive(() -> write(answer)));
      return;
    }
    service.answered(tx, answer);
    instance.next(() -> commit(tx));
  }

  // If the outcome cannot be written, the lease expires and the call is repeated.
  private void commit(Transaction tx) {
    if (instance.crashes(CoveragePoint.CRASH_AROUND_PROVIDER_CALL)) {
      return;
    }
    if (world.faults().strikes(Fault.LOST_CONNECTION)) {
      world.count(CoveragePoint.CONNECTION_LOST);
      tx.rollback();
      return;
    }
    tx.commit();
  }

  @Override
  public void started() {}

  @Override
  public void crashed() {
    inFlight.clear();
  }
}
