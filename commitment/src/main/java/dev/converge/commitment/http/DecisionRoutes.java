package dev.converge.commitment.http;

import dev.converge.commitment.Decision;
import dev.converge.commitment.Decisions;
import dev.converge.commitment.GlobalId;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The coordinator's register of decisions as an HTTP resource, for participants in doubt. They may
 * propose abort only. The router needs a {@code BodyHandler} with a limit before these routes.
 */
public final class DecisionRoutes {
  private static final Set<String> FIELDS = Set.of("decision");

  private final Map<String, Decisions> byProtocol;

  /**
   * @param byProtocol the registers by the protocol's short name
   */
  public DecisionRoutes(Map<String, Decisions> byProtocol) {
    this.byProtocol = Map.copyOf(byProtocol);
  }

  /** Adds the routes. */
  public void mount(Router router) {
    router.post("/transactions/:gid/proposals").handler(this::propose);
  }

  private void propose(RoutingContext request) {
    Exchange.id(request)
        .ifPresent(id -> Exchange.body(request).ifPresent(body -> propose(request, id, body)));
  }

  private void propose(RoutingContext request, GlobalId id, JsonObject body) {
    Decisions decisions = byProtocol.get(id.protocol());
    if (decisions == null) {
      request.fail(404);
      return;
    }
    BodyFields fields = new BodyFields(body, FIELDS);
    Decision proposal = fields.decision(List.of(Decision.ABORT));
    if (fields.areValid(request) && proposal == Decision.ABORT) {
      decisions
          .proposeAbort(id)
          .onSuccess(
              decision ->
                  Exchange.answer(request, new JsonObject().put("decision", decision.name())))
          .onFailure(request::fail);
    }
  }
}
