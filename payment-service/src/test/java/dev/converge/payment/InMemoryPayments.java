package dev.converge.payment;

import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxMessage;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.domain.Charge;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.Payment.Cause;
import dev.converge.payment.domain.PaymentStatus;
import dev.converge.testkit.InMemoryDatabase;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.LongStream;

/** The payments and their outbox in memory, for unit tests. A payment without a lease is due. */
public final class InMemoryPayments implements PaymentRepository {
  public static final String LOCK = "lock payments";
  public static final String SAVE = "save payments";
  public static final String CLAIM = "claim payments";
  public static final String RELEASE = "release payments";
  public static final String APPEND = "append";

  private final InMemoryDatabase database = new InMemoryDatabase();
  private final Map<UUID, Payment> byOrder = database.table();
  private final Map<UUID, Duration> leases = database.table();
  private final Map<UUID, OutboxMessage> sent = database.table();

  public InMemoryDatabase database() {
    return database;
  }

  /** Payments of orders 1 to this number, which await their first call. */
  public static List<Payment> charging(int payments) {
    return LongStream.rangeClosed(1, payments)
        .mapToObj(order -> payment(new UUID(0, order), PaymentStatus.CHARGING, 0))
        .toList();
  }

  public static Payment payment(UUID orderId, PaymentStatus status, int attempts) {
    return new Payment(
        orderId,
        new Charge(1_099, "EUR", "tok_ok"),
        status,
        null,
        attempts,
        new Cause(new UUID(9, 9), null),
        0);
  }

  /** Adds payments that are due for a call. */
  public void addDue(Collection<Payment> payments) {
    payments.forEach(payment -> byOrder.put(payment.orderId(), payment));
  }

  /** Adds payments that are leased. */
  public void addLeased(Collection<Payment> payments) {
    addDue(payments);
    payments.forEach(payment -> leases.put(payment.orderId(), Duration.ofSeconds(8)));
  }

  /** A payment as {@code status attempts replies}. */
  public String payment(UUID orderId) {
    return Optional.ofNullable(byOrder.get(orderId))
        .map(found -> found.status() + " " + found.attempts() + " " + found.replies())
        .orElse("none");
  }

  public Payment stored(UUID orderId) {
    return Optional.ofNullable(byOrder.get(orderId)).orElseThrow();
  }

  public Optional<Duration> lease(UUID orderId) {
    return Optional.ofNullable(leases.get(orderId));
  }

  /** The messages in the outbox, in their order. */
  public List<OutboxMessage> sent() {
    return List.copyOf(sent.values());
  }

  /** The messages in the outbox as {@code order sequence type}, the order by its last digit. */
  public List<String> replies() {
    return sent.values().stream().map(InMemoryPayments::reply).toList();
  }

  private static String reply(OutboxMessage message) {
    String type = message.payload().type().replaceAll(".*\\.(\\w+)\\.v1", "$1");
    return message.aggregateId().substring(35) + " " + message.sequence() + " " + type;
  }

  public Outbox outbox() {
    return (tx, messages) ->
        database.write(
            tx, APPEND, () -> messages.forEach(message -> sent.put(message.id(), message)));
  }

  @Override
  public Future<Map<UUID, Payment>> lock(SqlConnection tx, Collection<UUID> orderIds) {
    Map<UUID, Payment> found = new TreeMap<>(byOrder);
    found.keySet().retainAll(orderIds);
    return database.query(tx, LOCK + " of " + orderIds.size(), () -> found);
  }

  @Override
  public Future<Void> save(
      SqlConnection tx, List<Payment> payments, Set<UUID> known, Duration lease) {
    return database.write(tx, SAVE, () -> payments.forEach(one -> save(one, known, lease)));
  }

  private void save(Payment payment, Set<UUID> known, Duration lease) {
    Payment before = byOrder.put(payment.orderId(), payment);
    if (known.contains(payment.orderId()) != (before != null)
        || (before != null && before.replies() > payment.replies())) {
      throw new IllegalStateException("payment: " + before + ", then " + payment);
    }
    boolean isUnchanged =
        before != null
            && before.status() == payment.status()
            && before.attempts() == payment.attempts();
    if (!isUnchanged) {
      leases.remove(payment.orderId());
      if (payment.status().awaitsProvider() && !lease.isZero()) {
        leases.put(payment.orderId(), lease);
      }
    }
  }

  @Override
  public Future<List<Payment>> claim(SqlClient client, int limit, Duration lease) {
    return database.query(client, CLAIM, () -> claim(limit, lease));
  }

  private List<Payment> claim(int limit, Duration lease) {
    List<Payment> due =
        byOrder.values().stream()
            .filter(payment -> payment.status().awaitsProvider())
            .filter(payment -> !leases.containsKey(payment.orderId()))
            .limit(limit)
            .toList();
    due.forEach(payment -> leases.put(payment.orderId(), lease));
    return due;
  }

  @Override
  public Future<Void> release(SqlClient client, List<Payment> leased) {
    return database.write(
        client, RELEASE, () -> leased.forEach(payment -> leases.remove(payment.orderId())));
  }

  @Override
  public Future<Optional<Payment>> find(SqlClient client, UUID orderId) {
    return database.query(client, "find payment", () -> Optional.ofNullable(byOrder.get(orderId)));
  }
}
