package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.ReservationStatus;
import dev.converge.inventory.domain.StockItem;
import dev.converge.lab.SagaRules;
import dev.converge.lab.simulation.PaymentService.PaymentRow;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.saga.SagaStatus;
import dev.converge.payment.domain.PaymentStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The invariants of stock and money. */
final class EffectInvariants {
  private EffectInvariants() {}

  /** The invariants of a quiescent system. */
  static void whenQuiescent(World world) {
    world.orders().tables().orders().values().forEach(order -> effects(world, order));
    goods(world);
    money(world);
  }

  /** I13: never oversold, and what is reserved is what the reservations say. */
  static void stockIsTrue(Map<UUID, Reservation> reservations, Map<String, Stock> stock) {
    Map<String, Long> reserved = new HashMap<>();
    Map<String, Long> shipped = new HashMap<>();
    for (Reservation reservation : reservations.values()) {
      Map<String, Long> sums =
          reservation.status() == ReservationStatus.RESERVED ? reserved : shipped;
      if (reservation.status() == ReservationStatus.RESERVED
          || reservation.status() == ReservationStatus.SHIPPED) {
        for (ReservationLine line : reservation.lines()) {
          sums.merge(line.sku(), (long) line.quantity(), Long::sum);
        }
      }
    }
    for (Stock row : stock.values()) {
      StockItem item = row.item();
      boolean holds =
          item.available() >= 0
              && item.reserved() == reserved.getOrDefault(item.sku(), 0L)
              && item.shipped() == shipped.getOrDefault(item.sku(), 0L)
              && item.available() + item.reserved() + item.shipped() == row.received();
      Violation.unless(
          holds, "I13", null, row + ", but reserved " + reserved + ", shipped " + shipped);
    }
  }

  /** I7, I8, I10: done once if completed; otherwise undone as often as done, the last first. */
  private static void effects(World world, Order order) {
    UUID id = order.orderId();
    boolean completed = status(world, id) == SagaStatus.COMPLETED;
    if (completed) {
      List<String> all = world.effects().of(id);
      Violation.unless(all.equals(world.rules().successes()), "I7", id, "COMPLETED after " + all);
    } else {
      undone(world, id);
    }
    long held = world.provider().held(id);
    Violation.unless(
        held == (completed ? order.totalMinor() : 0),
        "I10",
        id,
        "the provider holds " + held + " of " + order.totalMinor());
  }

  private static void undone(World world, UUID id) {
    Effects effects = world.effects();
    List<String> all = effects.of(id);
    List<String> undoneInOrder = new ArrayList<>();
    for (SagaRules.Step step : world.rules().stepsWithReplies()) {
      int done = effects.count(id, step.success());
      int undone = step.undone() == null ? 0 : effects.count(id, step.undone());
      Violation.unless(done <= 1, "I7", id, step.name() + " was done more than once: " + all);
      Violation.unless(done == undone, "I8", id, step.name() + " was done and not undone: " + all);
      if (undone > 0) {
        undoneInOrder.add(0, requireNonNull(step.undone()));
      }
    }
    List<String> undone = all.stream().filter(undoneInOrder::contains).toList();
    Violation.unless(undone.equals(undoneInOrder), "I8", id, "undone in the wrong order: " + all);
  }

  private static SagaStatus status(World world, UUID order) {
    return requireNonNull(world.orders().tables().sagas().get(order)).status();
  }

  /** I11: the provider's ledger and the table of payments agree. */
  private static void money(World world) {
    Map<UUID, PaymentRow> payments = world.payments().payments();
    for (PaymentRow row : payments.values()) {
      UUID id = row.payment().orderId();
      PaymentStatus status = row.payment().status();
      Violation.unless(!status.awaitsProvider(), "I11", id, "the payment is " + status);
      Violation.unless(
          (status == PaymentStatus.CHARGED) == (world.provider().held(id) > 0),
          "I11",
          id,
          "the payment is " + status + ", the provider holds " + world.provider().held(id));
    }
    for (Provider.Line line : world.provider().ledger().values()) {
      Violation.unless(
          payments.containsKey(line.order()), "I11", line.order(), "the ledger alone has " + line);
    }
  }

  /** I12: no stock is reserved any more, and missing stock was shipped for completed orders. */
  private static void goods(World world) {
    Map<String, Long> sold = new HashMap<>();
    for (Order order : world.orders().tables().orders().values()) {
      if (status(world, order.orderId()) == SagaStatus.COMPLETED) {
        for (OrderLine line : order.lines()) {
          sold.merge(line.sku(), (long) line.quantity(), Long::sum);
        }
      }
    }
    stockIsTrue(world.inventory().reservations(), world.inventory().stock());
    for (Stock row : world.inventory().stock().values()) {
      StockItem item = row.item();
      Violation.unless(
          item.reserved() == 0 && item.shipped() == sold.getOrDefault(item.sku(), 0L),
          "I12",
          null,
          item + ", sold " + sold);
    }
  }
}
