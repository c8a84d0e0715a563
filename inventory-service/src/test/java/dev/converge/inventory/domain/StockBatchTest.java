package dev.converge.inventory.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.inventory.domain.ReservationDecision.Outcome;
import dev.converge.inventory.domain.StockCommand.ReleaseStock;
import dev.converge.inventory.domain.StockCommand.ReserveStock;
import dev.converge.inventory.domain.StockCommand.ShipStock;
import dev.converge.testkit.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: a batch has the same result as its commands one by one. Method: examples, and random
 * batches that are decided both ways.
 */
class StockBatchTest {
  private static final UUID ADA = new UUID(0, 1);
  private static final UUID BOB = new UUID(0, 2);
  private static final StockItem THREE_APPLES = new StockItem("apple", 3, 0, 0);

  private static ReserveStock reserve(UUID orderId, String sku, int quantity) {
    return new ReserveStock(orderId, List.of(new ReservationLine(sku, quantity)));
  }

  private static StockBatch decide(StockCommand... commands) {
    return StockBatch.decide(List.of(commands), Map.of(), Map.of("apple", THREE_APPLES));
  }

  private static List<Outcome> outcomes(StockBatch batch) {
    return batch.decisions().stream().map(ReservationDecision::outcome).toList();
  }

  @Test
  void ordersCompeteForStockInTheOrderOfTheirCommands() {
    StockBatch batch = decide(reserve(ADA, "apple", 2), reserve(BOB, "apple", 2));

    assertThat(outcomes(batch)).containsExactly(Outcome.RESERVED, Outcome.OUT_OF_STOCK);
    assertThat(batch.stock()).containsExactly(Map.entry("apple", new StockItem("apple", 1, 2, 0)));
    assertThat(batch.reservations()).extracting(Reservation::orderId).containsExactly(ADA, BOB);
  }

  @Test
  void commandsOfOneOrderSeeEachOtherAndLeaveOneReservation() {
    StockBatch batch =
        decide(reserve(ADA, "apple", 2), reserve(ADA, "apple", 2), new ReleaseStock(ADA));

    assertThat(outcomes(batch))
        .containsExactly(Outcome.RESERVED, Outcome.RESERVED, Outcome.RELEASED);
    assertThat(batch.decisions())
        .extracting(decision -> decision.reservation().version())
        .containsExactly(1L, 2L, 3L);
    assertThat(batch.reservations())
        .containsExactly(
            new Reservation(
                ADA, ReservationStatus.RELEASED, List.of(new ReservationLine("apple", 2)), 3));
    assertThat(batch.stock()).containsEntry("apple", THREE_APPLES);
  }

  @Test
  void releaseBeforeReserveInOneBatchRefusesTheReserve() {
    StockBatch batch = decide(new ReleaseStock(ADA), reserve(ADA, "apple", 1));

    assertThat(outcomes(batch)).containsExactly(Outcome.RELEASED, Outcome.ALREADY_RELEASED);
    assertThat(batch.stock()).containsEntry("apple", THREE_APPLES);
  }

  @Test
  void illegalCommandFailsTheBatch() {
    assertThatThrownBy(() -> outcomes(decide(reserve(ADA, "apple", 1), new ShipStock(BOB))))
        .isInstanceOf(BrokenProtocolException.class)
        .hasMessageContaining(BOB.toString());
  }

  @Test
  void locksTheSkusOfCommandsAndReservationsInOrder() {
    Reservation known =
        new Reservation(
            BOB, ReservationStatus.RESERVED, List.of(new ReservationLine("apple", 1)), 1);

    assertThat(
            StockBatch.skus(
                List.of(reserve(ADA, "plum", 1), reserve(ADA, "pear", 1), new ShipStock(BOB)),
                Map.of(BOB, known)))
        .containsExactly("apple", "pear", "plum");
  }

  @Test
  void batchHasTheResultOfItsCommandsOneByOne() {
    Seed.forEach(500, seed -> decideBothWays(new Random(seed)));
  }

  private static void decideBothWays(Random random) {
    Map<UUID, Reservation> reservations = new HashMap<>();
    Map<String, StockItem> stock = new HashMap<>(Map.of("apple", THREE_APPLES));
    List<StockCommand> legal = new ArrayList<>();
    List<ReservationDecision> decisions = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      StockCommand command = command(random, new UUID(0, random.nextInt(4)));
      try {
        StockBatch single = StockBatch.decide(List.of(command), reservations, stock);
        single.reservations().forEach(changed -> reservations.put(changed.orderId(), changed));
        stock.putAll(single.stock());
        decisions.addAll(single.decisions());
        legal.add(command);
      } catch (BrokenProtocolException illegal) {
        assertThat(illegal).hasMessageContaining(command.orderId().toString());
      }
    }

    StockBatch batch = StockBatch.decide(legal, Map.of(), locked(legal));

    assertThat(batch.decisions()).isEqualTo(decisions);
    assertThat(batch.stock().getOrDefault("apple", THREE_APPLES)).isEqualTo(stock.get("apple"));
    assertThat(batch.reservations()).containsExactlyInAnyOrderElementsOf(reservations.values());
  }

  /** The items that are locked for a batch, and no others. */
  private static Map<String, StockItem> locked(List<StockCommand> commands) {
    return StockBatch.skus(commands, Map.of()).contains("apple")
        ? Map.of("apple", THREE_APPLES)
        : Map.of();
  }

  @Test
  void commandThatChangesNoStockLocksNone() {
    List<ReservationLine> lines = List.of(new ReservationLine("apple", 1));

    for (ReservationStatus ended :
        List.of(ReservationStatus.REFUSED, ReservationStatus.RELEASED, ReservationStatus.SHIPPED)) {
      assertThat(
              StockBatch.skus(
                  List.of(reserve(ADA, "apple", 1), new ReleaseStock(ADA), new ShipStock(ADA)),
                  Map.of(ADA, new Reservation(ADA, ended, lines, 1))))
          .isEmpty();
    }
  }

  private static StockCommand command(Random random, UUID orderId) {
    return switch (random.nextInt(3)) {
      case 0 -> reserve(orderId, random.nextInt(5) == 0 ? "plum" : "apple", 1 + random.nextInt(2));
      case 1 -> new ReleaseStock(orderId);
      default -> new ShipStock(orderId);
    };
  }
}
