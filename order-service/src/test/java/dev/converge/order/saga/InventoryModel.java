package dev.converge.order.saga;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.saga.ParticipantMessages.ReleaseStock;
import dev.converge.order.saga.ParticipantMessages.ReserveStock;
import dev.converge.order.saga.ParticipantMessages.StockRefused;
import dev.converge.order.saga.ParticipantMessages.StockReleased;
import dev.converge.order.saga.ParticipantMessages.StockReserved;
import dev.converge.order.saga.ParticipantMessages.StockShipped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** The inventory: idempotent, all or nothing, with tombstones. */
final class InventoryModel {
  static final List<String> SKUS = List.of("apple", "pear");

  private enum ReservationStatus {
    RESERVED,
    REFUSED,
    RELEASED,
    SHIPPED
  }

  private final Map<String, Integer> total = new HashMap<>();
  private final Map<String, Integer> available = new HashMap<>();
  private final Map<UUID, ReservationStatus> reservations = new HashMap<>();
  private final Map<UUID, List<ReserveStock.Line>> lines = new HashMap<>();
  private final Map<UUID, Integer> shipments = new HashMap<>();

  InventoryModel(Random random) {
    for (String sku : SKUS) {
      total.put(sku, 2 + random.nextInt(10));
    }
    available.putAll(total);
  }

  SagaReply handle(UUID id, SagaCommand command) {
    ReservationStatus known = reservations.get(id);
    if (command instanceof ReserveStock reserve) {
      if (known == null) {
        known = reserve(id, reserve.lines());
      }
      return known == ReservationStatus.RESERVED || known == ReservationStatus.SHIPPED
          ? new StockReserved(id)
          : new StockRefused(id, "OUT_OF_STOCK", "");
    }
    if (command instanceof ReleaseStock) {
      assertThat(known).as("undo of shipped goods").isNotEqualTo(ReservationStatus.SHIPPED);
      if (known == ReservationStatus.RESERVED) {
        add(id, 1);
      }
      reservations.put(id, ReservationStatus.RELEASED);
      return new StockReleased(id);
    }
    assertThat(known)
        .as("shipped quantity equals the reserved one")
        .isIn(ReservationStatus.RESERVED, ReservationStatus.SHIPPED);
    if (known == ReservationStatus.RESERVED) {
      reservations.put(id, ReservationStatus.SHIPPED);
      shipments.merge(id, 1, Integer::sum);
    }
    return new StockShipped(id);
  }

  private ReservationStatus reserve(UUID id, List<ReserveStock.Line> asked) {
    boolean covered = asked.stream().allMatch(line -> available(line.sku()) >= line.quantity());
    ReservationStatus status = covered ? ReservationStatus.RESERVED : ReservationStatus.REFUSED;
    reservations.put(id, status);
    lines.put(id, asked);
    if (covered) {
      add(id, -1);
    }
    return status;
  }

  private void add(UUID id, int sign) {
    for (ReserveStock.Line line : requireNonNull(lines.get(id))) {
      available.merge(line.sku(), sign * line.quantity(), Integer::sum);
    }
  }

  private int available(String sku) {
    return requireNonNull(available.get(sku));
  }

  void assertConserved() {
    for (String sku : SKUS) {
      int held =
          lines.entrySet().stream()
              .filter(entry -> reserves(entry.getKey()) || hasShipped(entry.getKey()))
              .flatMap(entry -> entry.getValue().stream())
              .filter(line -> line.sku().equals(sku))
              .mapToInt(ReserveStock.Line::quantity)
              .sum();
      if (available(sku) < 0 || available(sku) + held != requireNonNull(total.get(sku))) {
        throw new AssertionError(sku + ": " + available + ", held " + held + " of " + total);
      }
    }
  }

  boolean reserves(UUID id) {
    return reservations.get(id) == ReservationStatus.RESERVED;
  }

  boolean hasReleased(UUID id) {
    return reservations.get(id) == ReservationStatus.RELEASED;
  }

  boolean hasShipped(UUID id) {
    return reservations.get(id) == ReservationStatus.SHIPPED;
  }

  int shipments(UUID id) {
    return shipments.getOrDefault(id, 0);
  }
}
