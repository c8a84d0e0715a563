package dev.converge.inventory.application;

import dev.converge.inventory.domain.Reservation;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The reservations of orders. */
public interface ReservationRepository {
  /** Locks the reservations of orders until the transaction ends, in the order of their ids. */
  Future<Map<UUID, Reservation>> lock(SqlConnection tx, Collection<UUID> orderIds);

  /**
   * Writes reservations.
   *
   * @param known the orders that had a reservation when they were locked
   */
  Future<Void> save(SqlConnection tx, List<Reservation> changed, Set<UUID> known);
}
