package dev.converge.order;

import dev.converge.order.application.AdmissionControl;
import dev.converge.order.application.FindOrder;
import dev.converge.order.application.OrderProtocols;
import dev.converge.order.application.OrderReads;
import dev.converge.order.application.PlaceOrder;
import dev.converge.order.application.SignalOrder;
import dev.converge.order.http.OrderRoutes;
import dev.converge.service.http.HttpApi;
import dev.converge.service.http.HttpConfig;
import dev.converge.service.runtime.Telemetry;
import dev.converge.testkit.DeployedApi;
import dev.converge.testkit.EventLoop;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** The order API behind a real server, on tables in memory. */
public final class OrderApiServer implements AutoCloseable {
  private final EventLoop loop = new EventLoop();
  private final Telemetry telemetry = Telemetry.start("order-service", Map.of());
  private final InMemoryOrders orders = new InMemoryOrders(loop.vertx());
  private final AdmissionControl admission;
  private final Optional<OrderProtocols> protocols;
  private final boolean hasReplica;
  private final FakeReadNode primary = FakeReadNode.primary(orders.database().pool());
  private final FakeReadNode replica = FakeReadNode.replica(orders.database().pool());
  private final DeployedApi api;

  public OrderApiServer() {
    this(AdmissionControl::new, Optional.empty());
  }

  /**
   * @param admission creates the admission control
   */
  public OrderApiServer(BiFunction<Vertx, MeterRegistry, AdmissionControl> admission) {
    this(admission, Optional.empty());
  }

  /**
   * @param admission creates the admission control
   * @param protocols other protocols than the saga; empty if they are off
   */
  public OrderApiServer(
      BiFunction<Vertx, MeterRegistry, AdmissionControl> admission,
      Optional<OrderProtocols> protocols) {
    this(admission, protocols, false);
  }

  /** A server whose database has a replica. */
  public static OrderApiServer withReplica() {
    return new OrderApiServer(AdmissionControl::new, Optional.empty(), true);
  }

  private OrderApiServer(
      BiFunction<Vertx, MeterRegistry, AdmissionControl> admission,
      Optional<OrderProtocols> protocols,
      boolean hasReplica) {
    this.protocols = protocols;
    this.hasReplica = hasReplica;
    this.admission = admission.apply(loop.vertx(), telemetry.meters());
    this.api =
        new DeployedApi(
            loop,
            port ->
                new HttpApi(
                    new HttpConfig("127.0.0.1", port, List.of()),
                    telemetry,
                    "openapi/order-service.json",
                    this::mount));
  }

  private void mount(Router router) {
    Pool pool = orders.database().pool();
    new OrderRoutes(
            new PlaceOrder(
                loop.vertx(),
                pool,
                orders.keys(),
                orders.orders(),
                orders.engine(),
                admission,
                telemetry.meters(),
                protocols.isPresent()),
            protocols,
            new FindOrder(
                pool, orders.orders(), orders.sagas(), orders.stories(), orders.definition()),
            new OrderReads(
                loop.vertx(),
                pool,
                orders.orders(),
                orders.stories(),
                hasReplica ? primary : null,
                hasReplica ? List.of(replica) : List.of(),
                telemetry.meters()),
            new SignalOrder(pool, orders.orders(), orders.engine(), orders.operatorLog()),
            orders.outcomes(),
            "",
            orders.clock())
        .mount(router);
  }

  public InMemoryOrders orders() {
    return orders;
  }

  /** The primary, of a server with a replica. */
  public FakeReadNode primary() {
    return primary;
  }

  public FakeReadNode replica() {
    return replica;
  }

  public EventLoop loop() {
    return loop;
  }

  public AdmissionControl admission() {
    return admission;
  }

  public MeterRegistry meters() {
    return telemetry.meters();
  }

  public DeployedApi api() {
    return api;
  }

  @Override
  public void close() {
    loop.close();
    telemetry.meters().close();
  }
}
