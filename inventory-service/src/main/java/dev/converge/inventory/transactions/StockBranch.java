package dev.converge.inventory.transactions;

import dev.converge.commitment.BranchWork;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.TriedWork;
import dev.converge.inventory.application.ReservationRepository;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.ReservationDecision.Outcome;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.Reservations;
import dev.converge.inventory.domain.StockItem;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;

/**
 * An order's stock in a transaction. Prepared, it is shipped; tried, it is reserved first. The
 * rules are those of the saga ({@link Reservations}).
 */
public final class StockBranch implements BranchWork, TriedWork {
  private final StockRepository stock;
  private final ReservationRepository reservations;

  public StockBranch(StockRepository stock, ReservationRepository reservations) {
    this.stock = stock;
    this.reservations = reservations;
  }

  @Override
  public void check(GlobalId id, JsonObject request) {
    StockRequest unused = StockRequest.read(id, request);
  }

  @Override
  public Future<Optional<String>> holder(SqlClient client, GlobalId id, JsonObject request) {
    return stock.holder(client, skus(StockRequest.read(id, request).lines()));
  }

  @Override
  public Future<Void> execute(SqlConnection tx, GlobalId id, JsonObject request) {
    StockRequest asked = StockRequest.read(id, request);
    return lock(tx, asked.lines())
        .compose(locked -> save(tx, locked, ship(asked, locked), Set.of()));
  }

  private static ReservationDecision ship(StockRequest asked, Map<String, StockItem> locked) {
    ReservationDecision reserved = reserve(asked, locked);
    return Reservations.ship(
        asked.orderId(), reserved.reservation(), with(locked, reserved.changed()));
  }

  @Override
  public Future<Void> reserve(SqlConnection tx, GlobalId id, JsonObject request) {
    StockRequest asked = StockRequest.read(id, request);
    return lock(tx, asked.lines())
        .compose(locked -> save(tx, locked, reserve(asked, locked), Set.of()));
  }

  @Override
  public Future<Void> confirm(SqlConnection tx, GlobalId id, JsonObject request) {
    return end(tx, id.transaction(), Reservations::ship);
  }

  @Override
  public Future<Void> cancel(SqlConnection tx, GlobalId id, JsonObject request) {
    return end(tx, id.transaction(), Reservations::release);
  }

  /** How a reservation ends. */
  @FunctionalInterface
  private interface End {
    ReservationDecision decide(UUID orderId, Reservation known, Map<String, StockItem> stock);
  }

  private Future<Void> end(SqlConnection tx, UUID orderId, End end) {
    return reservations
        .lock(tx, List.of(orderId))
        .map(known -> known(known, orderId))
        .compose(
            known ->
                lock(tx, known.lines())
                    .compose(
                        locked ->
                            save(tx, locked, end.decide(orderId, known, locked), Set.of(orderId))));
  }

  private static Reservation known(Map<UUID, Reservation> known, UUID orderId) {
    Reservation reservation = known.get(orderId);
    if (reservation == null) {
      throw new IllegalStateException("order " + orderId + " was tried and has no reservation");
    }
    return reservation;
  }

  // In the order of the SKUs: two transactions wait for each other and never deadlock.
  private Future<Map<String, StockItem>> lock(SqlConnection tx, List<ReservationLine> lines) {
    return stock.lock(tx, skus(lines));
  }

  private static SortedSet<String> skus(List<ReservationLine> lines) {
    SortedSet<String> skus = new TreeSet<>();
    lines.forEach(line -> skus.add(line.sku()));
    return skus;
  }

  private static ReservationDecision reserve(StockRequest asked, Map<String, StockItem> locked) {
    ReservationDecision decision =
        Reservations.reserve(asked.orderId(), asked.lines(), null, locked);
    if (decision.outcome() != Outcome.RESERVED) {
      throw new RefusedException(decision.outcome().name());
    }
    return decision;
  }

  private Future<Void> save(
      SqlConnection tx,
      Map<String, StockItem> locked,
      ReservationDecision decision,
      Set<UUID> known) {
    // In turn: after a failed statement the next one fails for another reason, which hides it.
    return reservations
        .save(tx, List.of(decision.reservation()), known)
        .compose(saved -> stock.save(tx, locked, with(locked, decision.changed())));
  }

  private static Map<String, StockItem> with(
      Map<String, StockItem> before, List<StockItem> changed) {
    Map<String, StockItem> now = new HashMap<>(before);
    changed.forEach(item -> now.put(item.sku(), item));
    return now;
  }
}
