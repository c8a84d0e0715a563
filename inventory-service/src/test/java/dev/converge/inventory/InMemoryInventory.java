package dev.converge.inventory;

import dev.converge.inventory.application.ReservationRepository;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.domain.Reservation;
import dev.converge.inventory.domain.StockItem;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxMessage;
import dev.converge.testkit.InMemoryDatabase;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** The inventory's repositories and its outbox in memory, for unit tests. */
public final class InMemoryInventory {
  public static final String LOCK_RESERVATIONS = "lock reservations";
  public static final String LOCK_STOCK = "lock stock";
  public static final String SAVE_RESERVATIONS = "save reservations";
  public static final String SAVE_STOCK = "save stock";
  public static final String APPEND = "append";

  private final InMemoryDatabase database = new InMemoryDatabase();
  private final Map<String, StockItem> items = database.table();
  private final Map<UUID, Reservation> byOrder = database.table();
  private final Map<UUID, OutboxMessage> sent = database.table();

  public InMemoryDatabase database() {
    return database;
  }

  /** Adds an item of which this many units are available. */
  public void receive(String sku, long available) {
    items.put(sku, new StockItem(sku, available, 0, 0));
  }

  /** An item's units as {@code available reserved shipped}. */
  public String stock(String sku) {
    return Optional.ofNullable(items.get(sku))
        .map(item -> item.available() + " " + item.reserved() + " " + item.shipped())
        .orElse("none");
  }

  /** A reservation as {@code status version}. */
  public String reservation(UUID orderId) {
    return Optional.ofNullable(byOrder.get(orderId))
        .map(found -> found.status() + " " + found.version())
        .orElse("none");
  }

  /** The messages in the outbox, in their order. */
  public List<OutboxMessage> sent() {
    return List.copyOf(sent.values());
  }

  public Outbox outbox() {
    return (tx, messages) ->
        database.write(
            tx, APPEND, () -> messages.forEach(message -> sent.put(message.id(), message)));
  }

  public ReservationRepository reservations() {
    return new Reservations();
  }

  public StockRepository stock() {
    return new Stock();
  }

  private final class Reservations implements ReservationRepository {
    @Override
    public Future<Map<UUID, Reservation>> lock(SqlConnection tx, Collection<UUID> orderIds) {
      Map<UUID, Reservation> found = new TreeMap<>(byOrder);
      found.keySet().retainAll(orderIds);
      return database.query(tx, LOCK_RESERVATIONS + " of " + orderIds.size(), () -> found);
    }

    @Override
    public Future<Void> save(SqlConnection tx, List<Reservation> changed, Set<UUID> known) {
      return database.write(tx, SAVE_RESERVATIONS, () -> changed.forEach(one -> save(one, known)));
    }

    private void save(Reservation changed, Set<UUID> known) {
      Reservation before = byOrder.put(changed.orderId(), changed);
      boolean isKnown = known.contains(changed.orderId());
      if (isKnown != (before != null)
          || (before != null && before.version() >= changed.version())) {
        throw new IllegalStateException("reservation: " + before + ", then " + changed);
      }
    }
  }

  private final class Stock implements StockRepository {
    @Override
    public Future<Map<String, StockItem>> lock(SqlConnection tx, SortedSet<String> skus) {
      Map<String, StockItem> found = new TreeMap<>(items);
      found.keySet().retainAll(skus);
      return database.query(tx, LOCK_STOCK + " " + skus, () -> found);
    }

    @Override
    public Future<Void> save(
        SqlConnection tx, Map<String, StockItem> before, Map<String, StockItem> now) {
      Set<String> changed = new TreeSet<>(now.keySet());
      changed.removeIf(sku -> Optional.ofNullable(now.get(sku)).equals(find(before, sku)));
      return database.write(tx, SAVE_STOCK + " " + changed, () -> items.putAll(now));
    }

    private static Optional<StockItem> find(Map<String, StockItem> items, String sku) {
      return Optional.ofNullable(items.get(sku));
    }

    @Override
    public Future<Optional<StockItem>> find(SqlClient client, String sku) {
      return database.query(client, "find stock", () -> find(items, sku));
    }

    @Override
    public Future<List<StockItem>> list(SqlClient client, String after, int limit) {
      return database.query(
          client,
          "list stock",
          () -> new TreeMap<>(items).tailMap(after, false).values().stream().limit(limit).toList());
    }

    @Override
    public Future<Optional<String>> holder(SqlClient client, String sku) {
      return Future.succeededFuture(Optional.empty());
    }

    @Override
    public Future<Stocked> setAvailable(SqlClient client, String sku, long available) {
      return database.query(client, "set stock", () -> set(sku, available));
    }

    private Stocked set(String sku, long available) {
      StockItem before = items.get(sku);
      StockItem now =
          before == null
              ? new StockItem(sku, available, 0, 0)
              : new StockItem(sku, available, before.reserved(), before.shipped());
      items.put(sku, now);
      return new Stocked(now, before == null);
    }
  }
}
