package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.ReservationStatus;
import dev.converge.inventory.domain.StockItem;
import dev.converge.lab.SagaRules;
import dev.converge.lab.simulation.Client.Answer;
import dev.converge.lab.simulation.Effects.Kind;
import dev.converge.lab.simulation.OrderDatabase.Transition;
import dev.converge.lab.simulation.PaymentService.PaymentRow;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.ParticipantMessages.OrderCancelled;
import dev.converge.order.saga.ParticipantMessages.OrderCompleted;
import dev.converge.order.saga.ParticipantMessages.OrderRejected;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaStatus;
import dev.converge.payment.domain.PaymentStatus;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What must hold: always, or once the system is quiescent. The numbers are those of
 * docs/simulation.md. Each is judged from the tables, the topics and the witnesses, never by the
 * rules under test.
 */
final class Invariants {
  private static final SagaRules RULES = SagaRules.PLACE_ORDER;

  private Invariants() {}

  /** I13: never oversold, and what is reserved is what the reservations say. */
  static void stockIsTrue(Map<UUID, Reservation> reservations, Map<String, Stock> stock) {
    Map<String, Long> reserved = new HashMap<>();
    Map<String, Long> shipped = new HashMap<>();
    for (Reservation reservation : reservations.values()) {
      Map<String, Long> sums =
          reservation.status() == ReservationStatus.RESERVED ? reserved : shipped;
      if (reservation.status() == ReservationStatus.RESERVED
          || reservation.status() == ReservationStatus.SHIPPED) {
        for (ReservationLine line : reservation.lines()) {
          sums.merge(line.sku(), (long) line.quantity(), Long::sum);
        }
      }
    }
    for (Stock row : stock.values()) {
      StockItem item = row.item();
      boolean holds =
          item.available() >= 0
              && item.reserved() == reserved.getOrDefault(item.sku(), 0L)
              && item.shipped() == shipped.getOrDefault(item.sku(), 0L)
              && item.available() + item.reserved() + item.shipped() == row.received();
      Violation.unless(
          holds, "I13", null, row + ", but reserved " + reserved + ", shipped " + shipped);
    }
  }

  /** I20: a committed offset never passes a record that no transaction has marked as seen. */
  static void offsetCovers(Database database, List<Topic.Entry> entries) {
    for (Topic.Entry entry : entries) {
      Message message = entry.message();
      Violation.unless(
          database.hasSeen(message.id()),
          "I20",
          message.order(),
          "the offset of " + database.name() + " passes " + message.name() + ", not in the inbox");
    }
  }

  /** I5: every order ends. */
  static void everyOrderHasEnded(World world) {
    OrderDatabase tables = world.orders().tables();
    tables.orders().values().forEach(order -> ended(tables, order));
  }

  /** All that holds once nothing happens any more. */
  static void whenQuiescent(World world) {
    OrderDatabase tables = world.orders().tables();
    everyOrderHasEnded(world);
    world.answers().forEach(answer -> answered(tables, answer));
    keys(tables);
    for (Order order : tables.orders().values()) {
      legal(order, tables.log(order.orderId()));
      effects(world, order);
    }
    goods(world);
    money(world);
    world.topics().values().forEach(Invariants::order);
    world.databases().forEach(database -> published(world, database));
    world.groups().forEach(group -> consumed(world, group));
    tables.orders().values().forEach(order -> endEvents(world, order));
  }

  /** I1, I2, I3: an answer stays true. */
  private static void answered(OrderDatabase tables, Answer answer) {
    Order order = tables.orders().get(answer.order());
    Violation.unless(order != null, "I1", answer.order(), "it was accepted, and is gone");
    boolean refused = answer.verdict() == Verdict.KEY_REUSED;
    Violation.unless(
        answer.verdict() == Verdict.ACCEPTED || !tables.orders().containsKey(answer.own()),
        "I2",
        answer.own(),
        "it was not accepted, and is there");
    boolean same =
        requireNonNull(order).lines().equals(answer.client().fingerprint().lines())
            && order.paymentToken().equals(answer.client().fingerprint().token());
    Violation.unless(
        same != refused,
        "I3",
        answer.order(),
        answer.verdict() + " for " + answer.client().fingerprint());
  }

  /** I3: a key has one order, which every answer names. */
  private static void keys(OrderDatabase tables) {
    Map<String, UUID> placed = new HashMap<>();
    for (Order order : tables.orders().values()) {
      // The key is the order's customer.
      UUID before = placed.put(order.customerId(), order.orderId());
      Violation.unless(
          before == null, "I3", order.orderId(), order.customerId() + " has two orders");
      OrderDatabase.IdempotencyKey key = tables.keys().get(order.customerId());
      Violation.unless(
          key != null && key.order().equals(order.orderId()),
          "I3",
          order.orderId(),
          order.customerId() + " does not belong to " + key);
    }
    Violation.unless(placed.size() == tables.keys().size(), "I3", null, "a key without its order");
  }

  private static void ended(OrderDatabase tables, Order order) {
    SagaInstance saga = tables.sagas().get(order.orderId());
    Violation.unless(
        saga != null && saga.status().isTerminal(), "I5", order.orderId(), "never ends: " + saga);
  }

