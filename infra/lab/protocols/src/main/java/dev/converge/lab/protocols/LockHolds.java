package dev.converge.lab.protocols;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How long prepared transactions kept others from the row of their item. A transaction that waits
 * for the row gets it when the one before commits, so its hold begins there, and holds of one item
 * never overlap. Pure.
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

  private static double hold(Branch branch, Map<String, Long> released) {
    long before = released.getOrDefault(branch.item(), Long.MIN_VALUE);
    released.put(branch.item(), branch.commitMicros());
    return (branch.commitMicros() - Math.max(branch.beginMicros(), before)) / 1_000.0;
  }
}
