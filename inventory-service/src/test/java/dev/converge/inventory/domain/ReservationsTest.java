package dev.converge.inventory.domain;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.inventory.domain.ReservationDecision.Outcome;
import dev.converge.testkit.Seed;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: stock is reserved all or nothing, never twice, never lost. Method: examples, and random
 * command sequences with duplicates and invariants after each.
 */
class ReservationsTest {
  private static final UUID ORDER_ID = new UUID(0, 1);
  private static final List<ReservationLine> LINES =
      List.of(new ReservationLine("apple", 3), new ReservationLine("pear", 2));

  private final Map<String, StockItem> stock = new HashMap<>();
  private @Nullable Reservation reservation;

  ReservationsTest() {
    stock.put("apple", new StockItem("apple", 10, 0, 0));
    stock.put("pear", new StockItem("pear", 2, 0, 0));
  }

  @CanIgnoreReturnValue
  private ReservationDecision reserve(List<ReservationLine> lines) {
    return applied(Reservations.reserve(ORDER_ID, lines, reservation, stock));
  }

  @CanIgnoreReturnValue
  private ReservationDecision release() {
    return applied(Reservations.release(ORDER_ID, reservation, stock));
  }

  @CanIgnoreReturnValue
  private ReservationDecision ship() {
    return applied(Reservations.ship(ORDER_ID, reservation, stock));
  }

  private ReservationDecision applied(ReservationDecision decision) {
    decision.changed().forEach(item -> stock.put(item.sku(), item));
    reservation = decision.reservation();
    return decision;
  }

  private void stockIs(StockItem apple, StockItem pear) {
    assertThat(stock.values()).containsExactlyInAnyOrder(apple, pear);
  }

  @Test
  void reservesAllLines() {
    ReservationDecision decision = reserve(LINES);

    assertThat(decision.outcome()).isEqualTo(Outcome.RESERVED);
    assertThat(decision.reservation())
        .isEqualTo(new Reservation(ORDER_ID, ReservationStatus.RESERVED, LINES, 1));
    stockIs(new StockItem("apple", 7, 3, 0), new StockItem("pear", 0, 2, 0));
  }

  @Test
  void reservesNothingIfOneLineIsShort() {
    ReservationDecision decision =
        reserve(List.of(new ReservationLine("apple", 3), new ReservationLine("pear", 3)));

    assertThat(decision.outcome()).isEqualTo(Outcome.OUT_OF_STOCK);
    assertThat(decision.shortOf()).isEqualTo("pear");
    assertThat(decision.changed()).isEmpty();
    assertThat(decision.reservation().status()).isEqualTo(ReservationStatus.REFUSED);
  }

  @Test
  void refusesAnUnknownSku() {
    ReservationDecision decision = reserve(List.of(new ReservationLine("plum", 1)));

    assertThat(decision.outcome()).isEqualTo(Outcome.OUT_OF_STOCK);
    assertThat(decision.shortOf()).isEqualTo("plum");
  }

  @Test
  void releasesReservedStock() {
    reserve(LINES);

    assertThat(release().outcome()).isEqualTo(Outcome.RELEASED);
    stockIs(new StockItem("apple", 10, 0, 0), new StockItem("pear", 2, 0, 0));
  }

  @Test
  void shipsReservedStock() {
    reserve(LINES);

    assertThat(ship().outcome()).isEqualTo(Outcome.SHIPPED);
    stockIs(new StockItem("apple", 7, 0, 3), new StockItem("pear", 0, 0, 2));
  }

  @Test
  void repeatsItsReplyWithoutItsEffect() {
    reserve(LINES);
    ReservationDecision reservedAgain = reserve(LINES);
    ship();
    ReservationDecision shippedAgain = ship();
    ReservationDecision reservedLate = reserve(LINES);

    assertThat(reservedAgain.outcome()).isEqualTo(Outcome.RESERVED);
    assertThat(reservedAgain.changed()).isEmpty();
    assertThat(shippedAgain.outcome()).isEqualTo(Outcome.SHIPPED);
    assertThat(shippedAgain.changed()).isEmpty();
    assertThat(reservedLate.outcome()).isEqualTo(Outcome.RESERVED);
    assertThat(reservedLate.changed()).isEmpty();
    assertThat(reservedLate.reservation().status()).isEqualTo(ReservationStatus.SHIPPED);
    assertThat(reservedLate.reservation().version()).isEqualTo(5);
  }

  @Test
  void refusesAgainAfterNewStockArrived() {
    reserve(List.of(new ReservationLine("pear", 3)));
    stock.put("pear", new StockItem("pear", 9, 0, 0));

    ReservationDecision again = reserve(List.of(new ReservationLine("pear", 3)));

    assertThat(again.outcome()).isEqualTo(Outcome.OUT_OF_STOCK);
    assertThat(again.changed()).isEmpty();
  }

  @Test
  void releaseBeforeReserveRefusesTheReserve() {
    assertThat(release().outcome()).isEqualTo(Outcome.RELEASED);

    ReservationDecision late = reserve(LINES);

    assertThat(late.outcome()).isEqualTo(Outcome.ALREADY_RELEASED);
    assertThat(late.changed()).isEmpty();
    assertThat(late.reservation().version()).isEqualTo(2);
  }

  @Test
  void releasesARefusedReservationWithoutEffect() {
    reserve(List.of(new ReservationLine("pear", 3)));

    ReservationDecision decision = release();

    assertThat(decision.outcome()).isEqualTo(Outcome.RELEASED);
    assertThat(decision.changed()).isEmpty();
  }