  /** I6: the log of each saga is a path that its rules allow, each version once. */
  private static void legal(Order order, List<Transition> log) {
    Transition before = null;
    for (Transition transition : log) {
      SagaInstance next = transition.saga();
      Violation.unless(
          before == null ? begins(next) : follows(before.saga(), transition),
          "I6",
          order.orderId(),
          (before == null ? "nothing" : before.saga()) + " to " + next);
      before = transition;
    }
  }

  private static boolean begins(SagaInstance saga) {
    return saga.version() == 1 && state(saga).equals(RULES.start());
  }

  private static boolean follows(SagaInstance from, Transition transition) {
    SagaInstance to = transition.saga();
    return RULES.isLegal(state(from), transition.signal(), state(to))
        && to.version() == from.version() + 1
        && to.messages() == from.messages() + (to.status() == SagaStatus.STUCK ? 0 : 1);
  }

  private static String state(SagaInstance saga) {
    return saga.status() + " " + saga.step();
  }

  /** I7, I8, I10: done once if completed; otherwise undone as often as done, the last one first. */
  private static void effects(World world, Order order) {
    UUID id = order.orderId();
    Effects effects = world.effects();
    List<Kind> all = effects.of(id);
    boolean completed = status(world, id) == SagaStatus.COMPLETED;
    if (completed) {
      Violation.unless(
          all.equals(List.of(Kind.RESERVED, Kind.CAPTURED, Kind.SHIPPED)),
          "I7",
          id,
          "COMPLETED after " + all);
    } else {
      Violation.unless(
          effects.count(id, Kind.RESERVED) <= 1 && effects.count(id, Kind.CAPTURED) <= 1,
          "I7",
          id,
          "done more than once: " + all);
      Violation.unless(
          effects.count(id, Kind.RESERVED) == effects.count(id, Kind.RELEASED)
              && effects.count(id, Kind.CAPTURED) == effects.count(id, Kind.REFUNDED)
              && effects.count(id, Kind.SHIPPED) == 0,
          "I8",
          id,
          "done and not undone: " + all);
      Violation.unless(
          all.indexOf(Kind.REFUNDED) < 0
              || all.indexOf(Kind.RELEASED) < 0
              || all.indexOf(Kind.REFUNDED) < all.indexOf(Kind.RELEASED),
          "I8",
          id,
          "undone in the wrong order: " + all);
    }
    long held = world.provider().held(id);
    Violation.unless(
        held == (completed ? order.totalMinor() : 0),
        "I10",
        id,
        "the provider holds " + held + " of " + order.totalMinor());
  }

  private static SagaStatus status(World world, UUID order) {
    return requireNonNull(world.orders().tables().sagas().get(order)).status();
  }

  /** I11: the provider's ledger and the table of payments agree. */
  private static void money(World world) {
    Map<UUID, PaymentRow> payments = world.payments().payments();
    for (PaymentRow row : payments.values()) {
      UUID id = row.payment().orderId();
      PaymentStatus status = row.payment().status();
      Violation.unless(!status.awaitsProvider(), "I11", id, "the payment is " + status);
      Violation.unless(
          (status == PaymentStatus.CHARGED) == (world.provider().held(id) > 0),
          "I11",
          id,
          "the payment is " + status + ", the provider holds " + world.provider().held(id));
    }
    for (Provider.Line line : world.provider().ledger().values()) {
      Violation.unless(
          payments.containsKey(line.order()), "I11", line.order(), "the ledger alone has " + line);
    }
  }

  /** I12: nothing is reserved any more, and what is gone has gone to orders that completed. */
  private static void goods(World world) {
    Map<String, Long> sold = new HashMap<>();
    for (Order order : world.orders().tables().orders().values()) {
      if (status(world, order.orderId()) == SagaStatus.COMPLETED) {
        for (OrderLine line : order.lines()) {
          sold.merge(line.sku(), (long) line.quantity(), Long::sum);
        }
      }
    }
    stockIsTrue(world.inventory().reservations(), world.inventory().stock());
    for (Stock row : world.inventory().stock().values()) {
      StockItem item = row.item();
      Violation.unless(
          item.reserved() == 0 && item.shipped() == sold.getOrDefault(item.sku(), 0L),
          "I12",
          null,
          item + ", sold " + sold);
    }
  }

  /** I17: an order's records stand in one partition, in the order in which they were sent. */
  private static void order(Topic topic) {
    Map<UUID, Integer> partitions = new HashMap<>();
    for (int p = 0; p < Topic.PARTITIONS; p++) {
      Set<Long> known = new HashSet<>();
      Map<String, Long> last = new HashMap<>();
      for (Topic.Entry entry : topic.partition(p)) {
        Message message = entry.message();
        UUID id = message.order();
        Integer partition = partitions.putIfAbsent(id, p);
        Violation.unless(
            partition == null || partition == p, "I17", id, topic.name() + ": two partitions");
        if (known.add(message.id())) {
          Long before = last.put(message.source() + id, message.sequence());
          Violation.unless(
              before == null || before < message.sequence(),
              "I17",
              id,
              topic.name() + ": " + message.name() + " comes after sequence " + before);
        }
      }
    }
  }

