package dev.converge.inventory.domain;

/** The status of a reservation. */
public enum ReservationStatus {
  /** Stock is reserved. It may be released or shipped. */
  RESERVED,
  /** Out of stock; nothing is reserved. Final, except for a release without effect. */
  REFUSED,
  /**
   * Released, or compensated before it was reserved (a tombstone). A later reserve is refused.
   * Final.
   */
  RELEASED,
  /** Sent to the customer. Final. */
  SHIPPED
}
