package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.ReservationDecision.Outcome;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.ReservationStatus;
import dev.converge.inventory.domain.StockBatch;
import dev.converge.inventory.domain.StockCommand;
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
    List<StockCommand> commands = batch.stream().map(InventoryService::command).toList();
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
        ? decideBroken(commands, known, items)
        : StockBatch.decide(commands, known, items);
  }

  /** The mutants of the decision: command by command, with altered reservations. */
  private StockBatch decideBroken(
      List<StockCommand> commands, Map<UUID, Reservation> known, Map<String, StockItem> items) {
    Map<UUID, Reservation> knownNow = new LinkedHashMap<>(known);
    Map<UUID, Reservation> written = new LinkedHashMap<>();
    Map<String, StockItem> itemsNow = new LinkedHashMap<>(items);
    List<ReservationDecision> decisions = new ArrayList<>();
    for (StockCommand command : commands) {
      UUID order = command.orderId();
      Reservation before = knownNow.get(order);
      boolean isRelease = command instanceof StockCommand.ReleaseStock;
      if (isRelease && before != null) {
        knownNow.put(order, forgetful(before));
      }
      StockBatch single = StockBatch.decide(List.of(command), knownNow, itemsNow);
      decisions.addAll(single.decisions());
      itemsNow.putAll(single.stock());
      if (!isRelease || before != null || !world.is(Broken.NO_TOMBSTONE)) {
        single.reservations().forEach(changed -> knownNow.put(order, changed));
        single.reservations().forEach(changed -> written.put(order, changed));
      }
    }
    return new StockBatch(decisions, List.copyOf(written.values()), itemsNow);
  }

  private Reservation forgetful(Reservation known) {
    return known.status() == ReservationStatus.RELEASED
            && world.is(Broken.COMPENSATION_NOT_IDEMPOTENT)
        ? new Reservation(
            known.orderId(), ReservationStatus.RESERVED, known.lines(), known.version())
        : known;
  }

  private static StockCommand command(Message message) {
    if (message.payload() instanceof ReserveStock reserve) {
      return new StockCommand.ReserveStock(
          message.order(),
          reserve.lines().stream()
              .map(line -> new ReservationLine(line.sku(), line.quantity()))
              .toList());
    }
    if (message.payload() instanceof ReleaseStock) {
      return new StockCommand.ReleaseStock(message.order());
    }
    if (message.payload() instanceof ShipStock) {
      return new StockCommand.ShipStock(message.order());
    }
    throw new IllegalStateException(message.name() + " is not a command");
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

  // A message that is no command has no rows: it fails when it is handled.
  private Set<String> skus(List<Message> batch) {
    List<StockCommand> commands =
        batch.stream().filter(InventoryService::isCommand).map(InventoryService::command).toList();
    return StockBatch.skus(commands, known(commands));
  }

  private static boolean isCommand(Message message) {
    return message.payload() instanceof ReserveStock
        || message.payload() instanceof ReleaseStock
        || message.payload() instanceof ShipStock;
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

  private void decided(Transaction tx, Message command, ReservationDecision decision) {
    UUID order = command.order();
    Reservation after = decision.reservation();
    tx.append(reply(command, decision));
    if (!decision.changed().isEmpty()) {
      tx.write(() -> world.effects().add(order, effect(decision)));
    }
    world
        .trace()
        .add(NAME, order, command.name() + " -> " + decision.outcome() + ", " + after.status());
    if (after.version() == 1 && decision.outcome() == Outcome.RELEASED) {
      world.count(Happening.TOMBSTONE_IN_INVENTORY);
    }
    if (decision.outcome() == Outcome.ALREADY_RELEASED) {
      world.count(Happening.DO_AFTER_ITS_TOMBSTONE);
    }
  }
}
