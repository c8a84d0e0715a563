package dev.converge.inventory.domain;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A command of an order to the inventory. Each kind applies its rule in {@link Reservations}. */
public sealed interface StockCommand {
  UUID orderId();

  /** The lines that the command itself names; the reservation has the others. */
  default List<ReservationLine> lines() {
    return List.of();
  }

  /**
   * Decides on this command.
   *
   * @param known the order's reservation, if there is one
   * @param stock the items of all lines of this command and of the reservation
   * @throws BrokenProtocolException if the command is illegal in the reservation's status
   */
  ReservationDecision decide(@Nullable Reservation known, Map<String, StockItem> stock);

  /** Reserves stock for all lines. */
  record ReserveStock(UUID orderId, List<ReservationLine> lines) implements StockCommand {
    public ReserveStock {
      lines = List.copyOf(lines);
    }

    @Override
    public ReservationDecision decide(@Nullable Reservation known, Map<String, StockItem> stock) {
      return Reservations.reserve(orderId, lines, known, stock);
    }
  }

  /** Releases reserved stock. */
  record ReleaseStock(UUID orderId) implements StockCommand {
    @Override
    public ReservationDecision decide(@Nullable Reservation known, Map<String, StockItem> stock) {
      return Reservations.release(orderId, known, stock);
    }
  }

  /** Ships reserved stock. */
  record ShipStock(UUID orderId) implements StockCommand {
    @Override
    public ReservationDecision decide(@Nullable Reservation known, Map<String, StockItem> stock) {
      return Reservations.ship(orderId, known, stock);
    }
  }
}
