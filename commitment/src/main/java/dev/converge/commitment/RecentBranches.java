package dev.converge.commitment;

import io.opentelemetry.context.Context;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The recent branches of a participant, in memory: the trace that requested each, so that the
 * recovery continues it.
 */
final class RecentBranches {
  private static final int MAX_TRACES = 2_000;

  private final Map<GlobalId, Context> traces = new LinkedHashMap<>();

  synchronized void remember(GlobalId id, Context trace) {
    traces.putIfAbsent(id, trace);
    if (traces.size() > MAX_TRACES) {
      traces.remove(traces.keySet().iterator().next());
    }
  }

  synchronized Context trace(GlobalId id) {
    return traces.getOrDefault(id, Context.root());
  }
}
