package dev.converge.lab.simulation;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.ParticipantMessages.ChargePayment;
import dev.converge.order.saga.ParticipantMessages.PaymentCharged;
import dev.converge.order.saga.ParticipantMessages.PaymentDeclined;
import dev.converge.order.saga.ParticipantMessages.PaymentRefunded;
import dev.converge.order.saga.ParticipantMessages.RefundPayment;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.Payment.Cause;
import dev.converge.payment.domain.PaymentDecision;
import dev.converge.payment.domain.PaymentDecision.Reply;
import dev.converge.payment.domain.PaymentStatus;
import dev.converge.payment.domain.Payments;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The payments: {@link Payments} decides, this locks, writes, leases and replies. */
final class PaymentService {
  /** For how long nobody else calls the provider. */
  static final long LEASE_MILLIS = 8_000;

  private static final String NAME = "payment";
  private static final long FIRST_WAIT_MILLIS = 200;
  private static final long LONGEST_WAIT_MILLIS = 10_000;
  private static final long LOOK_EVERY_MILLIS = 500;

  /** A row of the table of payments. */
  record PaymentRow(Payment payment, long nextAttemptMillis) {}

  /** What an answer of the provider makes of a payment. */
  interface Rule {
    PaymentDecision apply(Payment payment);
  }

  private final World world;
  private final Database database;
  private final Clock clock;
  private final Map<UUID, PaymentRow> payments = new LinkedHashMap<>();
  private final List<ProviderCalls> callers = new ArrayList<>();

  PaymentService(World world, List<Instance> instances, int maxBatch) {
    this.world = world;
    this.database = new Database(world, NAME);
    this.clock = world.clock("payment-db");
    ConsumerGroup group = world.group(ParticipantMessages.PAYMENT_COMMANDS, database);
    for (Instance instance : instances) {
      ProviderCalls caller = new ProviderCalls(world, instance, this);
      callers.add(caller);
      group.join(instance, new Commands(caller), maxBatch);
    }
    group.rebalance();
  }

  Database database() {
    return database;
  }

  Map<UUID, PaymentRow> payments() {
    return payments;
  }

  static Row row(UUID order) {
    return new Row("payment", order);
  }

  /** The handler of one instance, which calls the provider for what it has written. */
  private final class Commands implements Handler {
    private final ProviderCalls caller;

    Commands(ProviderCalls caller) {
      this.caller = caller;
    }

    @Override
    public List<Row> rows(List<Message> batch) {
      return batch.stream().map(message -> row(message.order())).toList();
    }

    @Override
    public Runnable handle(Transaction tx, List<Message> batch) {
      Map<UUID, PaymentDecision> last = new LinkedHashMap<>();
      for (Message message : batch) {
        PaymentDecision before = last.get(message.order());
        Payment known = before == null ? payment(message.order()) : before.payment();
        PaymentDecision decision = decide(message, known);
        tell(message, known, decision);
        reply(tx, decision);
        last.put(message.order(), decision);
      }
      List<Payment> leased = new ArrayList<>();
      for (PaymentDecision decision : last.values()) {
        if (save(tx, decision.payment(), LEASE_MILLIS)
            && decision.payment().status().awaitsProvider()) {
          leased.add(decision.payment());
        }
      }
      return () -> leased.forEach(caller::call);
    }
  }

  private @Nullable Payment payment(UUID order) {
    PaymentRow row = payments.get(order);
    return row == null ? null : row.payment();
  }

  private static PaymentDecision decide(Message message, @Nullable Payment known) {
    Cause cause = new Cause(new UUID(1, message.id()), null);
    if (message.payload() instanceof ChargePayment charge) {
      return Payments.charge(
          charge.orderId(),
          charge.amountMinor(),
          charge.currency(),
          charge.paymentToken(),
          known,
          cause);
    }
    if (message.payload() instanceof RefundPayment) {
      return Payments.refund(message.order(), known, cause);
    }
    throw new IllegalStateException(message.name() + " is not a command");
  }

