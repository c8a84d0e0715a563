package dev.converge.lab.simulation;

import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.ReservationStatus;
import dev.converge.inventory.domain.StockBatch;
import dev.converge.inventory.domain.StockCommand;
import dev.converge.inventory.domain.StockItem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The mutants of {@link StockBatch}. They decide command by command, and alter what a release reads
 * or writes.
 */
final class BrokenStockBatch {
  private final World world;
  private final Map<UUID, Reservation> reservations;
  private final Map<UUID, Reservation> written = new LinkedHashMap<>();
  private final Map<String, StockItem> stock;
  private final List<ReservationDecision> decisions = new ArrayList<>();

  private BrokenStockBatch(
      World world, Map<UUID, Reservation> reservations, Map<String, StockItem> stock) {
    this.world = world;
    this.reservations = new LinkedHashMap<>(reservations);
    this.stock = new LinkedHashMap<>(stock);
  }

  static StockBatch decide(
      World world,
      List<StockCommand> commands,
      Map<UUID, Reservation> reservations,
      Map<String, StockItem> stock) {
    BrokenStockBatch batch = new BrokenStockBatch(world, reservations, stock);
    commands.forEach(batch::decide);
    return new StockBatch(batch.decisions, List.copyOf(batch.written.values()), batch.stock);
  }

  private void decide(StockCommand command) {
    Reservation before = reservations.get(command.orderId());
    boolean isRelease = command instanceof StockCommand.ReleaseStock;
    if (isRelease && before != null) {
      reservations.put(command.orderId(), seenByRelease(before));
    }
    StockBatch single = StockBatch.decide(List.of(command), reservations, stock);
    decisions.addAll(single.decisions());
    stock.putAll(single.stock());
    boolean isTombstone = isRelease && before == null;
    if (!isTombstone || !world.is(Broken.NO_TOMBSTONE)) {
      single.reservations().forEach(this::write);
    }
  }

  private void write(Reservation changed) {
    reservations.put(changed.orderId(), changed);
    written.put(changed.orderId(), changed);
  }

  private Reservation seenByRelease(Reservation known) {
    return known.status() == ReservationStatus.RELEASED
            && world.is(Broken.COMPENSATION_NOT_IDEMPOTENT)
        ? new Reservation(
            known.orderId(), ReservationStatus.RESERVED, known.lines(), known.version())
        : known;
  }
}
