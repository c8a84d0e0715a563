package dev.converge.inventory.checks;

import dev.converge.inventory.postgres.StockAuditQueries.ShippedPart;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Compares the shipped stock with the sum of the shipped reservations. A shipped reservation does
 * not change, so each is counted once, in key order; only the newest are counted again in each run.
 *
 * <p>A count of several statements can miss a reservation that shipped late, or that shipped
 * meanwhile. So after a difference all reservations are counted again. A finding is a difference
 * that is the same in two counts, or that one statement saw; it is reported while a difference
 * remains.
 */
final class ShippedStock {
  private static final int MAX_FINDINGS = 100;
  private static final long MAX_RUN_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final UUID BEGIN = new UUID(0, 0);

  private final Function<UUID, Future<ShippedPart>> count;
  private final Map<String, Long> countedBefore = new HashMap<>();
  private UUID cursor = BEGIN;
  private Map<String, Long> suspected = Map.of();
  private Map<String, Long> found = Map.of();

  /**
   * @param count counts a range of reservations after the given one
   */
  ShippedStock(Function<UUID, Future<ShippedPart>> count) {
    this.count = count;
  }

  /** The findings of the last full count. Counts for some seconds; the next run continues. */
  Future<List<String>> check() {
    return countOn(System.nanoTime());
  }

  private Future<List<String>> countOn(long begunNanos) {
    return count.apply(cursor).compose(part -> counted(part, begunNanos));
  }

  private Future<List<String>> counted(ShippedPart part, long begunNanos) {
    UUID upTo = part.upTo();
    if (upTo == null) {
      compare(part);
    } else {
      part.bySku().forEach((sku, units) -> countedBefore.merge(sku, units.counted(), Long::sum));
      cursor = upTo;
    }
    boolean done = upTo == null && suspected.size() == found.size();
    boolean timeIsUp = System.nanoTime() - begunNanos > MAX_RUN_NANOS;
    return done || timeIsUp ? Future.succeededFuture(findings()) : countOn(begunNanos);
  }

  private List<String> findings() {
    return found.entrySet().stream()
        .limit(MAX_FINDINGS)
        .map(each -> "%s: %+d against the reservations".formatted(each.getKey(), each.getValue()))
        .toList();
  }

  private void compare(ShippedPart last) {
    Map<String, Long> differences = differences(last);
    boolean oneStatement = cursor.equals(BEGIN);
    Map<String, Long> findings = new TreeMap<>(differences);
    if (!oneStatement) {
      findings.entrySet().removeIf(each -> !isConfirmed(each.getKey(), each.getValue()));
    }
    found = findings;
    suspected = differences;
    if (!differences.isEmpty()) {
      countedBefore.clear();
      cursor = BEGIN;
    }
  }

  private Map<String, Long> differences(ShippedPart last) {
    Map<String, Long> differences = new TreeMap<>();
    last.bySku()
        .forEach(
            (sku, units) -> {
              long counted = units.counted() + countedBefore.getOrDefault(sku, 0L);
              if (units.shipped() != counted) {
                differences.put(sku, units.shipped() - counted);
              }
            });
    return differences;
  }

  private boolean isConfirmed(String sku, Long difference) {
    return found.containsKey(sku) || difference.equals(suspected.get(sku));
  }
}
