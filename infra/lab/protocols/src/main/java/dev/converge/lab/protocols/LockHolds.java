package dev.converge.lab.protocols;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How long prepared transactions kept others from the row of their item, by the commit timestamps
 * of the database. A transaction takes the lock with a statement after its beginning, or when the
 * one before it releases the lock, and releases it once its commit is on disk. A hold is counted
 * from the beginning of the transaction, or from the commit of the one before, to its own commit:
 * it is off by a statement at most, and holds of one item never overlap. Pure.
 */
final class LockHolds {
  private LockHolds() {}

  /** A committed branch: when its transaction began and committed, by the database's clock. */
  record Branch(String item, long beginMicros, long commitMicros) {}

  /** The holds in milliseconds, by item, in the order of the commits. */
  static Map<String, List<Double>> byItem(List<Branch> branches) {
    Map<String, Long> released = new HashMap<>();
    return branches.stream()
        .sorted(Comparator.comparingLong(Branch::commitMicros))
        .collect(
            Collectors.groupingBy(
                Branch::item,
                Collectors.mapping(branch -> hold(branch, released), Collectors.toList())));
  }

  /**
   * The most orders a second that the holds of one item allow: the item was locked for their sum,
   * so a step with these orders takes at least that long. No step is faster, except by the error of
   * the clock that measures it.
   *
   * @param holds of the item, in milliseconds
   * @param completed orders in the same time, of all items
   */
  static @Nullable Double bound(List<Double> holds, int completed) {
    double sum = holds.stream().mapToDouble(Double::doubleValue).sum();
    return sum == 0 ? null : (Double) (completed * 1_000 / sum);
  }

  private static double hold(Branch branch, Map<String, Long> released) {
    long before = released.getOrDefault(branch.item(), Long.MIN_VALUE);
    released.put(branch.item(), branch.commitMicros());
    return (branch.commitMicros() - Math.max(branch.beginMicros(), before)) / 1_000.0;
  }
}
