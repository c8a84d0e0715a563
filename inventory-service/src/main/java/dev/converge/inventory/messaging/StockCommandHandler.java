package dev.converge.inventory.messaging;

import dev.converge.inventory.domain.BrokenProtocolException;
import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.Reservations;
import dev.converge.inventory.domain.StockItem;
import dev.converge.inventory.messaging.InventoryMessages.ReleaseStock;
import dev.converge.inventory.messaging.InventoryMessages.ReserveStock;
import dev.converge.inventory.messaging.InventoryMessages.ShipStock;
import dev.converge.inventory.messaging.InventoryMessages.StockRefused;
import dev.converge.inventory.messaging.InventoryMessages.StockReleased;
import dev.converge.inventory.messaging.InventoryMessages.StockReserved;
import dev.converge.inventory.messaging.InventoryMessages.StockShipped;
import dev.converge.inventory.postgres.ReservationRepository;
import dev.converge.inventory.postgres.StockRepository;
import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageHandler;
import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxMessage;
import dev.converge.outbox.UnprocessableMessageException;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Handles a batch of commands: lock what they touch, decide one after the other, write it all. */
public final class StockCommandHandler implements MessageHandler {
  public static final String TOPIC = InventoryMessages.COMMANDS_TOPIC;
  public static final String REPLIES_TOPIC = InventoryMessages.REPLIES_TOPIC;

  private final StockRepository stock;
  private final ReservationRepository reservations;
  private final Outbox outbox;

  public StockCommandHandler(
      StockRepository stock, ReservationRepository reservations, Outbox outbox) {
    this.stock = stock;
    this.reservations = reservations;
    this.outbox = outbox;
  }

  private record Command(InboundMessage message, Record payload, UUID orderId) {}

  @Override
  public Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch) {
    List<Command> commands = batch.stream().map(StockCommandHandler::command).toList();
    List<UUID> orderIds = commands.stream().map(Command::orderId).distinct().toList();
    return reservations
        .lock(tx, orderIds)
        .compose(known -> lockStock(tx, commands, known))
        .map(AfterCommit.NOTHING);
  }

  // Reservations first, then stock, both in the order of their keys: no two batches can deadlock.
  private Future<Void> lockStock(
      SqlConnection tx, List<Command> commands, Map<UUID, Reservation> known) {
    TreeSet<String> skus = new TreeSet<>();
    known.values().forEach(reservation -> addSkus(skus, reservation.lines()));
    commands.stream()
        .map(Command::payload)
        .filter(ReserveStock.class::isInstance)
        .map(ReserveStock.class::cast)
        .forEach(reserve -> reserve.lines().forEach(line -> skus.add(line.sku())));
    return stock.lock(tx, skus).compose(items -> decide(tx, commands, known, items));
  }

  private static void addSkus(Set<String> skus, List<ReservationLine> lines) {
    lines.forEach(line -> skus.add(line.sku()));
  }

  private Future<Void> decide(
      SqlConnection tx,
      List<Command> commands,
      Map<UUID, Reservation> known,
      Map<String, StockItem> items) {
    Map<UUID, Reservation> reservationsNow = new LinkedHashMap<>(known);
    Map<String, StockItem> stockNow = new LinkedHashMap<>(items);
    List<OutboxMessage> replies = new ArrayList<>();
    for (Command command : commands) {
      ReservationDecision decision =
          decide(command, reservationsNow.get(command.orderId()), stockNow);
      reservationsNow.put(command.orderId(), decision.reservation());
      decision.changed().forEach(item -> stockNow.put(item.sku(), item));
      replies.add(reply(command, decision));
    }
    // Sent one after the other without waiting in between: the database takes them in this order.
    return Future.join(
            reservations.save(tx, changed(known, reservationsNow), known.keySet()),
            stock.save(tx, items, stockNow),
            outbox.append(tx, replies))
        .mapEmpty();
  }

  private static ReservationDecision decide(
      Command command, @Nullable Reservation known, Map<String, StockItem> stock) {
    try {
      if (command.payload() instanceof ReserveStock reserve) {
        return Reservations.reserve(reserve.orderId(), reserve.reservationLines(), known, stock);
      }
      return command.payload() instanceof ReleaseStock
          ? Reservations.release(command.orderId(), known, stock)
          : Reservations.ship(command.orderId(), known, stock);
    } catch (BrokenProtocolException e) {
      throw new UnprocessableMessageException(String.valueOf(e.getMessage()), e);
    }
  }

  private static List<Reservation> changed(
      Map<UUID, Reservation> before, Map<UUID, Reservation> now) {
    return now.values().stream()
        .filter(reservation -> !reservation.equals(before.get(reservation.orderId())))
        .toList();
  }

  private static OutboxMessage reply(Command command, ReservationDecision decision) {
    Record payload =
        switch (decision.outcome()) {
          case RESERVED -> new StockReserved(command.orderId());
          case OUT_OF_STOCK ->
              new StockRefused(command.orderId(), "OUT_OF_STOCK", decision.shortOf());
          case ALREADY_RELEASED -> new StockRefused(command.orderId(), "ALREADY_RELEASED", "");
          case RELEASED -> new StockReleased(command.orderId());
          case SHIPPED -> new StockShipped(command.orderId());
        };
    InboundMessage cause = command.message();
    return new OutboxMessage(
            InventoryMessages.REPLIES_TOPIC,
            command.orderId().toString(),
            decision.reservation().version(),
            InventoryMessages.TYPES.encode(payload))
        .withOrigin(new MessageOrigin(command.orderId(), cause.id(), cause.traceparent()));
  }

  private static Command command(InboundMessage message) {
    Record payload = InventoryMessages.TYPES.decode(message);
    if (payload instanceof ReserveStock reserve) {
      return new Command(message, payload, reserve.orderId());
    }
    if (payload instanceof ReleaseStock release) {
      return new Command(message, payload, release.orderId());
    }
    if (payload instanceof ShipStock ship) {
      return new Command(message, payload, ship.orderId());
    }
    throw new UnprocessableMessageException(message.type() + " is not a command");
  }
}
