package dev.converge.inventory.messaging;

import dev.converge.inventory.application.ReservationRepository;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.domain.BrokenProtocolException;
import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.StockBatch;
import dev.converge.inventory.domain.StockCommand;
import dev.converge.inventory.domain.StockItem;
import dev.converge.inventory.messaging.Deferral.Received;
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
import java.util.function.Supplier;

/**
 * Handles a batch of commands: decode, lock, decide ({@link StockBatch}), write. Commands that need
 * stock which a branch in doubt holds are deferred ({@link Deferral}).
 */
public final class StockCommandHandler implements MessageHandler {
  public static final String TOPIC = InventoryMessages.COMMANDS_TOPIC;
  public static final String REPLIES_TOPIC = InventoryMessages.REPLIES_TOPIC;

  private final StockRepository stock;
  private final ReservationRepository reservations;
  private final Outbox outbox;
  private final Deferral deferral;

  public StockCommandHandler(
      StockRepository stock, ReservationRepository reservations, Outbox outbox, Deferral deferral) {
    this.stock = stock;
    this.reservations = reservations;
    this.outbox = outbox;
    this.deferral = deferral;
  }

  @Override
  public Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch) {
    List<Received> received = Received.of(batch);
    return lock(tx, received)
        .compose(
            known ->
                deferral.defer(tx, received, known).compose(others -> handle(tx, others, known)))
        .map(AfterCommit.NOTHING);
  }

  /**
   * Handles commands that were deferred, unless their stock is held again.
   *
   * @return those that were handled
   */
  Future<List<InboundMessage>> handleDeferred(SqlConnection tx, List<InboundMessage> batch) {
    List<Received> received = Received.of(batch);
    return lock(tx, received)
        .compose(
            known ->
                deferral
                    .free(tx, received, known)
                    .compose(free -> handle(tx, free, known).map(handled -> messages(free))));
  }

  private static List<InboundMessage> messages(List<Received> received) {
    return received.stream().map(Received::message).toList();
  }

  // Reservations first, then stock, both in key order: two batches cannot deadlock. The first two
  // statements are pipelined.
  private Future<Map<UUID, Reservation>> lock(SqlConnection tx, List<Received> batch) {
    List<UUID> orderIds = batch.stream().map(each -> each.command().orderId()).distinct().toList();
    Future<Void> bounded = deferral.waitBriefly(tx);
    Future<Map<UUID, Reservation>> locked = reservations.lock(tx, orderIds);
    return Future.join(bounded, locked).transform(done -> bounded.compose(set -> locked));
  }

  private Future<Void> handle(
      SqlConnection tx, List<Received> batch, Map<UUID, Reservation> known) {
    return stock
        .lock(tx, StockBatch.skus(Received.commands(batch), known))
        .onFailure(deferral::notLocked)
        .compose(items -> write(tx, batch, known, items));
  }

  private Future<Void> write(
      SqlConnection tx,
      List<Received> batch,
      Map<UUID, Reservation> known,
      Map<String, StockItem> items) {
    List<StockCommand> commands = Received.commands(batch);
    StockBatch decided = orUnprocessable(() -> StockBatch.decide(commands, known, items));
    // Pipelined: the database executes the statements in this order.
    return Future.join(
            reservations.save(tx, decided.reservations(), known.keySet()),
            stock.save(tx, items, decided.stock()),
            outbox.append(tx, replies(batch, decided.decisions())))
        .mapEmpty();
  }

  /** A decision; a command that is illegal is unprocessable. */
  static <T> T orUnprocessable(Supplier<T> decision) {
    try {
      return decision.get();
    } catch (BrokenProtocolException e) {
      throw new UnprocessableMessageException(String.valueOf(e.getMessage()), e);
    }
  }

  private static List<OutboxMessage> replies(
      List<Received> batch, List<ReservationDecision> decisions) {
    List<OutboxMessage> replies = new ArrayList<>(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      replies.add(reply(batch.get(i).message(), decisions.get(i)));
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
