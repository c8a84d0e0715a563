package dev.converge.lab.concepts;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Consistent hashing on a ring (D. Karger et al., 1997): each replica has many points on a circle
 * of hashes, its virtual nodes, and a key belongs to the replica of the next point. A further
 * replica takes keys over, and moves none between the others. Pure.
 */
final class HashRing {
  private final NavigableMap<Long, Integer> points = new TreeMap<>();

  /**
   * A ring.
   *
   * @param replicas their names
   * @param virtualNodes points of each
   */
  HashRing(List<String> replicas, int virtualNodes) {
    if (replicas.isEmpty() || virtualNodes < 1) {
      throw new IllegalArgumentException("a ring has replicas and points");
    }
    for (int replica = 0; replica < replicas.size(); replica++) {
      for (int point = 0; point < virtualNodes; point++) {
        points.put(Hash64.sound(replicas.get(replica) + "-" + point), replica);
      }
    }
  }

  /** The replica of a key, as its index. */
  int select(String key) {
    Map.Entry<Long, Integer> next = points.ceilingEntry(Hash64.sound(key));
    return next == null ? points.firstEntry().getValue() : next.getValue();
  }
}
