package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.ReservationDecision.Outcome;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.ReservationStatus;
import dev.converge.inventory.domain.Reservations;
import dev.converge.inventory.domain.StockItem;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.ParticipantMessages.ReleaseStock;
import dev.converge.order.saga.ParticipantMessages.ReserveStock;
import dev.converge.order.saga.ParticipantMessages.ShipStock;
import dev.converge.order.saga.ParticipantMessages.StockRefused;
import dev.converge.order.saga.ParticipantMessages.StockReleased;
import dev.converge.order.saga.ParticipantMessages.StockReserved;
import dev.converge.order.saga.ParticipantMessages.StockShipped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The inventory: {@link Reservations} decides, this locks and writes. */
final class InventoryService implements Handler {
  private static final String NAME = "inventory";

  private final World world;
  private final Database database;
  private final Instance clerk;
  private final Map<UUID, Reservation> reservations = new LinkedHashMap<>();
  private final Map<String, Stock> stock = new TreeMap<>();

  InventoryService(World world, List<Instance> instances, int maxBatch) {
    this.world = world;
    this.database = new Database(world, NAME);
    this.clerk = new Instance(world, "clerk");
    ConsumerGroup group = world.group(ParticipantMessages.INVENTORY_COMMANDS, database);
    instances.forEach(instance -> group.join(instance, this, maxBatch));
    group.rebalance();
    database.afterCommit(() -> Invariants.stockIsTrue(reservations, stock));
  }

  Database database() {
    return database;
  }

  Map<UUID, Reservation> reservations() {
    return reservations;
  }

  Map<String, Stock> stock() {
    return stock;
  }

  /** Sets what is on the shelf; the difference counts as received. */
  void setAvailable(String sku, long available) {
    Transaction tx = database.begin(clerk);
    if (!tx.lock(List.of(stockRow(sku)))) {
      return;
    }
    Stock before = stock.get(sku);
    Stock now =
        before == null
            ? new Stock(new StockItem(sku, available, 0, 0), available)
            : new Stock(
                new StockItem(sku, available, before.item().reserved(), before.item().shipped()),
                before.received() + available - before.item().available());
    tx.write(() -> stock.put(sku, now));
    tx.commit();
    world.trace().add(NAME, null, sku + ": " + available + " on the shelf");
  }

  @Override
  public List<Row> rows(List<Message> batch) {
    List<Row> rows = new ArrayList<>();
    for (Message message : batch) {
      rows.add(new Row("reservation", message.order()));
    }
    if (!world.is(Broken.STOCK_READ_MODIFY_WRITE)) {
      skus(batch).forEach(sku -> rows.add(stockRow(sku)));
    }
    return rows;
  }

  private static Row stockRow(String sku) {
    return new Row("stock", sku);
  }

  private Set<String> skus(List<Message> batch) {
    Set<String> skus = new LinkedHashSet<>();
    for (Message message : batch) {
      Reservation known = reservations.get(message.order());
      if (known != null) {
        known.lines().forEach(line -> skus.add(line.sku()));
      }
      if (message.payload() instanceof ReserveStock reserve) {
        reserve.lines().forEach(line -> skus.add(line.sku()));
      }
    }
    return skus;
  }

  @Override
  public Runnable handle(Transaction tx, List<Message> batch) {
    Map<UUID, Reservation> reservationsNow = new LinkedHashMap<>();
    Map<String, StockItem> before = new LinkedHashMap<>();
    for (String sku : skus(batch)) {
      Stock row = stock.get(sku);
      if (row != null) {
        before.put(sku, row.item());
      }
    }
    Map<String, StockItem> stockNow = new LinkedHashMap<>(before);
    for (Message message : batch) {
      UUID order = message.order();
      Reservation known =
          reservationsNow.containsKey(order) ? reservationsNow.get(order) : reservations.get(order);
      ReservationDecision decision = decide(message, known, stockNow);
      decision.changed().forEach(item -> stockNow.put(item.sku(), item));
      tx.append(reply(message, decision));
      tell(message, known, decision);
      if (!decision.changed().isEmpty()) {
        tx.write(() -> world.effects().add(order, effect(decision)));
      }
      if (known == null
          && message.payload() instanceof ReleaseStock
          && world.is(Broken.NO_TOMBSTONE)) {
        continue;
      }
      reservationsNow.put(order, decision.reservation());
      tx.write(() -> reservations.put(order, decision.reservation()));
    }
    stockNow.values().stream()
        .filter(item -> !item.equals(before.get(item.sku())))
        .forEach(item -> tx.write(change(requireNonNull(before.get(item.sku())), item)));
    return () -> {};
  }

