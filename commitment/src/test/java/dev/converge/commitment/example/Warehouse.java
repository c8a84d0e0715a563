package dev.converge.commitment.example;

import dev.converge.commitment.*;
import dev.converge.commitment.http.*;
import dev.converge.commitment.postgres.*;
import dev.converge.commitment.protocol.*;
import io.vertx.core.*;
import io.vertx.core.http.*;
import io.vertx.ext.web.*;
import io.vertx.ext.web.handler.*;
import io.vertx.sqlclient.*;
import java.net.URI;
import java.util.*;

/** A participant. The code of the library's README. */
public final class Warehouse {
  public static Future<HttpServer> run(
      Vertx vertx, Pool working, Pool pool, String name, int port, Map<String, URI> services) {
    var client = new ParticipantClient(vertx, services, ParticipantClient.Timeouts.standard());
    var others =
        new RemoteOthers(
            name,
            client,
            (id, trace) -> client.proposeAbort("shop", id, trace), // the register
            Instruments.none());
    var participant =
        new Participant(
            TwoPhaseCommit.protocol(),
            new PreparedBranches(working, pool, new TakeStock()),
            others,
            Instruments.none());
    var participation = new Participation(name, Map.of(Protocols.TWO_PHASE, participant));

    Router router = Router.router(vertx);
    router.route().handler(BodyHandler.create(false).setBodyLimit(65_536));
    new ParticipantRoutes(participation, new BranchesInDoubt(pool), new DivergenceTable(pool))
        .mount(router);
    var recovery =
        new Recovery(participation, List.of(), Recovery.Timing.standard(), Instruments.none());
    return vertx
        .deployVerticle(recovery)
        .compose(recovering -> vertx.createHttpServer().requestHandler(router).listen(port));
  }
}
