package dev.converge.inventory.postgres;

import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.inventory.InventoryDatabase;
import dev.converge.inventory.application.StockRepository.Stocked;
import dev.converge.inventory.domain.StockItem;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: every write conserves stock. Method: the repository on a real PostgreSQL, with the
 * service's role.
 */
class PostgresStockRepositoryIT {
  private static final StockItem TEN_APPLES = new StockItem("apple", 10, 0, 0);

  private final InventoryDatabase database = new InventoryDatabase();
  private final PostgresStockRepository stock = new PostgresStockRepository();

  @AfterEach
  void close() {
    database.close();
  }

  private Map<String, StockItem> lock(String... skus) {
    return database.inTransaction(tx -> stock.lock(tx, new TreeSet<>(List.of(skus))));
  }

  private void save(StockItem before, StockItem now) {
    database.inTransaction(
        tx -> stock.save(tx, Map.of(before.sku(), before), Map.of(now.sku(), now)));
  }

  @Test
  void locksKnownItemsInOrderOfTheirSkus() {
    database.receive("pear", 2);
    database.receive("apple", 10);

    assertThat(lock("plum", "pear", "apple").values())
        .containsExactly(TEN_APPLES, new StockItem("pear", 2, 0, 0));
    assertThat(lock()).isEmpty();
  }

  @Test
  void savesChangedItems() {
    database.receive("apple", 10);

    save(TEN_APPLES, new StockItem("apple", 7, 2, 1));

    assertThat(database.stock("apple")).isEqualTo("7 2 1 10");
  }

  @Test
  void savesDifferencesSoThatUnlockedUpdatesDoNotOverwriteEachOther() {
    database.receive("apple", 10);

    save(TEN_APPLES, new StockItem("apple", 7, 3, 0));
    save(TEN_APPLES, new StockItem("apple", 5, 5, 0));

    assertThat(database.stock("apple")).isEqualTo("2 8 0 10");
  }

  @Test
  void neverSavesNegativeStock() {
    database.receive("apple", 10);

    assertThatThrownBy(() -> save(TEN_APPLES, new StockItem("apple", -1, 11, 0)))
        .hasMessageContaining("stock_available_check");
    assertThat(database.stock("apple")).isEqualTo("10 0 0 10");
  }

  @Test
  void savesOnlyLockedItems() {
    database.receive("apple", 10);

    assertThatThrownBy(
            () ->
                database.inTransaction(tx -> stock.save(tx, Map.of(), Map.of("apple", TEN_APPLES))))
        .hasMessageContaining("stock of apple was not locked");
  }

  @Test
  void missingRowFailsTheTransaction() {
    assertThatThrownBy(() -> save(TEN_APPLES, new StockItem("apple", 9, 1, 0)))
        .hasMessageContaining("stock rows written: 0 (expected: 1)");
  }

  @Test
  void setAvailableCountsTheDifferenceAsReceived() {
    Stocked first = await(stock.setAvailable(database.pool(), "apple", 10));
    save(TEN_APPLES, new StockItem("apple", 6, 3, 1));

    Stocked second = await(stock.setAvailable(database.pool(), "apple", 8));

    assertThat(first).isEqualTo(new Stocked(TEN_APPLES, true));
    assertThat(second).isEqualTo(new Stocked(new StockItem("apple", 8, 3, 1), false));
    assertThat(database.stock("apple")).isEqualTo("8 3 1 12");
  }

  @Test
  void findsAndListsItems() {
    database.receive("apple", 10);
    database.receive("pear", 2);
    database.receive("plum", 1);

    assertThat(await(stock.find(database.pool(), "apple"))).contains(TEN_APPLES);
    assertThat(await(stock.find(database.pool(), "cherry"))).isEmpty();
    assertThat(await(stock.list(database.pool(), "apple", 1)))
        .containsExactly(new StockItem("pear", 2, 0, 0));
  }

  @Test
  void lockedStockIsNotSetLater() {
    database.receive("apple", 10);
    Promise<Void> end = Promise.promise();
    Promise<Void> locked = Promise.promise();
    Future<Void> holder =
        database
            .pool()
            .withTransaction(
                tx ->
                    stock
                        .lock(tx, new TreeSet<>(List.of("apple")))
                        .onSuccess(held -> locked.complete())
                        .compose(held -> end.future()));
    await(locked.future());

    assertThatThrownBy(() -> await(stock.setAvailable(database.pool(), "apple", 7)))
        .hasMessageContaining("lock timeout");
    // It is not prepared.
    assertThat(await(stock.holder(database.pool(), "apple"))).isEmpty();
    end.complete();
    await(holder);
    assertThat(database.stock("apple")).isEqualTo("10 0 0 10");
  }
}
