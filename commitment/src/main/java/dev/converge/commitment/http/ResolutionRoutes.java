package dev.converge.commitment.http;

import dev.converge.commitment.DecidedOtherwiseException;
import dev.converge.commitment.Decision;
import dev.converge.commitment.Divergences;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.NotDivergentException;
import dev.converge.commitment.NotInDoubtException;
import dev.converge.commitment.Participant;
import dev.converge.commitment.Participation;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Lets an operator end a branch in doubt whose decision is lost, and acknowledge a divergence. The
 * router needs a {@code BodyHandler} with a limit before these routes.
 */
public final class ResolutionRoutes {
  private static final Set<String> RESOLUTION = Set.of("decision", "operator", "reason");
  private static final Set<String> ACKNOWLEDGEMENT = Set.of("operator", "reason");
  private static final int LONGEST_OPERATOR = 100;
  private static final int LONGEST_REASON = 256;

  private final Participation participation;
  private final Divergences divergences;
  private final OperatorLog log;

  public ResolutionRoutes(Participation participation, Divergences divergences, OperatorLog log) {
    this.participation = participation;
    this.divergences = divergences;
    this.log = log;
  }

  /** Adds the routes. */
  public void mount(Router router) {
    router
        .post("/transactions/:gid/resolve")
        .handler(
            request -> read(request, RESOLUTION, (id, fields) -> resolve(request, id, fields)));
    router
        .post("/transactions/:gid/acknowledge")
        .handler(
            request ->
                read(request, ACKNOWLEDGEMENT, (id, fields) -> acknowledge(request, id, fields)));
  }

  private static void read(
      RoutingContext request, Set<String> known, BiConsumer<GlobalId, BodyFields> handler) {
    Exchange.id(request)
        .ifPresent(
            id ->
                Exchange.body(request)
                    .ifPresent(body -> handler.accept(id, new BodyFields(body, known))));
  }

  private void resolve(RoutingContext request, GlobalId id, BodyFields fields) {
    Optional<Participant> participant = participation.of(id);
    if (participant.isEmpty()) {
      request.fail(404);
      return;
    }
    Decision decision = fields.decision(List.of(Decision.values()));
    OperatorAction action = action(id, name(decision), fields);
    if (fields.areValid(request)) {
      answer(request, resolve(participant.get(), decision, action));
    }
  }

  private static OperatorAction action(GlobalId id, String name, BodyFields fields) {
    return new OperatorAction(
        id, name, fields.text("operator", LONGEST_OPERATOR), fields.text("reason", LONGEST_REASON));
  }

  private static String name(Decision decision) {
    return switch (decision) {
      case COMMIT -> OperatorAction.COMMIT_BRANCH;
      case ABORT -> OperatorAction.ABORT_BRANCH;
    };
  }

  private Future<BranchState> resolve(
      Participant participant, Decision decision, OperatorAction action) {
    return participant
        .resolve(action.id(), decision, () -> log.acting(action))
        .recover(cause -> notResolved(action, cause));
  }

  private <T> Future<T> notResolved(OperatorAction action, Throwable cause) {
    if (cause instanceof NotInDoubtException) {
      return refused(action, "the branch is not in doubt", cause);
    }
    if (cause instanceof DecidedOtherwiseException decided) {
      return refused(action, "the transaction is decided: " + decided.decision(), cause);
    }
    return notDone(action, cause);
  }

  private <T> Future<T> refused(OperatorAction action, String why, Throwable cause) {
    return log.refused(action, why).compose(logged -> Future.failedFuture(cause));
  }

  private void acknowledge(RoutingContext request, GlobalId id, BodyFields fields) {
    Optional<Participant> participant = participation.of(id);
    if (participant.isEmpty()) {
      request.fail(404);
      return;
    }
    OperatorAction action = action(id, OperatorAction.ACKNOWLEDGE_DIVERGENCE, fields);
    if (fields.areValid(request)) {
      answer(request, acknowledge(participant.get(), action));
    }
  }

  private Future<BranchState> acknowledge(Participant participant, OperatorAction action) {
    Future<BranchState> state = participant.state(action.id());
    Future<Boolean> isOpen = divergences.isOpen(action.id());
    return Future.all(state, isOpen)
        .compose(
            read ->
                isOpen.result()
                    ? act(action, () -> divergences.acknowledge(action.id())).map(state.result())
                    : notDivergent(action, state.result()));
  }

  private Future<BranchState> notDivergent(OperatorAction action, BranchState state) {
    return refused(action, "no divergence is open", new NotDivergentException(action.id(), state));
  }

  private <T> Future<T> act(OperatorAction action, Supplier<Future<T>> effect) {
    return log.acting(action)
        .compose(logged -> effect.get())
        .recover(cause -> notDone(action, cause));
  }

  private <T> Future<T> notDone(OperatorAction action, Throwable cause) {
    return log.failed(action, String.valueOf(cause.getMessage()))
        .transform(logged -> Future.failedFuture(cause));
  }

  private static void answer(RoutingContext request, Future<BranchState> ended) {
    ended
        .onSuccess(state -> Exchange.answer(request, new JsonObject().put("state", state.name())))
        .onFailure(cause -> fail(request, cause));
  }

  private static void fail(RoutingContext request, Throwable cause) {
    if (cause instanceof NotInDoubtException ended) {
      Exchange.conflict(
          request,
          Exchange.Conflict.BRANCH_NOT_IN_DOUBT,
          "only a branch in doubt can be resolved",
          new JsonObject().put("state", ended.state().name()));
    } else if (cause instanceof DecidedOtherwiseException decided) {
      Exchange.conflict(
          request,
          Exchange.Conflict.TRANSACTION_DECIDED_OTHERWISE,
          "the transaction is decided: " + decided.decision() + "; the branch ends by that",
          new JsonObject()
              .put("state", decided.state().name())
              .put("decision", decided.decision().name()));
    } else if (cause instanceof NotDivergentException acknowledged) {
      Exchange.conflict(
          request,
          Exchange.Conflict.BRANCH_NOT_DIVERGENT,
          "only a divergence that is open can be acknowledged",
          new JsonObject().put("state", acknowledged.state().name()));
    } else {
      request.fail(cause);
    }
  }
}
