package dev.converge.edge;

import io.vertx.core.net.endpoint.LoadBalancer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How the edge selects one of the available replicas. */
enum Policy {
  /** The fewest requests in flight; among equals, each in turn. */
  LEAST_REQUESTS,
  ROUND_ROBIN,
  RANDOM,
  /** The one with fewer requests in flight of two random ones. */
  POWER_OF_TWO_CHOICES,
  /**
   * By the Idempotency-Key; random without one. The ring of Vert.x 5.0.8 hashes badly: its hash
   * combines sign-extended bytes, so half of all keys share 128 of its values, and the shares of
   * the replicas are far from equal. It is for experiments.
   */
  CONSISTENT_HASHING;

  LoadBalancer loadBalancer() {
    return switch (this) {
      case LEAST_REQUESTS -> LoadBalancer.LEAST_REQUESTS;
      case ROUND_ROBIN -> LoadBalancer.ROUND_ROBIN;
      case RANDOM -> LoadBalancer.RANDOM;
      case POWER_OF_TWO_CHOICES -> LoadBalancer.POWER_OF_TWO_CHOICES;
      case CONSISTENT_HASHING -> LoadBalancer.CONSISTENT_HASHING;
    };
  }

  /** As it is called in settings, such as {@code least-requests}. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The policy of that name. */
  static Optional<Policy> of(String id) {
    return Arrays.stream(values()).filter(policy -> policy.id().equals(id)).findFirst();
  }
}
