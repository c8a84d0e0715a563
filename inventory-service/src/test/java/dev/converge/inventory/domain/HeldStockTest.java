package dev.converge.inventory.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.inventory.domain.HeldStock.Waiting;
import dev.converge.inventory.domain.StockCommand.ReleaseStock;
import dev.converge.inventory.domain.StockCommand.ReserveStock;
import dev.converge.inventory.domain.StockCommand.ShipStock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: only commands that change held stock wait, and those of their orders behind them. Method:
 * batches with the apple held.
 */
class HeldStockTest {
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);
  private static final Set<String> APPLE = Set.of("apple");

  private static ReserveStock reserve(UUID orderId, String... skus) {
    return new ReserveStock(
        orderId, Stream.of(skus).map(sku -> new ReservationLine(sku, 1)).toList());
  }

  private static Map<UUID, Reservation> reservation(UUID orderId, ReservationStatus status) {
    List<ReservationLine> lines = List.of(new ReservationLine("apple", 1));
    return Map.of(orderId, new Reservation(orderId, status, lines, 1));
  }

  private static Waiting waiting(boolean ships, String... skus) {
    return new Waiting(new TreeSet<>(List.of(skus)), ships);
  }

  private static SortedMap<Integer, Waiting> decide(
      Map<UUID, Reservation> known, Map<UUID, Waiting> before, StockCommand... commands) {
    return HeldStock.waiting(List.of(commands), known, before, APPLE);
  }

  private static SortedMap<Integer, Waiting> decide(StockCommand... commands) {
    return decide(Map.of(), Map.of(), commands);
  }

  @Test
  void commandThatReservesAHeldItemWaitsForAllItsItems() {
    assertThat(decide(reserve(ADA, "pear"), reserve(BOB, "pear", "apple")))
        .isEqualTo(Map.of(1, waiting(false, "apple", "pear")));
  }

  @Test
  void commandsWithoutAHeldItemDoNotWait() {
    assertThat(decide(reserve(ADA, "pear"), new ReleaseStock(ADA), new ReleaseStock(BOB)))
        .isEmpty();
  }

  @Test
  void commandThatEndsAReservationOfAHeldItemWaits() {
    Map<UUID, Reservation> reserved = reservation(ADA, ReservationStatus.RESERVED);

    assertThat(decide(reserved, Map.of(), new ReleaseStock(ADA)))
        .isEqualTo(Map.of(0, waiting(false, "apple")));
    assertThat(decide(reserved, Map.of(), new ShipStock(ADA)))
        .isEqualTo(Map.of(0, waiting(true, "apple")));
  }

  @Test
  void repeatedCommandThatChangesNothingDoesNotWait() {
    assertThat(
            decide(
                reservation(ADA, ReservationStatus.SHIPPED),
                Map.of(),
                reserve(ADA, "apple"),
                new ShipStock(ADA)))
        .isEmpty();
    assertThat(decide(reservation(ADA, ReservationStatus.REFUSED), Map.of(), new ReleaseStock(ADA)))
        .isEmpty();
  }

  @Test
  void undoBehindItsCommandWaitsWithIt() {
    assertThat(decide(reserve(ADA, "apple"), reserve(BOB, "pear"), new ReleaseStock(ADA)))
        .isEqualTo(Map.of(0, waiting(false, "apple"), 2, waiting(false, "apple")));
  }

  @Test
  void commandBehindADeferredOneWaitsAlsoOnceTheItemIsFree() {
    Map<UUID, Waiting> before = Map.of(ADA, waiting(false, "pear"));

    assertThat(decide(Map.of(), before, new ReleaseStock(ADA), reserve(BOB, "pear")))
        .isEqualTo(Map.of(0, waiting(false, "pear")));
  }

  @Test
  void repeatedShipmentWaitsBehindTheFirst() {
    Map<UUID, Reservation> reserved = reservation(ADA, ReservationStatus.RESERVED);

    assertThat(decide(reserved, Map.of(), new ShipStock(ADA), new ShipStock(ADA))).hasSize(2);
  }

  @Test
  void commandThatCannotFollowIsRefusedImmediately() {
    Map<UUID, Reservation> reserved = reservation(ADA, ReservationStatus.RESERVED);

    assertThatThrownBy(() -> decide(reserved, Map.of(), new ShipStock(ADA), new ReleaseStock(ADA)))
        .isInstanceOf(BrokenProtocolException.class)
        .hasMessage(
            "order " + ADA + " waits for stock that a branch in doubt holds, and is shipped then");
    assertThatThrownBy(() -> decide(reserve(ADA, "apple"), new ShipStock(ADA)))
        .isInstanceOf(BrokenProtocolException.class)
        .hasMessageEndingWith("and is not to be shipped then");
  }
}
