package dev.converge.inventory.checks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.inventory.postgres.StockAuditQueries.ShippedPart;
import dev.converge.inventory.postgres.StockAuditQueries.Units;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: every difference is reported, and nothing else. Method: reservations of one SKU, counted in
 * parts.
 */
class ShippedStockTest {
  private static final int PER_QUERY = 3;

  private final List<Long> shippedOf = new ArrayList<>();
  private final ShippedStock shipped = new ShippedStock(this::count);
  private long stock;
  private int counts;
  private int at;
  private @Nullable Runnable later;

  @Test
  void equalCountsAreNotReported() {
    ship(1, 2);

    assertThat(check()).isEmpty();
    ship(3, 4, 5, 6);
    assertThat(check()).isEmpty();
    assertThat(check()).isEmpty();
  }

  @Test
  void differenceIsReportedUntilItIsGone() {
    ship(1, 2);
    stock += 7;

    assertThat(check()).containsExactly("sku: +7 against the reservations");
    ship(1, 1, 1);
    assertThat(check()).containsExactly("sku: +7 against the reservations");
    stock -= 8;
    assertThat(check()).containsExactly("sku: -1 against the reservations");
    stock += 1;
    assertThat(check()).isEmpty();
  }

  @Test
  void onlyTheNewestReservationsAreCountedInEachRun() {
    ship(1, 1, 1, 1, 1, 1, 1, 1);
    assertThat(check()).isEmpty();
    int before = counts;

    assertThat(check()).isEmpty();
    assertThat(counts - before).isEqualTo(2);
  }

  @Test
  void oldReservationThatShipsLateIsNotReported() {
    ship(1, 0, 1, 1, 1, 1, 1);
    assertThat(check()).isEmpty();

    shipLate(1, 5);
    assertThat(check()).isEmpty();
  }

  @Test
  void reservationThatShipsDuringTheRecountIsNotReported() {
    ship(1, 0, 0, 1, 1, 1, 1);
    assertThat(check()).isEmpty();

    shipLate(1, 5);
    // The first part is counted already; its stock is read with the last part.
    atCount(counts + 1 + PER_QUERY + 1, () -> shipLate(2, 3));
    assertThat(check()).isEmpty();
    assertThat(later).as("action that is still due").isNull();
  }

  private List<String> check() {
    return shipped.check().result();
  }

  private void shipLate(int reservation, long units) {
    shippedOf.set(reservation, units);
    stock += units;
  }

  /** Runs an action once this many reservations are counted. */
  private void atCount(int number, Runnable action) {
    at = number;
    later = action;
  }

  private void ship(long... units) {
    for (long each : units) {
      shippedOf.add(each);
      stock += each;
    }
  }

  private Future<ShippedPart> count(UUID after) {
    Runnable due = later;
    if (due != null && counts >= at) {
      later = null;
      due.run();
    }
    int from = (int) after.getLeastSignificantBits();
    int to = Math.min(shippedOf.size(), from + PER_QUERY);
    long counted = shippedOf.subList(from, to).stream().mapToLong(Long::longValue).sum();
    counts += to - from;
    return Future.succeededFuture(
        new ShippedPart(
            to < shippedOf.size() ? new UUID(0, to) : null,
            Map.of("sku", new Units(stock, counted))));
  }
}
