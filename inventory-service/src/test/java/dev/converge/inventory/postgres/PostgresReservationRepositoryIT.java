package dev.converge.inventory.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.inventory.InventoryDatabase;
import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.ReservationStatus;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: reservations are read as they were written, and a stale write fails. Method: the repository
 * on a real PostgreSQL, with the service's role.
 */
class PostgresReservationRepositoryIT {
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);
  private static final List<ReservationLine> LINES =
      List.of(new ReservationLine("apple", 3), new ReservationLine("pear", 2));

  private final InventoryDatabase database = new InventoryDatabase();
  private final PostgresReservationRepository reservations = new PostgresReservationRepository();

  @AfterEach
  void close() {
    database.close();
  }

  private void save(Set<UUID> known, Reservation... changed) {
    database.inTransaction(tx -> reservations.save(tx, List.of(changed), known));
  }

  private Map<UUID, Reservation> lock(UUID... orderIds) {
    return database.inTransaction(tx -> reservations.lock(tx, List.of(orderIds)));
  }

  private static Reservation reservation(UUID orderId, ReservationStatus status, long version) {
    return new Reservation(orderId, status, LINES, version);
  }

  @Test
  void newAndChangedReservationsAreReadAsWritten() {
    save(Set.of(), reservation(BOB, ReservationStatus.RESERVED, 1));

    save(
        Set.of(BOB),
        reservation(BOB, ReservationStatus.SHIPPED, 2),
        reservation(ADA, ReservationStatus.REFUSED, 1));

    assertThat(lock(BOB, ADA, new UUID(0, 3)).values())
        .containsExactly(
            reservation(ADA, ReservationStatus.REFUSED, 1),
            reservation(BOB, ReservationStatus.SHIPPED, 2));
  }

  @Test
  void staleVersionFailsTheTransaction() {
    save(Set.of(), reservation(ADA, ReservationStatus.RESERVED, 2));

    assertThatThrownBy(() -> save(Set.of(ADA), reservation(ADA, ReservationStatus.RELEASED, 2)))
        .hasMessageContaining("reservation rows written: 0 (expected: 1)");
    assertThat(lock(ADA)).containsEntry(ADA, reservation(ADA, ReservationStatus.RESERVED, 2));
  }

  @Test
  void secondInsertFailsTheTransaction() {
    save(Set.of(), reservation(ADA, ReservationStatus.RESERVED, 1));

    assertThatThrownBy(() -> save(Set.of(), reservation(ADA, ReservationStatus.RESERVED, 1)))
        .hasMessageContaining("reservation_pkey");
  }
}
