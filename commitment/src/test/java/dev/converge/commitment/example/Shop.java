package dev.converge.commitment.example;

import dev.converge.commitment.*;
import dev.converge.commitment.http.*;
import dev.converge.commitment.postgres.*;
import dev.converge.commitment.protocol.*;
import io.vertx.core.*;
import io.vertx.core.http.*;
import io.vertx.core.json.*;
import io.vertx.ext.web.*;
import io.vertx.ext.web.handler.*;
import io.vertx.sqlclient.*;
import java.net.URI;
import java.util.*;

/** A coordinator. The code of the library's README. */
public final class Shop {
  private final Vertx vertx;
  private final Pool pool;
  private final Coordinator coordinator;

  public Shop(Vertx vertx, Pool pool, Map<String, URI> services) {
    this.vertx = vertx;
    this.pool = pool;
    this.coordinator =
        new Coordinator(
            vertx,
            TwoPhaseCommit.protocol(),
            new ParticipantClient(vertx, services, ParticipantClient.Timeouts.standard()),
            Coordinator.Limits.standard(),
            Instruments.none());
  }

  public Future<Outcome> purchase(String sku) {
    UUID purchase = UUID.randomUUID();
    GlobalId id = new GlobalId(Protocols.TWO_PHASE, purchase, List.of("north", "south"));
    JsonObject one = new JsonObject().put("sku", sku).put("quantity", 1);
    // Commits with the decision, or not at all.
    var register =
        new DecisionTable(
            pool,
            tx ->
                tx.preparedQuery("INSERT INTO purchase (id, sku) VALUES ($1, $2)")
                    .execute(Tuple.of(purchase, sku))
                    .mapEmpty());
    return coordinator.run(id, Map.of("north", one, "south", one), register);
  }

  public Future<HttpServer> run(int port) {
    var register = new DecisionTable(pool);
    Router router = Router.router(vertx);
    router.route().handler(BodyHandler.create(false).setBodyLimit(65_536));
    new DecisionRoutes(Map.of(Protocols.TWO_PHASE, register)).mount(router);
    var announced = new Recovery.Announced(Protocols.TWO_PHASE, coordinator, register);
    var recovery =
        new Recovery(null, List.of(announced), Recovery.Timing.standard(), Instruments.none());
    return vertx
        .deployVerticle(recovery)
        .compose(recovering -> vertx.createHttpServer().requestHandler(router).listen(port));
  }
}
