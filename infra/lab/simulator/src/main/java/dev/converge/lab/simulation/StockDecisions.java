package dev.converge.lab.simulation;

import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.StockBatch;
import dev.converge.inventory.domain.StockItem;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** How the inventory decides on a batch of commands: as the product does, or otherwise. */
interface StockDecisions {
  /**
   * A reply as the order service reads it.
   *
   * @param changesOtherTables whether the command changes tables that the product does not have
   */
  record Reply(Record message, boolean changesOtherTables) {}

  /**
   * The result of a batch.
   *
   * @param batch one decision for each command, and what to write
   * @param replies one for each command
   * @param otherWrites writes other tables than the product's, at the commit
   */
  record Decided(StockBatch batch, List<Reply> replies, Runnable otherWrites) {}

  /** The SKUs whose rows a batch locks. */
  Set<String> skus(List<Message> batch, Map<UUID, Reservation> known);

  /**
   * Decides on a batch.
   *
   * @param known the orders' reservations, as far as they exist
   * @param stock the items of {@link #skus}, as far as they exist
   */
  Decided decide(List<Message> batch, Map<UUID, Reservation> known, Map<String, StockItem> stock);
}
