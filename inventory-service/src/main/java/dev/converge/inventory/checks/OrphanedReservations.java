package dev.converge.inventory.checks;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/**
 * Finds reservations that hold stock for ended orders. Each run checks the next page of
 * reservations in key order, and starts again after the last page. Findings are checked in every
 * run until they are released.
 *
 * <p>An order ends only after the last reply that it awaits. So a reservation that holds stock
 * after its order ended is orphaned. Messages in flight do not change that.
 */
final class OrphanedReservations {
  static final int PAGE = 100;
  private static final UUID BEGIN = new UUID(0, 0);

  /** A page of the orders after the given one that hold stock. */
  @FunctionalInterface
  interface Held {
    Future<List<UUID>> page(UUID after, long limit);
  }

  /** Those of the given orders that hold stock now. */
  @FunctionalInterface
  interface StillHeld {
    Future<List<UUID>> of(Collection<UUID> orderIds, long limit);
  }

  private final Held held;
  private final StillHeld stillHeld;
  private final Function<UUID, Future<Boolean>> isOver;
  private UUID cursor = BEGIN;
  private List<UUID> found = List.of();

  /**
   * @param isOver whether an order has ended or does not exist
   */
  OrphanedReservations(Held held, StillHeld stillHeld, Function<UUID, Future<Boolean>> isOver) {
    this.held = held;
    this.stillHeld = stillHeld;
    this.isOver = isOver;
  }

  /** The orders of all findings that still hold stock, at most one page. */
  Future<List<String>> check() {
    return held.page(cursor, PAGE)
        .compose(this::over)
        .compose(this::stillHeld)
        .onSuccess(orphans -> found = orphans)
        .map(orphans -> orphans.stream().map(UUID::toString).toList());
  }

  private Future<List<UUID>> over(List<UUID> held) {
    List<Future<Boolean>> asked = held.stream().map(isOver).toList();
    return Future.all(asked)
        .onSuccess(all -> cursor = held.size() < PAGE ? BEGIN : held.get(PAGE - 1))
        .map(all -> over(held, all.list()));
  }

  private static List<UUID> over(List<UUID> held, List<Boolean> isOver) {
    List<UUID> over = new ArrayList<>();
    for (int i = 0; i < held.size(); i++) {
      if (isOver.get(i)) {
        over.add(held.get(i));
      }
    }
    return over;
  }

  private Future<List<UUID>> stillHeld(List<UUID> over) {
    Set<UUID> all = new LinkedHashSet<>(found);
    all.addAll(over);
    return all.isEmpty() ? Future.succeededFuture(List.of()) : stillHeld.of(all, PAGE);
  }
}