  @Test
  void repeatedReleaseHasNoEffect() {
    reserve(LINES);
    release();

    ReservationDecision again = release();

    assertThat(again.outcome()).isEqualTo(Outcome.RELEASED);
    assertThat(again.changed()).isEmpty();
  }

  @Test
  void neverShipsStockThatIsNotReserved() {
    assertThatThrownBy(this::ship).isInstanceOf(IllegalStateException.class);
    release();
    assertThatThrownBy(this::ship)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("RELEASED");
  }

  @Test
  void neverReleasesShippedStock() {
    reserve(LINES);
    ship();

    assertThatThrownBy(this::release)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("SHIPPED");
  }

  @Test
  void refusesALineWithoutUnits() {
    assertThatThrownBy(() -> new ReservationLine("apple", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("quantity: 0");
  }

  @Test
  void anyCommandsInAnyOrderConserveStock() {
    Set<Outcome> seen = EnumSet.noneOf(Outcome.class);
    Seed.forEach(1_000, seed -> new Warehouse(new Random(seed), seen).serve(40));
    assertThat(seen).isNotEmpty();
    if (System.getProperty("converge.seed") == null) {
      assertThat(seen).containsExactlyInAnyOrder(Outcome.values());
    }
  }

  /** A small shop: few SKUs and orders, so that they conflict. */
  private static final class Warehouse {
    private static final List<String> SKUS = List.of("apple", "pear", "plum");

    private final Random random;
    private final Set<Outcome> seen;
    private final Map<String, StockItem> stock = new HashMap<>();
    private final Map<String, Long> totals = new HashMap<>();
    private final Map<UUID, List<ReservationLine>> orders = new HashMap<>();
    private final Map<UUID, Reservation> reservations = new HashMap<>();

    Warehouse(Random random, Set<Outcome> seen) {
      this.random = random;
      this.seen = seen;
      for (String sku : SKUS) {
        long units = random.nextInt(8);
        stock.put(sku, new StockItem(sku, units, 0, 0));
        totals.put(sku, units);
      }
    }

    void serve(int commands) {
      for (int i = 0; i < commands; i++) {
        UUID orderId = new UUID(0, random.nextInt(6));
        List<ReservationLine> lines = orders.computeIfAbsent(orderId, unknown -> lines());
        Reservation known = reservations.get(orderId);
        ReservationDecision decision = decide(random.nextInt(3), orderId, lines, known);
        if (decision != null) {
          apply(lines, known, decision);
        }
      }
    }

    private List<ReservationLine> lines() {
      List<ReservationLine> lines = new ArrayList<>();
      for (String sku : SKUS) {
        if (lines.isEmpty() || random.nextBoolean()) {
          lines.add(new ReservationLine(sku, 1 + random.nextInt(3)));
        }
      }
      return lines;
    }

    /** Null if the command is illegal and was refused. */
    private @Nullable ReservationDecision decide(
        int command, UUID orderId, List<ReservationLine> lines, @Nullable Reservation known) {
      ReservationStatus status = known == null ? null : known.status();
      boolean illegal =
          command == 1
              ? status == ReservationStatus.SHIPPED
              : command == 2
                  && status != ReservationStatus.RESERVED
                  && status != ReservationStatus.SHIPPED;
      try {
        ReservationDecision decision =
            switch (command) {
              case 0 -> Reservations.reserve(orderId, lines, known, stock);
              case 1 -> Reservations.release(orderId, known, stock);
              default -> Reservations.ship(orderId, known, stock);
            };
        assertThat(illegal).as("illegal command %s on %s was executed", command, status).isFalse();
        return decision;
      } catch (IllegalStateException refused) {
        assertThat(illegal).as("command %s on %s: %s", command, status, refused).isTrue();
        return null;
      }
    }

    private void apply(
        List<ReservationLine> lines, @Nullable Reservation known, ReservationDecision decision) {
      seen.add(decision.outcome());
      decision.changed().forEach(item -> stock.put(item.sku(), item));
      Reservation next = decision.reservation();
      reservations.put(next.orderId(), next);

      assertThat(next.version()).isEqualTo(known == null ? 1 : known.version() + 1);
      assertThat(decision.changed())
          .as("all lines change, or none")
          .extracting(StockItem::sku)
          .satisfiesAnyOf(
              skus -> assertThat(skus).isEmpty(),
              skus ->
                  assertThat(skus).isEqualTo(lines.stream().map(ReservationLine::sku).toList()));
      if (known != null && known.status() == ReservationStatus.RELEASED) {
        assertThat(next.status()).isEqualTo(ReservationStatus.RELEASED);
        assertThat(decision.changed()).isEmpty();
      }
      for (String sku : SKUS) {
        StockItem item = item(sku);
        assertThat(item.available()).isNotNegative();
        assertThat(item.available() + item.reserved() + item.shipped()).isEqualTo(totals.get(sku));
        assertThat(item.reserved()).isEqualTo(units(sku, ReservationStatus.RESERVED));
        assertThat(item.shipped()).isEqualTo(units(sku, ReservationStatus.SHIPPED));
      }
    }

    private StockItem item(String sku) {
      return requireNonNull(stock.get(sku));
    }

    private long units(String sku, ReservationStatus status) {
      return reservations.values().stream()
          .filter(reservation -> reservation.status() == status)
          .flatMap(reservation -> reservation.lines().stream())
          .filter(line -> line.sku().equals(sku))
          .mapToLong(ReservationLine::quantity)
          .sum();
    }
  }
}
