package dev.converge.commitment.http;

import dev.converge.commitment.Coordinator;
import dev.converge.commitment.Divergences;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.InDoubtBranches;
import dev.converge.commitment.Participant;
import dev.converge.commitment.Participation;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;

/**
 * The branches of a service as HTTP resources. Every request is idempotent. The router needs a
 * {@code BodyHandler} with a limit before these routes.
 */
public final class ParticipantRoutes {
  private static final int MAX_LISTED = 256;

  private final Participation participation;
  private final InDoubtBranches inDoubt;
  private final Divergences divergences;

  public ParticipantRoutes(
      Participation participation, InDoubtBranches inDoubt, Divergences divergences) {
    this.participation = participation;
    this.inDoubt = inDoubt;
    this.divergences = divergences;
  }

  /** Adds the routes. */
  public void mount(Router router) {
    router.put("/transactions/:gid").handler(this::prepare);
    router.get("/transactions/:gid").handler(this::state);
    router.post("/transactions/:gid/precommit").handler(to(BranchEvent.PRECOMMIT));
    router.post("/transactions/:gid/commit").handler(to(BranchEvent.COMMIT));
    router.post("/transactions/:gid/abort").handler(to(BranchEvent.ABORT));
    router.get("/transactions").handler(this::list);
  }

  private void prepare(RoutingContext request) {
    Exchange.id(request)
        .ifPresent(
            id ->
                Exchange.body(request)
                    .ifPresent(work -> apply(request, id, BranchEvent.PREPARE, work)));
  }

  private Handler<RoutingContext> to(BranchEvent event) {
    return request -> {
      if (Exchange.hasNoBody(request)) {
        Exchange.id(request).ifPresent(id -> apply(request, id, event, new JsonObject()));
      }
    };
  }

  private void apply(RoutingContext request, GlobalId id, BranchEvent event, JsonObject work) {
    Optional<Participant> participant =
        participation.of(id).filter(involved -> involved.accepts(event));
    if (participant.isEmpty()) {
      request.fail(404);
      return;
    }
    participant
        .get()
        .request(
            new Coordinator.Request(
                participation.name(),
                id,
                event,
                work,
                TraceHeaders.read(request.request().headers())))
        .onSuccess(state -> answer(request, event, state))
        .onFailure(cause -> fail(request, cause));
  }

  private static void answer(RoutingContext request, BranchEvent event, BranchState state) {
    JsonObject body = new JsonObject().put("state", state.name());
    if (event == BranchEvent.PREPARE && !state.isInDoubt() && state != BranchState.COMMITTED) {
      // Aborted before its work arrived, or the work has ended its own transaction.
      Exchange.conflict(
          request,
          Exchange.Conflict.VOTE_REFUSED,
          "the branch is not prepared",
          body.put("reason", state.name()));
    } else {
      Exchange.answer(request, body);
    }
  }

  private static void fail(RoutingContext request, Throwable cause) {
    if (cause instanceof RefusedException refused) {
      Exchange.conflict(
          request,
          Exchange.Conflict.VOTE_REFUSED,
          "the participant votes no",
          new JsonObject()
              .put("state", BranchState.UNKNOWN.name())
              .put("reason", refused.reason()));
    } else {
      request.fail(cause);
    }
  }

  private void state(RoutingContext request) {
    Exchange.id(request)
        .ifPresent(
            id ->
                participation
                    .of(id)
                    .ifPresentOrElse(
                        participant -> answerState(request, participant, id),
                        () -> request.fail(404)));
  }

  private static void answerState(RoutingContext request, Participant participant, GlobalId id) {
    participant
        .state(id)
        .onSuccess(state -> Exchange.answer(request, new JsonObject().put("state", state.name())))
        .onFailure(request::fail);
  }

  private void list(RoutingContext request) {
    Future<List<InDoubtBranches.Entry>> waiting = inDoubt.oldest(MAX_LISTED);
    Future<List<Divergences.Entry>> divergent = divergences.open(MAX_LISTED);
    Future.all(waiting, divergent)
        .onSuccess(read -> Exchange.answer(request, json(waiting.result(), divergent.result())))
        .onFailure(request::fail);
  }

  private static JsonObject json(
      List<InDoubtBranches.Entry> waiting, List<Divergences.Entry> divergent) {
    JsonArray branches = new JsonArray();
    for (InDoubtBranches.Entry entry : waiting) {
      branches.add(
          new JsonObject()
              .put("gid", entry.gid())
              .put("state", entry.state().name())
              .put("ageMillis", entry.age().toMillis())
              .put("waiters", entry.waiters())
              .put("logBytesHeld", entry.logBytesHeld()));
    }
    JsonArray ended = new JsonArray();
    divergent.forEach(entry -> ended.add(entry.gid()));
    return new JsonObject().put("inDoubt", branches).put("divergent", ended);
  }
}
