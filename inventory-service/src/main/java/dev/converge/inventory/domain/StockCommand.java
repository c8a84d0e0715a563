package dev.converge.inventory.domain;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A command of an order to the inventory. Each kind applies its rule in {@link Reservations}. */
public sealed interface StockCommand {
  UUID orderId();

  /**
   * The lines whose stock this command may change.
   *
   * @param known the order's reservation, if there is one
   */
  List<ReservationLine> changes(@Nullable Reservation known);

  /**
   * Decides on this command.
   *
   * @param known the order's reservation, if there is one
   * @param stock the items that it {@link #changes}
   * @throws BrokenProtocolException if the command is illegal in the reservation's status
   */
  ReservationDecision decide(@Nullable Reservation known, Map<String, StockItem> stock);

  private static List<ReservationLine> reserved(@Nullable Reservation known) {
    return known != null && known.status() == ReservationStatus.RESERVED
        ? known.lines()
        : List.of();
  }

  /** Reserves stock for all lines. */
  record ReserveStock(UUID orderId, List<ReservationLine> lines) implements StockCommand {
    public ReserveStock {
      lines = List.copyOf(lines);
    }

    @Override
    public List<ReservationLine> changes(@Nullable Reservation known) {
      return known == null ? lines : List.of();
    }

    @Override
    public ReservationDecision decide(@Nullable Reservation known, Map<String, StockItem> stock) {
      return Reservations.reserve(orderId, lines, known, stock);
    }
  }

  /** Releases reserved stock. */
  record ReleaseStock(UUID orderId) implements StockCommand {
    @Override
    public List<ReservationLine> changes(@Nullable Reservation known) {
      return reserved(known);
    }

    @Override
    public ReservationDecision decide(@Nullable Reservation known, Map<String, StockItem> stock) {
      return Reservations.release(orderId, known, stock);
    }
  }

  /** Ships reserved stock. */
  record ShipStock(UUID orderId) implements StockCommand {
    @Override
    public List<ReservationLine> changes(@Nullable Reservation known) {
      return reserved(known);
    }

    @Override
    public ReservationDecision decide(@Nullable Reservation known, Map<String, StockItem> stock) {
      return Reservations.ship(orderId, known, stock);
    }
  }
}
