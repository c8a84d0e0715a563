package dev.converge.inventory.messaging;

import dev.converge.inventory.application.ReservationRepository;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.domain.BrokenProtocolException;
import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.StockBatch;
import dev.converge.inventory.domain.StockCommand;
import dev.converge.inventory.domain.StockItem;
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
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Handles a batch of commands: decode, lock, decide ({@link StockBatch}), write. */
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

  /** The locked rows that a batch decides on. */
  private record Locked(Map<UUID, Reservation> reservations, Map<String, StockItem> stock) {}

  @Override
  public Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch) {
    List<StockCommand> commands = batch.stream().map(InventoryMessages::command).toList();
    return lock(tx, commands)
        .compose(locked -> write(tx, batch, locked, decide(commands, locked)))
        .map(AfterCommit.NOTHING);
  }

  // Reservations first, then stock, both in key order: two batches cannot deadlock.
  private Future<Locked> lock(SqlConnection tx, List<StockCommand> commands) {
    List<UUID> orderIds = commands.stream().map(StockCommand::orderId).distinct().toList();
    return reservations.lock(tx, orderIds).compose(known -> lockStock(tx, commands, known));
  }

  private Future<Locked> lockStock(
      SqlConnection tx, List<StockCommand> commands, Map<UUID, Reservation> known) {
    return stock.lock(tx, StockBatch.skus(commands, known)).map(items -> new Locked(known, items));
  }

  private static StockBatch decide(List<StockCommand> commands, Locked locked) {
    try {
      return StockBatch.decide(commands, locked.reservations(), locked.stock());
    } catch (BrokenProtocolException e) {
      throw new UnprocessableMessageException(String.valueOf(e.getMessage()), e);
    }
  }

  private Future<Void> write(
      SqlConnection tx, List<InboundMessage> batch, Locked locked, StockBatch decided) {
    // Pipelined: the database executes the statements in this order.
    return Future.join(
            reservations.save(tx, decided.reservations(), locked.reservations().keySet()),
            stock.save(tx, locked.stock(), decided.stock()),
            outbox.append(tx, replies(batch, decided.decisions())))
        .mapEmpty();
  }

  private static List<OutboxMessage> replies(
      List<InboundMessage> batch, List<ReservationDecision> decisions) {
    List<OutboxMessage> replies = new ArrayList<>(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      replies.add(reply(batch.get(i), decisions.get(i)));
    }
    return replies;
  }

  private static OutboxMessage reply(InboundMessage command, ReservationDecision decision) {
    Reservation reservation = decision.reservation();
    return new OutboxMessage(
            InventoryMessages.REPLIES_TOPIC,
            reservation.orderId().toString(),
            reservation.version(),
            InventoryMessages.reply(decision))
        .withOrigin(new MessageOrigin(reservation.orderId(), command.id(), command.traceparent()));
  }
}
