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

  /** The replicas that a request can go to: available, and not tried before. */
  List<Integer> candidates(Set<Integer> tried) {
    return IntStream.range(0, replicas.size())
        .filter(this::isAvailable)
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

  /** Failed connections never exclude the last replica that is available; failed checks do. */
  Health connectionFailed(int replica) {
    boolean isAnotherAvailable = !candidates(Set.of(replica)).isEmpty();
    return with(replica, health -> health.connectionFailed(isAnotherAvailable));
  }

  private Health with(int replica, UnaryOperator<ReplicaHealth> change) {
    List<ReplicaHealth> changed = new ArrayList<>(replicas);
    changed.set(replica, change.apply(replicas.get(replica)));
    return new Health(changed);
  }
}
