package dev.converge.commitment;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The branches of a participant that ended in doubt, without a decision, by a presumed one or by an
 * operator, until they are compared with the ends of their peers or the register. In memory: after
 * a restart, all branches that have ended lately are compared with their peers.
 */
final class LoneEnds {
  static final int MAX_ENDS = 1_000;

  private final Set<GlobalId> ids = new LinkedHashSet<>();

  synchronized void add(GlobalId id) {
    ids.add(id);
    if (ids.size() > MAX_ENDS) {
      ids.remove(ids.iterator().next());
    }
  }

  synchronized void forget(GlobalId id) {
    ids.remove(id);
  }

  /** Some of them; those that are not forgotten come again after all others. */
  synchronized List<GlobalId> next(int limit) {
    List<GlobalId> some = new ArrayList<>(ids).subList(0, Math.min(limit, ids.size()));
    some.forEach(ids::remove);
    ids.addAll(some);
    return List.copyOf(some);
  }
}