  /** I15, I16, I17: what was committed is published, nothing else is, and no number is missing. */
  private static void published(World world, Database database) {
    Map<Long, Message> published = new HashMap<>();
    for (Topic topic : world.topics().values()) {
      for (int p = 0; p < Topic.PARTITIONS; p++) {
        topic.partition(p).stream()
            .map(Topic.Entry::message)
            .filter(message -> message.source().equals(database.name()))
            .forEach(message -> published.put(message.id(), message));
      }
    }
    Map<UUID, Long> sequences = new HashMap<>();
    for (Message message : database.outbox()) {
      UUID id = message.order();
      Violation.unless(
          message.equals(published.remove(message.id())),
          "I15",
          id,
          message.name() + " was committed and not published");
      long sequence = sequences.merge(id, 1L, Long::sum);
      Violation.unless(
          message.sequence() == sequence,
          "I17",
          id,
          message.name() + " has number " + message.sequence() + ", not " + sequence);
    }
    Violation.unless(
        published.isEmpty(), "I16", null, "published and never committed: " + published);
  }

  /** I19, I20, I22: each record is seen once and has its effect once, or is a dead letter. */
  private static void consumed(World world, ConsumerGroup group) {
    Database database = group.database();
    Set<Long> ids = new HashSet<>();
    for (int p = 0; p < Topic.PARTITIONS; p++) {
      List<Topic.Entry> log = group.topic().partition(p);
      Violation.unless(
          group.committed(p) == log.size(), "I20", null, "records are left over: " + group);
      for (Topic.Entry entry : log) {
        if (ids.add(entry.message().id())) {
          consumed(world, database, entry.message());
        }
      }
    }
    Violation.unless(
        database.messagesSeen() == ids.size(), "I19", null, "the inbox knows more than the topic");
    database.deadLetters().forEach((id, letter) -> parked(group, letter));
  }

  private static void consumed(World world, Database database, Message message) {
    boolean unreadable = message.payload() instanceof Message.Unreadable;
    boolean atFault = unreadable || world.isTroubled(message);
    Database.DeadLetter letter = database.deadLetters().get(message.id());
    Violation.unless(
        atFault == (letter != null),
        "I22",
        message.order(),
        letter == null
            ? message.name() + " is not among the dead letters"
            : message.name() + " is a dead letter: " + letter.reason());
    Violation.unless(
        database.hasSeen(message.id()) && database.effects(message.id()) == (unreadable ? 0 : 1),
        "I19",
        message.order(),
        message.name() + " has had its effect " + database.effects(message.id()) + " times");
  }

  private static void parked(ConsumerGroup group, Database.DeadLetter letter) {
    Topic.Entry entry = letter.entry();
    Violation.unless(
        entry.equals(group.topic().partition(entry.partition()).get(entry.offset())),
        "I22",
        entry.message().order(),
        "not a record of the topic: " + entry.message().name());
  }

  /** The end of each order is published once, and as it was. */
  private static void endEvents(World world, Order order) {
    SagaInstance saga = requireNonNull(world.orders().tables().sagas().get(order.orderId()));
    OrderStatus outcome =
        saga.abortReason() == null ? OrderStatus.COMPLETED : saga.abortReason().outcome();
    List<Class<?>> events =
        world.orders().database().outbox().stream()
            .filter(message -> message.topic().equals(ParticipantMessages.ORDER_EVENTS))
            .filter(message -> message.order().equals(order.orderId()))
            .<Class<?>>map(message -> message.payload().getClass())
            .toList();
    Class<?> expected =
        switch (outcome) {
          case COMPLETED -> OrderCompleted.class;
          case REJECTED -> OrderRejected.class;
          case CANCELLED -> OrderCancelled.class;
          case PENDING -> throw new IllegalStateException("PENDING is no outcome");
        };
    Violation.unless(
        events.equals(List.of(expected)),
        "I5",
        order.orderId(),
        outcome + ", published as " + events);
    world.count(ending(outcome));
    if (saga.abortReason() != null) {
      switch (saga.abortReason()) {
        case OUT_OF_STOCK -> world.count(CoveragePoint.OUT_OF_STOCK);
        case PAYMENT_DECLINED -> world.count(CoveragePoint.PAYMENT_DECLINED);
        case PAYMENT_UNAVAILABLE -> world.count(CoveragePoint.PAYMENT_UNAVAILABLE);
        case TIMED_OUT -> world.count(CoveragePoint.TIMED_OUT);
        // The simulator's operator has sagas try again, and does nothing else; its currency stays.
        case CANCELLED_BY_CUSTOMER, COMPENSATED_BY_OPERATOR, CURRENCY_WITHDRAWN -> {}
      }
    }
  }

  private static CoveragePoint ending(OrderStatus outcome) {
    return switch (outcome) {
      case COMPLETED -> CoveragePoint.ORDER_COMPLETED;
      case REJECTED -> CoveragePoint.ORDER_REJECTED;
      case CANCELLED, PENDING -> CoveragePoint.ORDER_CANCELLED;
    };
  }
}
