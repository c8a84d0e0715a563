package dev.converge.commitment;

import io.opentelemetry.context.Context;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The recent branches of a participant, in memory: the trace that requested them, so that the
 * recovery continues it, and those that diverge.
 */
final class RecentBranches {
  private static final int MAX_TRACES = 2_000;
  private static final int MAX_DIVERGENT = 100;

  private final Map<GlobalId, Context> traces = new LinkedHashMap<>();
  private final Set<GlobalId> divergent = new LinkedHashSet<>();

  synchronized void remember(GlobalId id, Context trace) {
    traces.putIfAbsent(id, trace);
    if (traces.size() > MAX_TRACES) {
      traces.remove(traces.keySet().iterator().next());
    }
  }

  synchronized Context trace(GlobalId id) {
    return traces.getOrDefault(id, Context.root());
  }

  /** Whether it was not known. */
  synchronized boolean addDivergent(GlobalId id) {
    boolean isNew = divergent.add(id);
    if (divergent.size() > MAX_DIVERGENT) {
      divergent.remove(divergent.iterator().next());
    }
    return isNew;
  }

  synchronized Set<GlobalId> divergent() {
    return new LinkedHashSet<>(divergent);
  }
}
