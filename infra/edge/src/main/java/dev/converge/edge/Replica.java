package dev.converge.edge;

import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.endpoint.DefaultInteractionMetric;
import io.vertx.core.net.endpoint.DefaultInteractionMetrics;
import io.vertx.core.net.endpoint.ServerEndpoint;
import io.vertx.core.net.endpoint.ServerInteraction;

/** A replica as the load balancers of Vert.x see it: with its requests in flight. */
final class Replica implements ServerEndpoint {
  private final int index;
  private final Route.Address address;
  private final DefaultInteractionMetrics metrics = new DefaultInteractionMetrics();

  Replica(int index, Route.Address address) {
    this.index = index;
    this.address = address;
  }

  int index() {
    return index;
  }

  int requestsInFlight() {
    return metrics.numberOfInflightRequests();
  }

  @Override
  public String key() {
    return address.toString();
  }

  @Override
  public SocketAddress address() {
    return SocketAddress.inetSocketAddress(address.port(), address.host());
  }

  @Override
  public ServerInteraction newInteraction() {
    return new Interaction(metrics);
  }

  @Override
  public DefaultInteractionMetrics metrics() {
    return metrics;
  }

  @Override
  public Object unwrap() {
    return this;
  }

  @Override
  public String toString() {
    return key();
  }

  private static final class Interaction implements ServerInteraction {
    private final DefaultInteractionMetrics metrics;
    private final DefaultInteractionMetric metric;

    Interaction(DefaultInteractionMetrics metrics) {
      this.metrics = metrics;
      this.metric = metrics.initiateRequest();
    }

    @Override
    public void reportFailure(Throwable failure) {
      metrics.reportFailure(metric, failure);
    }

    @Override
    public void reportRequestBegin() {
      metrics.reportRequestBegin(metric);
    }

    @Override
    public void reportRequestEnd() {
      metrics.reportRequestEnd(metric);
    }

    @Override
    public void reportResponseBegin() {
      metrics.reportResponseBegin(metric);
    }

    @Override
    public void reportResponseEnd() {
      metrics.reportResponseEnd(metric);
    }
  }
}
