package dev.converge.inventory.domain;

import java.util.List;
import java.util.UUID;

/**
 * The stock that one order has reserved.
 *
 * @param version commands handled for this order; the sequence number of the last reply
 */
public record Reservation(
    UUID orderId, ReservationStatus status, List<ReservationLine> lines, long version) {
  public Reservation {
    lines = List.copyOf(lines);
  }

  Reservation to(ReservationStatus next) {
    return new Reservation(orderId, next, lines, version + 1);
  }
}
