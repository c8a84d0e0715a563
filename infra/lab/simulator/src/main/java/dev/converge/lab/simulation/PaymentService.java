package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.order.saga.ParticipantMessages;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.PaymentBatch;
import dev.converge.payment.domain.PaymentCommand;
import dev.converge.payment.domain.PaymentDecision;
import dev.converge.payment.domain.PaymentDecision.Reply;
import dev.converge.payment.domain.PaymentStatus;
import dev.converge.payment.domain.Payments;
import dev.converge.payment.domain.ProviderAnswer;
import dev.converge.payment.domain.ProviderCall;
import dev.converge.payment.messaging.PaymentMessages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The payments: locks rows, runs the product's {@link PaymentBatch}, writes its result. */
final class PaymentService {
  private static final String NAME = "payment";
  private static final long POLL_EVERY_MILLIS = 500;

  /** A row of the table of payments. */
  record PaymentRow(Payment payment, long nextAttemptMillis) {}

  private final World world;
  private final Database database;
  private final Clock clock;
  private final Map<UUID, PaymentRow> payments = new LinkedHashMap<>();
  private final List<ProviderCalls> callers = new ArrayList<>();

  PaymentService(World world, List<Instance> instances) {
    this.world = world;
    this.database = new Database(world, NAME);
    this.clock = world.clock("payment-db");
    ConsumerGroup group = world.group(ParticipantMessages.PAYMENT_COMMANDS, database);
    for (Instance instance : instances) {
      ProviderCalls caller = new ProviderCalls(world, instance, this);
      callers.add(caller);
      group.join(instance, new Commands(caller));
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
      List<PaymentCommand> commands =
          batch.stream().map(Wire::inbound).map(PaymentMessages::command).toList();
      PaymentBatch decided = PaymentBatch.decide(commands, known(batch));
      Map<UUID, PaymentStatus> statuses = statuses(batch);
      for (int i = 0; i < batch.size(); i++) {
        PaymentDecision decision = decided.decisions().get(i);
        UUID order = batch.get(i).order();
        count(batch.get(i), statuses.get(order), decision);
        statuses.put(order, decision.payment().status());
      }
      write(tx, decided, ProviderCall.LEASE);
      return () -> decided.toCall().forEach(caller::call);
    }
  }

  private Map<UUID, Payment> known(List<Message> batch) {
    Map<UUID, Payment> known = new LinkedHashMap<>();
    for (Message message : batch) {
      PaymentRow row = payments.get(message.order());
      if (row != null) {
        known.put(message.order(), row.payment());
      }
    }
    return known;
  }

  private Map<UUID, PaymentStatus> statuses(List<Message> batch) {
    Map<UUID, PaymentStatus> statuses = new LinkedHashMap<>();
    known(batch).forEach((order, payment) -> statuses.put(order, payment.status()));
    return statuses;
  }

  private void write(Transaction tx, PaymentBatch decided, Duration lease) {
    decided.decisions().forEach(decision -> reply(tx, decision));
    decided.payments().forEach(payment -> save(tx, payment, lease));
  }

  private void count(Message message, @Nullable PaymentStatus before, PaymentDecision decision) {
    world
        .trace()
        .add(
            NAME,
            message.order(),
            message.name() + " -> " + decision.reply() + ", " + decision.payment().status());
    if (before == null && decision.reply() == Reply.REFUNDED) {
      world.count(CoveragePoint.TOMBSTONE_IN_PAYMENT);
    }
    if (before == PaymentStatus.REFUNDED && decision.reply() == Reply.DECLINED) {
      world.count(CoveragePoint.DO_AFTER_ITS_TOMBSTONE);
    }
  }

  private void reply(Transaction tx, PaymentDecision decision) {
    Payment payment = decision.payment();
    PaymentMessages.reply(decision)
        .map(reply -> Wire.reply(payment.orderId(), reply))
        .map(reply -> message(payment, reply))
        .ifPresent(tx::append);
  }

  private Message message(Payment payment, Record reply) {
    return world.message(
        NAME, ParticipantMessages.ORDER_REPLIES, payment.orderId(), payment.replies(), reply);
  }

  private void save(Transaction tx, Payment payment, Duration lease) {
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
                  : clock.nowMillis() + Payments.untilNextAttempt(payment, lease).toMillis();
          write(new PaymentRow(payment, due));
        });
  }

  private void write(PaymentRow row) {
    payments.put(row.payment().orderId(), row);
    if (row.payment().status().awaitsProvider()) {
      long millis = row.nextAttemptMillis() - clock.nowMillis();
      pollAfter(Math.max(0, millis), row);
    }
  }

  // Each instance polls for due rows. Polls that would find nothing are left out.
  private void pollAfter(long millis, PaymentRow row) {
    world.schedule().after(millis + world.random().nextLong(POLL_EVERY_MILLIS), () -> poll(row));
  }

  private void poll(PaymentRow row) {
    UUID order = row.payment().orderId();
    if (!row.equals(payments.get(order))) {
      return;
    }
    List<ProviderCalls> live = callers.stream().filter(ProviderCalls::isUp).toList();
    long early = row.nextAttemptMillis() - clock.nowMillis();
    if (early > 0) {
      pollAfter(early, row);
    } else if (live.isEmpty() || database.isLocked(row(order))) {
      pollAfter(POLL_EVERY_MILLIS, row);
    } else {
      world.count(CoveragePoint.LEASE_TAKEN_OVER);
      write(new PaymentRow(row.payment(), clock.nowMillis() + ProviderCall.LEASE.toMillis()));
      live.get(world.random().nextInt(live.size())).call(row.payment());
    }
  }

  /** Applies an answer to the payment as it is now, in the caller's transaction. */
  void answered(Transaction tx, ProviderAnswer answer) {
    UUID order = answer.orderId();
    Map<UUID, Payment> known = new LinkedHashMap<>();
    PaymentRow row = payments.get(order);
    if (row != null) {
      known.put(order, row.payment());
    }
    PaymentBatch decided = PaymentBatch.decideAnswers(List.of(answer), known);
    PaymentStatus before = requireNonNull(known.get(order)).status();
    PaymentDecision decision = decided.decisions().get(0);
    PaymentStatus after = decision.payment().status();
    world.trace().add(NAME, order, "answer: " + before + " -> " + decision.reply() + ", " + after);
    if (after == PaymentStatus.VOIDING && before == PaymentStatus.CHARGING) {
      world.count(CoveragePoint.CHARGE_GIVEN_UP);
    }
    write(tx, decided, Duration.ZERO);
  }
}
