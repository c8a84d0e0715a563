package dev.converge.edge;

import io.vertx.core.net.endpoint.LoadBalancer;
import io.vertx.core.net.endpoint.ServerSelector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The replicas of a service, with their health. Used by one event loop. */
final class ReplicaSet {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaSet.class);

  private final Route route;
  private final Policy policy;
  private final List<Replica> replicas;
  private Health health;
  // A selector keeps its turn or its ring as long as it selects among the same replicas.
  private List<Integer> selectable = List.of();
  private @Nullable ServerSelector selector;
  private int turn;

  ReplicaSet(Route route, Policy policy) {
    this.route = route;
    this.policy = policy;
    this.replicas =
        IntStream.range(0, route.replicas().size())
            .mapToObj(index -> new Replica(index, route.replicas().get(index)))
            .toList();
    this.health = Health.unchecked(replicas.size());
  }

  List<Replica> all() {
    return replicas;
  }

  Health health() {
    return health;
  }

  /**
   * Selects the replica of an attempt. After a failure it is the one with the fewest requests,
   * independently of the policy.
   *
   * @param tried indexes of the replicas that failed to answer this request
   * @param key of a policy that hashes
   * @return empty if no other replica is left
   */
  Optional<Replica> select(Set<Integer> tried, @Nullable String key) {
    List<Integer> candidates = health.candidates(tried);
    if (candidates.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        policy == Policy.LEAST_REQUESTS || !tried.isEmpty()
            ? leastBusy(candidates)
            : byPolicy(candidates, key));
  }

  // The load balancer takes the first of equals. Rotated, each of them is the first in turn.
  private Replica leastBusy(List<Integer> candidates) {
    List<Replica> rotated = new ArrayList<>(of(candidates));
    Collections.rotate(rotated, turn++);
    return rotated.get(LoadBalancer.LEAST_REQUESTS.selector(rotated).select());
  }

  private Replica byPolicy(List<Integer> candidates, @Nullable String key) {
    ServerSelector current = selector;
    if (current == null || !selectable.equals(candidates)) {
      current = policy.loadBalancer().selector(of(candidates));
      selector = current;
      selectable = candidates;
    }
    int selected = key == null ? current.select() : current.select(key);
    return replicas.get(candidates.get(selected));
  }

  private List<Replica> of(List<Integer> indexes) {
    return indexes.stream().map(replicas::get).toList();
  }

  void checkPassed(Replica replica) {
    change(replica, "its check passed", now -> now.checkPassed(replica.index()));
  }

  void checkFailed(Replica replica, String why) {
    change(replica, why, now -> now.checkFailed(replica.index()));
  }

  void connected(Replica replica) {
    change(replica, "connected", now -> now.connected(replica.index()));
  }

  void connectionFailed(Replica replica) {
    change(replica, "connections to it fail", now -> now.connectionFailed(replica.index()));
  }

  private void change(Replica replica, String why, UnaryOperator<Health> change) {
    Health before = health;
    health = change.apply(before);
    boolean isAvailable = health.isAvailable(replica.index());
    if (isAvailable != before.isAvailable(replica.index())) {
      LOG.info(
          "{}: {} is {}: {}; {} of {} are available",
          route.name(),
          replica,
          isAvailable ? "available" : "excluded",
          why,
          health.available(),
          replicas.size());
    }
    if (health.isPanic() && !before.isPanic()) {
      LOG.warn("{}: no replica is available: all that accept connections are used", route.name());
    }
  }
}
