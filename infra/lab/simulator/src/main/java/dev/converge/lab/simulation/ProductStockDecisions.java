package dev.converge.lab.simulation;

import dev.converge.inventory.domain.BrokenProtocolException;
import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.StockBatch;
import dev.converge.inventory.domain.StockCommand;
import dev.converge.inventory.domain.StockItem;
import dev.converge.inventory.messaging.InventoryMessages;
import dev.converge.outbox.UnprocessableMessageException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Decodes, decides and replies with the product's code: {@link StockBatch}, or a mutant of it. */
record ProductStockDecisions(Rules rules) implements StockDecisions {
  /** The rules of a batch. */
  interface Rules {
    StockBatch decide(
        List<StockCommand> commands, Map<UUID, Reservation> known, Map<String, StockItem> stock);
  }

  ProductStockDecisions() {
    this(StockBatch::decide);
  }

  private static List<StockCommand> commands(List<Message> batch) {
    return batch.stream().map(Wire::inbound).map(InventoryMessages::command).toList();
  }

  @Override
  public Set<String> skus(List<Message> batch, Map<UUID, Reservation> known) {
    return StockBatch.skus(commands(batch), known);
  }

  @Override
  public Decided decide(
      List<Message> batch, Map<UUID, Reservation> known, Map<String, StockItem> stock) {
    try {
      StockBatch decided = rules.decide(commands(batch), known, stock);
      return new Decided(
          decided,
          decided.decisions().stream().map(ProductStockDecisions::reply).toList(),
          () -> {});
    } catch (BrokenProtocolException e) {
      throw new UnprocessableMessageException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Reply reply(ReservationDecision decision) {
    UUID order = decision.reservation().orderId();
    Record message = Wire.reply(order, InventoryMessages.reply(decision));
    return new Reply(message, false);
  }
}
