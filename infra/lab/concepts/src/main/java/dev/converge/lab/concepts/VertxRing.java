package dev.converge.lab.concepts;

import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.endpoint.DefaultInteractionMetrics;
import io.vertx.core.net.endpoint.LoadBalancer;
import io.vertx.core.net.endpoint.ServerEndpoint;
import io.vertx.core.net.endpoint.ServerInteraction;
import io.vertx.core.net.endpoint.ServerSelector;
import java.util.List;

/** The ring of Vert.x' load balancer, asked directly: no request is sent. */
final class VertxRing {
  private final ServerSelector selector;

  VertxRing(List<String> replicas, int virtualNodes) {
    this.selector =
        LoadBalancer.consistentHashing(virtualNodes, LoadBalancer.RANDOM)
            .selector(replicas.stream().map(Replica::new).toList());
  }

  /** The replica of a key, as its index. */
  int select(String key) {
    return selector.select(key);
  }

  /** A replica that only has a name. */
  private record Replica(String key, SocketAddress address, DefaultInteractionMetrics metrics)
      implements ServerEndpoint {
    Replica(String key) {
      this(key, SocketAddress.inetSocketAddress(8080, key), new DefaultInteractionMetrics());
    }

    @Override
    public ServerInteraction newInteraction() {
      throw new UnsupportedOperationException("no request is sent");
    }

    @Override
    public Object unwrap() {
      return key;
    }
  }
}
