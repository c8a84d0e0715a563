package dev.converge.inventory.domain;

/** Where a reservation stands. */
public enum ReservationStatus {
  /** Stock is set aside; may be released or shipped. */
  RESERVED,
  /** There was not enough; nothing was set aside. Final, but for a release that changes nothing. */
  REFUSED,
  /** Given back, or undone before it was made (a tombstone): what comes later is refused. Final. */
  RELEASED,
  /** Gone to the customer. Final. */
  SHIPPED
}
