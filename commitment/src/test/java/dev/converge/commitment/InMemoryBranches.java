package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.faults.InvalidBodyException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Branches in memory. A request with a field {@code refuse} is refused for its reason. */
public final class InMemoryBranches implements Branches, Divergences {
  private final Map<GlobalId, BranchState> states = new ConcurrentHashMap<>();
  private final Map<GlobalId, JsonObject> requests = new ConcurrentHashMap<>();
  private final Map<String, Divergences.Entry> divergent = new ConcurrentHashMap<>();
  private final boolean awaitDecisions;
  private volatile @Nullable Throwable fault;

  public InMemoryBranches() {
    this(true);
  }

  /**
   * @param awaitDecisions whether the work is prepared; else it is committed when it is requested
   */
  public InMemoryBranches(boolean awaitDecisions) {
    this.awaitDecisions = awaitDecisions;
  }

  @Override
  public boolean awaitDecisions() {
    return awaitDecisions;
  }

  /** From now on every step fails; with null it works again. */
  public void fail(@Nullable Throwable cause) {
    fault = cause;
  }

  private <T> Future<T> unlessFailing(T result) {
    Throwable cause = fault;
    return cause == null ? Future.succeededFuture(result) : Future.failedFuture(cause);
  }

  private Future<Void> put(GlobalId id, BranchState state) {
    return unlessFailing(id)
        .map(
            works -> {
              states.put(id, state);
              return null;
            });
  }

  @Override
  public Future<BranchState> state(GlobalId id) {
    return unlessFailing(states.getOrDefault(id, BranchState.UNKNOWN));
  }

  /** A request with a field {@code fault} is at fault. */
  @Override
  public void check(GlobalId id, JsonObject request) {
    if (request.containsKey("fault")) {
      throw new InvalidBodyException(
          true, List.of(new InvalidBodyException.Fault("/fault", "unknown field")));
    }
  }

  @Override
  public Future<Boolean> isSame(GlobalId id, JsonObject request) {
    return unlessFailing(request.equals(requests.get(id)));
  }

  @Override
  public Future<Void> prepare(GlobalId id, JsonObject request) {
    requests.put(id, request);
    String refusal = request.getString("refuse");
    return refusal == null
        ? put(id, awaitDecisions ? BranchState.PREPARED : BranchState.COMMITTED)
        : Future.failedFuture(new RefusedException(refusal));
  }

  @Override
  public Future<Void> recordPrecommit(GlobalId id) {
    return put(id, BranchState.PRECOMMITTED);
  }

  @Override
  public Future<Void> recordAbort(GlobalId id) {
    return put(id, BranchState.ABORTED);
  }

  @Override
  public Future<Void> commit(GlobalId id) {
    return put(id, BranchState.COMMITTED);
  }

  @Override
  public Future<Void> rollBack(GlobalId id) {
    return put(id, BranchState.ABORTED);
  }

  @Override
  public Future<List<GlobalId>> ended(
      String protocol, Set<BranchState> ends, Duration since, int limit) {
    return unlessFailing(
        states.entrySet().stream()
            .filter(each -> each.getKey().protocol().equals(protocol))
            .filter(each -> ends.contains(each.getValue()))
            .map(Map.Entry::getKey)
            .limit(limit)
            .toList());
  }

  @Override
  public Future<Boolean> recordDivergence(GlobalId id, BranchState state, BranchEvent message) {
    return unlessFailing(new Divergences.Entry(id.text(), state, message, Duration.ofSeconds(5)))
        .map(entry -> divergent.putIfAbsent(entry.gid(), entry) == null);
  }

  @Override
  public Future<List<Divergences.Entry>> open(int limit) {
    return unlessFailing(divergent.values().stream().limit(limit).toList());
  }

  @Override
  public Future<Boolean> isOpen(GlobalId id) {
    return unlessFailing(divergent.containsKey(id.text()));
  }

  @Override
  public Future<Boolean> acknowledge(GlobalId id) {
    return unlessFailing(divergent.remove(id.text()) != null);
  }

  @Override
  public Future<List<InDoubt>> inDoubt(int limit) {
    return unlessFailing(
        states.entrySet().stream()
            .filter(branch -> branch.getValue().isInDoubt())
            .map(branch -> new InDoubt(branch.getKey(), branch.getValue(), Duration.ofSeconds(5)))
            .limit(limit)
            .toList());
  }

  @Override
  public Future<Integer> prune(Duration olderThan, int limit) {
    return unlessFailing(0);
  }
}
