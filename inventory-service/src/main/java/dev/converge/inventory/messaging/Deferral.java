package dev.converge.inventory.messaging;

import dev.converge.inventory.application.DeferredCommandRepository;
import dev.converge.inventory.application.DeferredCommandRepository.Deferred;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.domain.HeldStock;
import dev.converge.inventory.domain.HeldStock.Waiting;
import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.StockBatch;
import dev.converge.inventory.domain.StockCommand;
import dev.converge.outbox.InboundMessage;
import dev.converge.service.postgres.HeldRows;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;

/**
 * Defers commands that need stock which a branch in doubt holds ({@link HeldStock}), so that the
 * other commands of their batch do not wait. {@link DeferredCommands} handles them once the stock
 * is free.
 */
public final class Deferral {
  private final StockRepository stock;
  private final DeferredCommandRepository deferred;
  private final HeldRows heldRows;

  public Deferral(StockRepository stock, DeferredCommandRepository deferred, HeldRows heldRows) {
    this.stock = stock;
    this.deferred = deferred;
    this.heldRows = heldRows;
  }

  /** A message and its command. */
  record Received(InboundMessage message, StockCommand command) {
    static List<Received> of(Collection<InboundMessage> messages) {
      return messages.stream()
          .map(message -> new Received(message, InventoryMessages.command(message)))
          .toList();
    }

    static List<StockCommand> commands(List<Received> received) {
      return received.stream().map(Received::command).toList();
    }
  }

  /** Bounds how long a batch waits for a row that a branch holds. */
  Future<Void> waitBriefly(SqlConnection tx) {
    return heldRows.arePossible() ? stock.waitBriefly(tx) : Future.succeededFuture();
  }

  /** Records why the stock of a batch was not locked. */
  void notLocked(Throwable cause) {
    boolean unused = heldRows.suspectAfter(cause);
  }

  /**
   * Defers those of the commands that have to wait, and returns the others.
   *
   * @param known the locked reservations of the commands' orders
   */
  Future<List<Received>> defer(
      SqlConnection tx, List<Received> batch, Map<UUID, Reservation> known) {
    if (!heldRows.areSuspected()) {
      return Future.succeededFuture(batch);
    }
    List<UUID> orderIds = batch.stream().map(each -> each.command().orderId()).distinct().toList();
    Future<Map<UUID, Waiting>> before = deferred.waiting(tx, orderIds);
    Future<Set<String>> held = held(tx, batch, known);
    return Future.join(before, held)
        .map(read -> waiting(batch, known, before.result(), held.result()))
        .compose(
            waiting ->
                deferred
                    .append(tx, deferred(batch, waiting))
                    .map(appended -> without(batch, waiting)));
  }

  /** Those of deferred commands that need no held stock any more. */
  Future<List<Received>> free(
      SqlConnection tx, List<Received> batch, Map<UUID, Reservation> known) {
    return held(tx, batch, known)
        .map(held -> waiting(batch, known, Map.of(), held))
        .map(waiting -> without(batch, waiting));
  }

  private Future<Set<String>> held(
      SqlConnection tx, List<Received> batch, Map<UUID, Reservation> known) {
    return stock
        .held(tx, StockBatch.skus(Received.commands(batch), known))
        .onSuccess(this::suspectIfAny);
  }

  private void suspectIfAny(Set<String> held) {
    if (!held.isEmpty()) {
      heldRows.suspect();
    }
  }

  private static SortedMap<Integer, Waiting> waiting(
      List<Received> batch,
      Map<UUID, Reservation> known,
      Map<UUID, Waiting> before,
      Set<String> held) {
    return StockCommandHandler.orUnprocessable(
        () -> HeldStock.waiting(Received.commands(batch), known, before, held));
  }

  private static List<Deferred> deferred(
      List<Received> batch, SortedMap<Integer, Waiting> waiting) {
    return waiting.entrySet().stream()
        .map(each -> new Deferred(batch.get(each.getKey()).message(), each.getValue().skus()))
        .toList();
  }

  private static List<Received> without(List<Received> batch, SortedMap<Integer, Waiting> waiting) {
    List<Received> others = new ArrayList<>(batch.size() - waiting.size());
    for (int i = 0; i < batch.size(); i++) {
      if (!waiting.containsKey(i)) {
        others.add(batch.get(i));
      }
    }
    return others;
  }
}
