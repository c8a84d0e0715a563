package dev.converge.inventory.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.inventory.postgres.ShippedStock.Part;
import dev.converge.inventory.postgres.ShippedStock.Units;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Goal: what differs is told, and only that. Method: reservations of one SKU, counted in parts. */
class ShippedStockTest {
  private static final int AT_A_TIME = 3;

  private final List<Long> shippedOf = new ArrayList<>();
  private final ShippedStock shipped = new ShippedStock(this::count);
  private long stock;
  private int counts;

  @Test
  void whatAddsUpIsNotTold() {
    ship(1, 2);

    assertThat(look()).isEmpty();
    ship(3, 4, 5, 6);
    assertThat(look()).isEmpty();
    assertThat(look()).isEmpty();
  }

  @Test
  void whatDiffersIsToldAtOnceWhereAllIsCountedAtOnce() {
    ship(1, 2);
    stock += 7;

    assertThat(look()).containsExactly("sku: 10 shipped, reservations say 3");
    assertThat(look()).isNotEmpty();
    stock -= 7;
    assertThat(look()).isEmpty();
  }

  @Test
  void onlyTheNewestAreCountedEachTime() {
    ship(1, 1, 1, 1, 1, 1, 1, 1);
    assertThat(look()).isEmpty();
    assertThat(look()).isEmpty();
    int before = counts;

    assertThat(look()).isEmpty();
    assertThat(counts - before).isEqualTo(2);
  }

  @Test
  void oldReservationThatIsShippedLateIsCountedAgainAndNotTold() {
    ship(1, 0, 1, 1, 1, 1);
    looks(3);

    shippedOf.set(1, 5L);
    stock += 5;
    for (int look = 0; look < 4; look++) {
      assertThat(look()).isEmpty();
    }
  }

  @Test
  void whatDiffersIsToldOnceAllWasCountedAgain() {
    ship(1, 1, 1, 1, 1, 1);
    looks(3);

    stock += 2;
    looks(2);
    assertThat(look()).containsExactly("sku: 8 shipped, reservations say 6");
    looks(1);
    assertThat(look()).as("while it is counted again").isNotEmpty();
    stock -= 2;
    looks(2);
    assertThat(look()).isEmpty();
  }

  private void looks(int number) {
    for (int look = 0; look < number; look++) {
      var unused = look();
    }
  }

  private List<String> look() {
    return shipped.look().result();
  }

  private void ship(long... units) {
    for (long each : units) {
      shippedOf.add(each);
      stock += each;
    }
  }

  private Future<Part> count(UUID after) {
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
