package dev.converge.inventory.checks;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: a reservation is reported while it holds stock for an ended order, and only then. Method:
 * reservations and orders in memory.
 */
class OrphanedReservationsTest {
  private final TreeSet<UUID> held = new TreeSet<>();
  private final Set<UUID> over = new HashSet<>();
  private final List<UUID> asked = new ArrayList<>();
  private boolean orderServiceFails;
  private final OrphanedReservations orphaned =
      new OrphanedReservations(this::page, this::stillHeld, this::isOver);

  private Future<List<UUID>> page(UUID after, long limit) {
    return Future.succeededFuture(held.tailSet(after, false).stream().limit(limit).toList());
  }

  private Future<List<UUID>> stillHeld(Collection<UUID> orderIds, long limit) {
    return Future.succeededFuture(
        orderIds.stream().filter(held::contains).sorted().limit(limit).toList());
  }

  private Future<Boolean> isOver(UUID orderId) {
    asked.add(orderId);
    return orderServiceFails
        ? Future.failedFuture("the order service is unavailable")
        : Future.succeededFuture(over.contains(orderId));
  }

  private static UUID order(int number) {
    return new UUID(0, number);
  }

  private void hold(int from, int to) {
    for (int number = from; number <= to; number++) {
      held.add(order(number));
    }
  }

  private List<String> check() {
    return orphaned.check().result();
  }

  @Test
  void reservationOfAPendingOrderIsNotReported() {
    hold(1, 3);

    assertThat(check()).isEmpty();
    assertThat(asked).containsExactly(order(1), order(2), order(3));
  }

  @Test
  void reservationOfAnEndedOrderIsReportedUntilItIsReleased() {
    hold(1, 3);
    over.add(order(2));

    assertThat(check()).containsExactly(order(2).toString());
    assertThat(check()).containsExactly(order(2).toString());
    held.remove(order(2));
    assertThat(check()).isEmpty();
  }

  @Test
  void pagesFollowEachOtherAndBeginAgain() {
    hold(1, OrphanedReservations.PAGE + 5);
    over.add(order(OrphanedReservations.PAGE + 3));

    assertThat(check()).isEmpty();
    assertThat(check()).containsExactly(order(OrphanedReservations.PAGE + 3).toString());
    asked.clear();
    assertThat(check()).containsExactly(order(OrphanedReservations.PAGE + 3).toString());
    assertThat(asked).startsWith(order(1)).hasSize(OrphanedReservations.PAGE);
  }

  @Test
  void failedRequestFailsTheCheckAndTheSamePageIsCheckedAgain() {
    hold(1, OrphanedReservations.PAGE + 5);
    orderServiceFails = true;

    assertThat(orphaned.check().failed()).isTrue();
    orderServiceFails = false;
    asked.clear();
    assertThat(check()).isEmpty();
    assertThat(asked).startsWith(order(1));
  }
}
