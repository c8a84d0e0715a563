package dev.converge.lab.simulation;

import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.ReservationDecision.Outcome;
import dev.converge.inventory.domain.StockBatch;
import dev.converge.inventory.domain.StockItem;
import dev.converge.order.saga.AddedStep.PackSlot;
import dev.converge.order.saga.AddedStep.ReleaseSlot;
import dev.converge.order.saga.AddedStep.ReserveSlot;
import dev.converge.order.saga.AddedStep.SlotPacked;
import dev.converge.order.saga.AddedStep.SlotRefused;
import dev.converge.order.saga.AddedStep.SlotReleased;
import dev.converge.order.saga.AddedStep.SlotReserved;
import dev.converge.outbox.UnprocessableMessageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The inventory with the commands of {@code AddedStep}: the product decides on all others. A slot
 * shares the reservation's version, which numbers the replies. Every fifth order is refused. To
 * pack a slot stores nothing, as in a product's rule whose decision changes no stock.
 */
final class SlotDecisions implements StockDecisions {
  private enum Slot {
    RESERVED,
    REFUSED,
    RELEASED
  }

  private static final int REFUSED_EVERY = 5;

  private final StockDecisions product = new ProductStockDecisions();
  private final boolean releases;
  private final Map<UUID, Slot> slots = new LinkedHashMap<>();

  /**
   * @param releases false for a mistake: a release confirms, and does nothing
   */
  SlotDecisions(boolean releases) {
    this.releases = releases;
  }

  private static boolean isSlots(Message message) {
    return message.payload() instanceof ReserveSlot
        || message.payload() instanceof ReleaseSlot
        || message.payload() instanceof PackSlot;
  }

  @Override
  public Set<String> skus(List<Message> batch, Map<UUID, Reservation> known) {
    return product.skus(batch.stream().filter(message -> !isSlots(message)).toList(), known);
  }

  @Override
  public Decided decide(
      List<Message> batch, Map<UUID, Reservation> known, Map<String, StockItem> stock) {
    Deciding deciding = new Deciding(known, stock);
    batch.forEach(deciding::decide);
    return deciding.decided();
  }

  /** A batch, while it is decided command by command. */
  private final class Deciding {
    private final Map<UUID, Reservation> reservations;
    private final Map<UUID, Reservation> changed = new LinkedHashMap<>();
    private final Map<String, StockItem> stock;
    private final Map<UUID, Slot> slotsNow = new LinkedHashMap<>();
    private final List<ReservationDecision> decisions = new ArrayList<>();
    private final List<Reply> replies = new ArrayList<>();

    Deciding(Map<UUID, Reservation> known, Map<String, StockItem> stock) {
      this.reservations = new LinkedHashMap<>(known);
      this.stock = new LinkedHashMap<>(stock);
    }

    void decide(Message message) {
      if (isSlots(message)) {
        decideSlot(message);
        return;
      }
      Decided single = product.decide(List.of(message), reservations, stock);
      decisions.addAll(single.batch().decisions());
      replies.addAll(single.replies());
      stock.putAll(single.batch().stock());
      single.batch().reservations().forEach(this::changed);
    }

    private void changed(Reservation reservation) {
      reservations.put(reservation.orderId(), reservation);
      changed.put(reservation.orderId(), reservation);
    }

    private void decideSlot(Message message) {
      UUID order = message.order();
      Reservation before = reservations.get(order);
      if (before == null) {
        throw new UnprocessableMessageException(order + " has no reservation");
      }
      Reservation after =
          new Reservation(order, before.status(), before.lines(), before.version() + 1);
      changed(after);
      Slot known = slotsNow.getOrDefault(order, slots.get(order));
      boolean isRelease = message.payload() instanceof ReleaseSlot;
      replies.add(
          message.payload() instanceof PackSlot
              ? new Reply(new SlotPacked(order), false)
              : isRelease ? release(order, known) : reserve(order, known));
      decisions.add(
          new ReservationDecision(
              after, List.of(), isRelease ? Outcome.RELEASED : Outcome.RESERVED, ""));
    }

    private Reply reserve(UUID order, @Nullable Slot known) {
      if (known == null) {
        boolean refused = order.getLeastSignificantBits() % REFUSED_EVERY == 0;
        slotsNow.put(order, refused ? Slot.REFUSED : Slot.RESERVED);
        return refused
            ? new Reply(new SlotRefused(order), false)
            : new Reply(new SlotReserved(order), true);
      }
      return new Reply(
          known == Slot.RESERVED ? new SlotReserved(order) : new SlotRefused(order), false);
    }

    // Without a reserved slot, a release leaves a tombstone.
    private Reply release(UUID order, @Nullable Slot known) {
      if (releases) {
        slotsNow.put(order, Slot.RELEASED);
      }
      return new Reply(new SlotReleased(order), releases && known == Slot.RESERVED);
    }

    Decided decided() {
      return new Decided(
          new StockBatch(decisions, List.copyOf(changed.values()), stock),
          replies,
          () -> slots.putAll(slotsNow));
    }
  }
}
