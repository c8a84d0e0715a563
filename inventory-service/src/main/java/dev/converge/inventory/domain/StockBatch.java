package dev.converge.inventory.domain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The result of a batch of commands. They are decided in order; each sees the results of those
 * before it.
 *
 * @param decisions one for each command, in the same order; each is a reply to send
 * @param reservations the reservations to write, as the last command left them
 * @param stock the given items, as the last command left them
 */
public record StockBatch(
    List<ReservationDecision> decisions,
    List<Reservation> reservations,
    Map<String, StockItem> stock) {

  /** The SKUs that a batch can change, in the order in which their rows are locked. */
  public static SortedSet<String> skus(
      List<StockCommand> commands, Map<UUID, Reservation> reservations) {
    SortedSet<String> skus = new TreeSet<>();
    commands.forEach(command -> skus.addAll(skus(command, reservations)));
    return skus;
  }

  /** The SKUs that a command can change, if no other command of its order comes before it. */
  static SortedSet<String> skus(StockCommand command, Map<UUID, Reservation> reservations) {
    SortedSet<String> skus = new TreeSet<>();
    command.changes(reservations.get(command.orderId())).forEach(line -> skus.add(line.sku()));
    return skus;
  }

  /**
   * Decides on a batch.
   *
   * @param reservations the reservations of the commands' orders, as far as they exist
   * @param stock the items of {@link #skus}, as far as they exist
   * @throws BrokenProtocolException if a command is illegal in its reservation's status
   */
  public static StockBatch decide(
      List<StockCommand> commands,
      Map<UUID, Reservation> reservations,
      Map<String, StockItem> stock) {
    Map<UUID, Reservation> reservationsNow = new LinkedHashMap<>();
    Map<String, StockItem> stockNow = new LinkedHashMap<>(stock);
    List<ReservationDecision> decisions = new ArrayList<>(commands.size());
    for (StockCommand command : commands) {
      UUID orderId = command.orderId();
      Reservation known = reservationsNow.getOrDefault(orderId, reservations.get(orderId));
      ReservationDecision decision = command.decide(known, stockNow);
      reservationsNow.put(orderId, decision.reservation());
      decision.changed().forEach(item -> stockNow.put(item.sku(), item));
      decisions.add(decision);
    }
    return new StockBatch(decisions, List.copyOf(reservationsNow.values()), stockNow);
  }
}
