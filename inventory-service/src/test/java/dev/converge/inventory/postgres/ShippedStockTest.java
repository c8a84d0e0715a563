package dev.converge.inventory.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.inventory.postgres.ShippedStock.Part;
import dev.converge.inventory.postgres.ShippedStock.Units;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: what differs is told, and only that. Method: reservations of one SKU, counted in parts. */
class ShippedStockTest {
  private static final int AT_A_TIME = 3;

  private final List<Long> shippedOf = new ArrayList<>();
  private final ShippedStock shipped = new ShippedStock(this::count);
  private long stock;
  private int counts;
  private int at;
  private @Nullable Runnable later;

  @Test
  void whatAddsUpIsNotTold() {
    ship(1, 2);

    assertThat(look()).isEmpty();
    ship(3, 4, 5, 6);
    assertThat(look()).isEmpty();
    assertThat(look()).isEmpty();
  }

  @Test
  void whatDiffersIsToldUntilItDoesNot() {
    ship(1, 2);
    stock += 7;

    assertThat(look()).containsExactly("sku: +7 against the reservations");
    ship(1, 1, 1);
    assertThat(look()).containsExactly("sku: +7 against the reservations");
    stock -= 8;
    assertThat(look()).containsExactly("sku: -1 against the reservations");
    stock += 1;
    assertThat(look()).isEmpty();
  }

  @Test
  void onlyTheNewestAreCountedEachTime() {
    ship(1, 1, 1, 1, 1, 1, 1, 1);
    assertThat(look()).isEmpty();
    int before = counts;

    assertThat(look()).isEmpty();
    assertThat(counts - before).isEqualTo(2);
  }

  @Test
  void oldReservationThatIsShippedLateIsNotTold() {
    ship(1, 0, 1, 1, 1, 1, 1);
    assertThat(look()).isEmpty();

    shipLate(1, 5);
    assertThat(look()).isEmpty();
  }

  @Test
  void reservationThatIsShippedWhileAllIsCountedAgainIsNotTold() {
    ship(1, 0, 0, 1, 1, 1, 1);
    assertThat(look()).isEmpty();

    shipLate(1, 5);
    // The first part has been counted by then, and its stock is read with the last.
    atCount(counts + 1 + AT_A_TIME + 1, () -> shipLate(2, 3));
    assertThat(look()).isEmpty();
    assertThat(later).as("came").isNull();
  }

  private List<String> look() {
    return shipped.look().result();
  }

  private void shipLate(int reservation, long units) {
    shippedOf.set(reservation, units);
    stock += units;
  }

  /** Something happens once so many reservations have been counted. */
  private void atCount(int number, Runnable happens) {
    at = number;
    later = happens;
  }

  private void ship(long... units) {
    for (long each : units) {
      shippedOf.add(each);
      stock += each;
    }
  }

  private Future<Part> count(UUID after) {
    Runnable due = later;
    if (due != null && counts >= at) {
      later = null;
      due.run();
    }
    int from = (int) after.getLeastSignificantBits();
    int to = Math.min(shippedOf.size(), from + AT_A_TIME);
    long counted = shippedOf.subList(from, to).stream().mapToLong(Long::longValue).sum();
    counts += to - from;
    return Future.succeededFuture(
        new Part(
            to < shippedOf.size() ? new UUID(0, to) : null,
            Map.of("sku", new Units(stock, counted))));
  }
}
