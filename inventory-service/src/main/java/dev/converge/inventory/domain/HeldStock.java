package dev.converge.inventory.domain;

import dev.converge.inventory.domain.StockCommand.ReleaseStock;
import dev.converge.inventory.domain.StockCommand.ShipStock;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Which commands wait because a branch in doubt holds stock that they change. The commands of an
 * order stay in order: those behind one that waits wait, too.
 */
public final class HeldStock {
  /**
   * The commands of an order that wait.
   *
   * @param skus the SKUs that they wait for
   * @param ships whether one of them is {@link ShipStock}
   */
  public record Waiting(SortedSet<String> skus, boolean ships) {
    public Waiting {
      skus = Collections.unmodifiableSortedSet(new TreeSet<>(skus));
    }

    /** These commands, and another one. */
    public Waiting and(Waiting other) {
      SortedSet<String> both = new TreeSet<>(skus);
      both.addAll(other.skus);
      return new Waiting(both, ships || other.ships);
    }
  }

  private HeldStock() {}

  /**
   * The commands that wait.
   *
   * @param reservations the reservations of the commands' orders, as far as they exist
   * @param before the orders whose earlier commands wait
   * @param held the SKUs that branches in doubt hold
   * @return by the position of each command that waits, what it waits for
   * @throws BrokenProtocolException if a command is illegal after those that wait before it, so
   *     that each command that waits can be handled later
   */
  public static SortedMap<Integer, Waiting> waiting(
      List<StockCommand> commands,
      Map<UUID, Reservation> reservations,
      Map<UUID, Waiting> before,
      Set<String> held) {
    Map<UUID, Waiting> orders = new HashMap<>(before);
    SortedMap<Integer, Waiting> waiting = new TreeMap<>();
    for (int i = 0; i < commands.size(); i++) {
      StockCommand command = commands.get(i);
      Waiting earlier = orders.get(command.orderId());
      SortedSet<String> skus =
          earlier == null ? StockBatch.skus(command, reservations) : behind(earlier, command);
      if (earlier != null || !Collections.disjoint(skus, held)) {
        Waiting added = new Waiting(skus, command instanceof ShipStock);
        orders.merge(command.orderId(), added, Waiting::and);
        waiting.put(i, added);
      }
    }
    return waiting;
  }

  // All commands of an order change the same stock.
  private static SortedSet<String> behind(Waiting earlier, StockCommand command) {
    boolean isBroken =
        earlier.ships() ? command instanceof ReleaseStock : command instanceof ShipStock;
    if (isBroken) {
      throw new BrokenProtocolException(
          "order "
              + command.orderId()
              + " waits for stock that a branch in doubt holds, and "
              + (earlier.ships() ? "is shipped then" : "is not to be shipped then"));
    }
    return earlier.skus();
  }
}