  private ReservationDecision decide(
      Message message, @Nullable Reservation known, Map<String, StockItem> stockNow) {
    if (message.payload() instanceof ReserveStock reserve) {
      List<ReservationLine> lines =
          reserve.lines().stream()
              .map(line -> new ReservationLine(line.sku(), line.quantity()))
              .toList();
      return Reservations.reserve(message.order(), lines, known, stockNow);
    }
    if (message.payload() instanceof ReleaseStock) {
      return Reservations.release(message.order(), forgetful(known), stockNow);
    }
    if (message.payload() instanceof ShipStock) {
      return Reservations.ship(message.order(), known, stockNow);
    }
    throw new IllegalStateException(message.name() + " is not a command");
  }

  private @Nullable Reservation forgetful(@Nullable Reservation known) {
    return known != null
            && known.status() == ReservationStatus.RELEASED
            && world.is(Broken.COMPENSATION_NOT_IDEMPOTENT)
        ? new Reservation(
            known.orderId(), ReservationStatus.RESERVED, known.lines(), known.version())
        : known;
  }

  private Transaction.Write change(StockItem before, StockItem now) {
    if (world.is(Broken.STOCK_READ_MODIFY_WRITE)) {
      return () -> stock.put(now.sku(), new Stock(now, received(now.sku())));
    }
    return new Transaction.Write() {
      private Stock changed() {
        return requireNonNull(stock.get(now.sku()))
            .plus(
                now.available() - before.available(),
                now.reserved() - before.reserved(),
                now.shipped() - before.shipped());
      }

      @Override
      public void check() {
        changed().check();
      }

      @Override
      public void apply() {
        stock.put(now.sku(), changed());
      }
    };
  }

  private long received(String sku) {
    return requireNonNull(stock.get(sku)).received();
  }

  private static Effects.Kind effect(ReservationDecision decision) {
    return switch (decision.reservation().status()) {
      case RESERVED -> Effects.Kind.RESERVED;
      case SHIPPED -> Effects.Kind.SHIPPED;
      case RELEASED, REFUSED -> Effects.Kind.RELEASED;
    };
  }

  private Message reply(Message command, ReservationDecision decision) {
    UUID order = command.order();
    Record payload =
        switch (decision.outcome()) {
          case RESERVED -> new StockReserved(order);
          case OUT_OF_STOCK -> new StockRefused(order, "OUT_OF_STOCK", decision.shortOf());
          case ALREADY_RELEASED -> new StockRefused(order, "ALREADY_RELEASED", "");
          case RELEASED -> new StockReleased(order);
          case SHIPPED -> new StockShipped(order);
        };
    return world.message(
        NAME, ParticipantMessages.ORDER_REPLIES, order, decision.reservation().version(), payload);
  }

  private void tell(Message command, @Nullable Reservation known, ReservationDecision decision) {
    world
        .trace()
        .add(
            NAME,
            command.order(),
            command.name() + " -> " + decision.outcome() + ", " + decision.reservation().status());
    if (known == null && decision.outcome() == Outcome.RELEASED) {
      world.count(Happening.TOMBSTONE_IN_INVENTORY);
    }
    if (decision.outcome() == Outcome.ALREADY_RELEASED) {
      world.count(Happening.DO_AFTER_ITS_TOMBSTONE);
    }
  }
}