  private void tell(Message message, @Nullable Payment known, PaymentDecision decision) {
    world
        .trace()
        .add(
            NAME,
            message.order(),
            message.name() + " -> " + decision.reply() + ", " + decision.payment().status());
    if (known == null && decision.reply() == Reply.REFUNDED) {
      world.count(Happening.TOMBSTONE_IN_PAYMENT);
    }
    if (known != null
        && known.status() == PaymentStatus.REFUNDED
        && decision.reply() == Reply.DECLINED) {
      world.count(Happening.DO_AFTER_ITS_TOMBSTONE);
    }
  }

  private void reply(Transaction tx, PaymentDecision decision) {
    Payment payment = decision.payment();
    UUID order = payment.orderId();
    String reason = payment.declineReason() == null ? "CANCELLED" : payment.declineReason();
    Record payload =
        switch (decision.reply()) {
          case NONE -> null;
          case CHARGED -> new PaymentCharged(order);
          case DECLINED -> new PaymentDeclined(order, reason);
          case REFUNDED -> new PaymentRefunded(order);
        };
    if (payload != null) {
      tx.append(
          world.message(
              NAME, ParticipantMessages.ORDER_REPLIES, order, payment.replies(), payload));
    }
  }

  /** Writes a payment; says whether it begins to await the provider anew. */
  @CanIgnoreReturnValue
  private boolean save(Transaction tx, Payment payment, long leaseMillis) {
    UUID order = payment.orderId();
    PaymentRow before = payments.get(order);
    boolean same =
        before != null
            && before.payment().status() == payment.status()
            && before.payment().attempts() == payment.attempts();
    tx.write(
        () -> {
          long due =
              same && before != null
                  ? before.nextAttemptMillis()
                  : clock.nowMillis() + waitMillis(payment, leaseMillis);
          write(new PaymentRow(payment, due));
        });
    return !same;
  }

  private static long waitMillis(Payment payment, long leaseMillis) {
    return payment.attempts() == 0
        ? leaseMillis
        : Math.min(LONGEST_WAIT_MILLIS, FIRST_WAIT_MILLIS << Math.min(payment.attempts() - 1, 10));
  }

  private void write(PaymentRow row) {
    payments.put(row.payment().orderId(), row);
    if (row.payment().status().awaitsProvider()) {
      long millis = row.nextAttemptMillis() - clock.nowMillis();
      lookAfter(Math.max(0, millis), row);
    }
  }

  // Each instance looks at times for rows that are due. What finds none is left out.
  private void lookAfter(long millis, PaymentRow row) {
    world.schedule().after(millis + world.random().nextLong(LOOK_EVERY_MILLIS), () -> look(row));
  }

  private void look(PaymentRow row) {
    UUID order = row.payment().orderId();
    if (!row.equals(payments.get(order))) {
      return;
    }
    List<ProviderCalls> live = callers.stream().filter(ProviderCalls::isUp).toList();
    long early = row.nextAttemptMillis() - clock.nowMillis();
    if (early > 0) {
      lookAfter(early, row);
    } else if (live.isEmpty() || database.isLocked(row(order))) {
      lookAfter(LOOK_EVERY_MILLIS, row);
    } else {
      world.count(Happening.LEASE_TAKEN_OVER);
      write(new PaymentRow(row.payment(), clock.nowMillis() + LEASE_MILLIS));
      live.get(world.random().nextInt(live.size())).call(row.payment());
    }
  }

  /** Has an answer take effect on the payment as it is now, in the caller's transaction. */
  void answered(Transaction tx, UUID order, Rule rule) {
    Payment known = payment(order);
    if (known == null) {
      throw new IllegalStateException(Trace.name(order) + " has no payment");
    }
    PaymentDecision decision = rule.apply(known);
    world
        .trace()
        .add(
            NAME,
            order,
            "answer: "
                + known.status()
                + " -> "
                + decision.reply()
                + ", "
                + decision.payment().status());
    if (decision.payment().status() == PaymentStatus.VOIDING
        && known.status() == PaymentStatus.CHARGING) {
      world.count(Happening.CHARGE_GIVEN_UP);
    }
    reply(tx, decision);
    save(tx, decision.payment(), 0);
  }
}
