package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.ReservationDecision.Outcome;
import dev.converge.inventory.domain.StockBatch;
import dev.converge.inventory.domain.StockCommand;
import dev.converge.inventory.domain.StockItem;
import dev.converge.inventory.messaging.InventoryMessages;
import dev.converge.order.saga.ParticipantMessages;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** The inventory: locks rows, runs the product's {@link StockBatch}, writes its result. */
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

  @Override
  public Runnable handle(Transaction tx, List<Message> batch) {
    List<StockCommand> commands =
        batch.stream().map(Wire::inbound).map(InventoryMessages::command).toList();
    Map<UUID, Reservation> known = known(commands);
    Map<String, StockItem> before = items(StockBatch.skus(commands, known));
    StockBatch decided = decide(commands, known, before);
    decided
        .reservations()
        .forEach(changed -> tx.write(() -> reservations.put(changed.orderId(), changed)));
    decided.stock().values().stream()
        .filter(item -> !item.equals(before.get(item.sku())))
        .forEach(item -> tx.write(change(requireNonNull(before.get(item.sku())), item)));
    for (int i = 0; i < batch.size(); i++) {
      decided(tx, batch.get(i), decided.decisions().get(i));
    }
    return () -> {};
  }

  private Map<UUID, Reservation> known(List<StockCommand> commands) {
    Map<UUID, Reservation> known = new LinkedHashMap<>();
    for (StockCommand command : commands) {
      Reservation reservation = reservations.get(command.orderId());
      if (reservation != null) {
        known.put(command.orderId(), reservation);
      }
    }
    return known;
  }

  private Map<String, StockItem> items(Set<String> skus) {
    Map<String, StockItem> items = new LinkedHashMap<>();
    for (String sku : skus) {
      Stock row = stock.get(sku);
      if (row != null) {
        items.put(sku, row.item());
      }
    }
    return items;
  }

  private StockBatch decide(
      List<StockCommand> commands, Map<UUID, Reservation> known, Map<String, StockItem> items) {
    return world.is(Broken.NO_TOMBSTONE) || world.is(Broken.COMPENSATION_NOT_IDEMPOTENT)
        ? BrokenStockBatch.decide(world, commands, known, items)
        : StockBatch.decide(commands, known, items);
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

  // An unreadable message has no rows: it fails when it is handled.
  private Set<String> skus(List<Message> batch) {
    List<StockCommand> commands =
        batch.stream()
            .filter(message -> !(message.payload() instanceof Message.Unreadable))
            .map(Wire::inbound)
            .map(InventoryMessages::command)
            .toList();
    return StockBatch.skus(commands, known(commands));
  }

  private void decided(Transaction tx, Message command, ReservationDecision decision) {
    UUID order = command.order();
    Reservation after = decision.reservation();
    Record reply = Wire.reply(order, InventoryMessages.reply(decision));
    tx.append(
        world.message(NAME, ParticipantMessages.ORDER_REPLIES, order, after.version(), reply));
    if (!decision.changed().isEmpty()) {
      tx.write(() -> world.effects().add(order, effect(decision)));
    }
    world
        .trace()
        .add(NAME, order, command.name() + " -> " + decision.outcome() + ", " + after.status());
    if (after.version() == 1 && decision.outcome() == Outcome.RELEASED) {
      world.count(CoveragePoint.TOMBSTONE_IN_INVENTORY);
    }
    if (decision.outcome() == Outcome.ALREADY_RELEASED) {
      world.count(CoveragePoint.DO_AFTER_ITS_TOMBSTONE);
    }
  }
}
