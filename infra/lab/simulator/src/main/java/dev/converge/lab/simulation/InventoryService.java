package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.ReservationDecision.Outcome;
import dev.converge.inventory.domain.StockBatch;
import dev.converge.inventory.domain.StockItem;
import dev.converge.lab.simulation.StockDecisions.Decided;
import dev.converge.lab.simulation.StockDecisions.Reply;
import dev.converge.order.saga.ParticipantMessages;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/** The inventory: locks rows, runs {@link StockDecisions}, writes their result. */
final class InventoryService implements Handler {
  private static final String NAME = "inventory";

  private final World world;
  private final Database database;
  private final Instance clerk;
  private final StockDecisions decisions;
  private final Map<UUID, Reservation> reservations = new LinkedHashMap<>();
  private final Map<String, Stock> stock = new TreeMap<>();

  InventoryService(World world, List<Instance> instances, StockDecisions decisions) {
    this.world = world;
    this.decisions = mutated(world, decisions);
    this.database = new Database(world, NAME);
    this.clerk = new Instance(world, "clerk");
    ConsumerGroup group = world.group(ParticipantMessages.INVENTORY_COMMANDS, database);
    instances.forEach(instance -> group.join(instance, this));
    group.rebalance();
    database.afterCommit(() -> EffectInvariants.stockIsTrue(reservations, stock));
  }

  private static StockDecisions mutated(World world, StockDecisions decisions) {
    return world.is(Broken.NO_TOMBSTONE) || world.is(Broken.COMPENSATION_NOT_IDEMPOTENT)
        ? new ProductStockDecisions(
            (commands, known, stock) -> BrokenStockBatch.decide(world, commands, known, stock))
        : decisions;
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
    Map<UUID, Reservation> known = known(batch);
    Map<String, StockItem> before = items(decisions.skus(batch, known));
    Decided decided = decisions.decide(batch, known, before);
    StockBatch result = decided.batch();
    result
        .reservations()
        .forEach(changed -> tx.write(() -> reservations.put(changed.orderId(), changed)));
    result.stock().values().stream()
        .filter(item -> !item.equals(before.get(item.sku())))
        .forEach(item -> tx.write(change(requireNonNull(before.get(item.sku())), item)));
    tx.write(decided.otherWrites()::run);
    for (int i = 0; i < batch.size(); i++) {
      reply(tx, batch.get(i), result.decisions().get(i), decided.replies().get(i));
    }
    return () -> {};
  }

  private Map<UUID, Reservation> known(List<Message> batch) {
    Map<UUID, Reservation> known = new LinkedHashMap<>();
    for (Message message : batch) {
      Reservation reservation = reservations.get(message.order());
      if (reservation != null) {
        known.put(message.order(), reservation);
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

  // An unreadable message has no rows: it fails when it is handled.
  private Set<String> skus(List<Message> batch) {
    List<Message> readable =
        batch.stream()
            .filter(message -> !(message.payload() instanceof Message.Unreadable))
            .toList();
    return decisions.skus(readable, known(readable));
  }

  private void reply(Transaction tx, Message command, ReservationDecision decision, Reply reply) {
    UUID order = command.order();
    Reservation after = decision.reservation();
    tx.append(
        world.message(
            NAME, ParticipantMessages.ORDER_REPLIES, order, after.version(), reply.message()));
    boolean changes = !decision.changed().isEmpty() || reply.changesOtherTables();
    tx.write(() -> recordEffect(order, reply.message().getClass().getSimpleName(), changes));
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

  // A step that stores nothing is done when its success is first reported.
  private void recordEffect(UUID order, String reply, boolean changes) {
    Effects effects = world.effects();
    boolean firstSuccess =
        world.rules().successes().contains(reply) && effects.count(order, reply) == 0;
    if (changes || firstSuccess) {
      effects.add(order, reply);
    }
  }
}
