package dev.converge.edge;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The health of all replicas of a service, and the choice that follows from it.
 *
 * <p>If no replica is available, the checks say more about the machine or the way to the replicas
 * than about one of them: the edge disregards them (panic), and attempts decide. Failed connections
 * are failed attempts, so that a suspended replica stays excluded.
 *
 * @param replicas by their index
 */
record Health(List<ReplicaHealth> replicas) {
  Health {
    replicas = List.copyOf(replicas);
  }

  static Health unchecked(int replicas) {
    return new Health(Collections.nCopies(replicas, ReplicaHealth.UNCHECKED));
  }

  boolean isAvailable(int replica) {
    return replicas.get(replica).isAvailable();
  }

  int available() {
    return (int) replicas.stream().filter(ReplicaHealth::isAvailable).count();
  }

  /** Whether no replica is available. */
  boolean isPanic() {
    return available() == 0;
  }

  /**
   * The replicas that a request can go to: the available ones, or in panic those that are not
   * suspended, of which there is always one; without those tried before.
   */
  List<Integer> candidates(Set<Integer> tried) {
    boolean isPanic = isPanic();
    return IntStream.range(0, replicas.size())
        .filter(replica -> isPanic ? !replicas.get(replica).isSuspended() : isAvailable(replica))
        .filter(replica -> !tried.contains(replica))
        .boxed()
        .toList();
  }

  Health checkPassed(int replica) {
    return with(replica, ReplicaHealth::checkPassed);
  }

  Health checkFailed(int replica) {
    return with(replica, ReplicaHealth::checkFailed);
  }

  Health connected(int replica) {
    return with(replica, ReplicaHealth::connected);
  }

  /** Failed connections never exclude the last candidate. */
  Health connectionFailed(int replica) {
    boolean isAnotherLeft = !candidates(Set.of(replica)).isEmpty();
    return with(replica, health -> health.connectionFailed(isAnotherLeft));
  }

  private Health with(int replica, UnaryOperator<ReplicaHealth> change) {
    List<ReplicaHealth> changed = new ArrayList<>(replicas);
    changed.set(replica, change.apply(replicas.get(replica)));
    return new Health(changed);
  }
}
