package dev.converge.inventory.domain;

import dev.converge.inventory.domain.ReservationDecision.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The rules of reserving, releasing and shipping. A command may arrive twice, and a compensation
 * may arrive before its command. Both cases end in the same state as one delivery in order.
 */
public final class Reservations {
  private Reservations() {}

  /** Reserves all lines, or refuses the order. */
  public static ReservationDecision reserve(
      UUID orderId,
      List<ReservationLine> lines,
      @Nullable Reservation known,
      Map<String, StockItem> stock) {
    if (known != null) {
      return repeated(known);
    }
    Reservation asked = new Reservation(orderId, ReservationStatus.REFUSED, lines, 0);
    for (ReservationLine line : lines) {
      StockItem item = stock.get(line.sku());
      if (item == null || !item.covers(line.quantity())) {
        return new ReservationDecision(
            asked.to(ReservationStatus.REFUSED), List.of(), Outcome.OUT_OF_STOCK, line.sku());
      }
    }
    return new ReservationDecision(
        asked.to(ReservationStatus.RESERVED),
        changed(asked, stock, StockItem::reserve),
        Outcome.RESERVED,
        "");
  }

  /** Releases the reserved stock. Without a reservation, leaves a tombstone. */
  public static ReservationDecision release(
      UUID orderId, @Nullable Reservation known, Map<String, StockItem> stock) {
    if (known == null) {
      Reservation tombstone = new Reservation(orderId, ReservationStatus.RELEASED, List.of(), 1);
      return new ReservationDecision(tombstone, List.of(), Outcome.RELEASED, "");
    }
    return switch (known.status()) {
      case RESERVED ->
          new ReservationDecision(
              known.to(ReservationStatus.RELEASED),
              changed(known, stock, StockItem::release),
              Outcome.RELEASED,
              "");
      case REFUSED, RELEASED ->
          new ReservationDecision(
              known.to(ReservationStatus.RELEASED), List.of(), Outcome.RELEASED, "");
      case SHIPPED -> throw illegal("release", known);
    };
  }

  /** Ships the reserved stock. */
  public static ReservationDecision ship(
      UUID orderId, @Nullable Reservation known, Map<String, StockItem> stock) {
    if (known == null) {
      throw new BrokenProtocolException("ship: order " + orderId + " has no reservation");
    }
    return switch (known.status()) {
      case RESERVED ->
          new ReservationDecision(
              known.to(ReservationStatus.SHIPPED),
              changed(known, stock, StockItem::ship),
              Outcome.SHIPPED,
              "");
      case SHIPPED ->
          new ReservationDecision(
              known.to(ReservationStatus.SHIPPED), List.of(), Outcome.SHIPPED, "");
      case REFUSED, RELEASED -> throw illegal("ship", known);
    };
  }

  private static ReservationDecision repeated(Reservation known) {
    Outcome outcome =
        switch (known.status()) {
          case RESERVED, SHIPPED -> Outcome.RESERVED;
          case REFUSED -> Outcome.OUT_OF_STOCK;
          case RELEASED -> Outcome.ALREADY_RELEASED;
        };
    return new ReservationDecision(known.to(known.status()), List.of(), outcome, "");
  }

  private static List<StockItem> changed(
      Reservation reservation,
      Map<String, StockItem> stock,
      BiFunction<StockItem, Integer, StockItem> change) {
    List<StockItem> changed = new ArrayList<>();
    for (ReservationLine line : reservation.lines()) {
      StockItem item = stock.get(line.sku());
      if (item == null) {
        throw new IllegalStateException("stock of " + line.sku() + " was not loaded");
      }
      changed.add(change.apply(item, line.quantity()));
    }
    return changed;
  }

  private static BrokenProtocolException illegal(String command, Reservation known) {
    return new BrokenProtocolException(
        command + ": order " + known.orderId() + " is " + known.status() + " (expected: RESERVED)");
  }
}
