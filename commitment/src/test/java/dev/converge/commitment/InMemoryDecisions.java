package dev.converge.commitment;

import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A register of decisions in memory that can be unreachable. */
public final class InMemoryDecisions implements Decisions {
  private final Map<GlobalId, Decision> decided = new ConcurrentHashMap<>();
  private final Map<GlobalId, Boolean> done = new ConcurrentHashMap<>();
  private volatile boolean reachable = true;

  public void reachable(boolean now) {
    reachable = now;
  }

  @Override
  public Future<Decision> proposeCommit(GlobalId id, Context trace) {
    return propose(id, Decision.COMMIT);
  }

  @Override
  public Future<Decision> proposeAbort(GlobalId id, Context trace) {
    return propose(id, Decision.ABORT);
  }

  private Future<Decision> propose(GlobalId id, Decision decision) {
    if (!reachable) {
      return Future.failedFuture("the register is unreachable");
    }
    Decision first = decided.putIfAbsent(id, decision);
    return Future.succeededFuture(first == null ? decision : first);
  }

  @Override
  public Future<Void> done(GlobalId id, Context trace) {
    done.put(id, true);
    return Future.succeededFuture();
  }

  @Override
  public Future<List<Open>> open(Duration olderThan, int limit) {
    return Future.succeededFuture(
        decided.entrySet().stream()
            .filter(each -> each.getValue() == Decision.COMMIT && !done.containsKey(each.getKey()))
            .map(each -> new Open(each.getKey(), Context.root()))
            .limit(limit)
            .toList());
  }

  @Override
  public Future<Integer> prune(int limit) {
    return Future.succeededFuture(0);
  }
}
