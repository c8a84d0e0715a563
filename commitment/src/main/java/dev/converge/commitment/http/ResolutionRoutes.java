package dev.converge.commitment.http;

import dev.converge.commitment.Decision;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.NotInDoubtException;
import dev.converge.commitment.Participant;
import dev.converge.commitment.Participation;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets an operator end a branch in doubt whose decision is lost. The router needs a {@code
 * BodyHandler} with a limit before these routes.
 */
public final class ResolutionRoutes {
  private static final Set<String> FIELDS = Set.of("decision", "operator", "reason");
  private static final int LONGEST_OPERATOR = 100;
  private static final int LONGEST_REASON = 256;

  /** An operator's action. */
  public record Resolution(GlobalId id, Decision decision, String operator, String reason) {}

  /** The log of operators' actions. */
  public interface OperatorLog {
    /** Records an action before it is taken: there is none without its entry. */
    Future<Void> acting(Resolution resolution);

    /** Records an action that was refused. */
    Future<Void> refused(Resolution resolution, String why);

    /** Records an action that failed: its outcome is not known. */
    Future<Void> failed(Resolution resolution, String why);
  }

  private final Participation participation;
  private final OperatorLog log;

  public ResolutionRoutes(Participation participation, OperatorLog log) {
    this.participation = participation;
    this.log = log;
  }

  /** Adds the routes. */
  public void mount(Router router) {
    router.post("/transactions/:gid/resolve").handler(this::resolve);
  }

  private void resolve(RoutingContext request) {
    Exchange.id(request)
        .ifPresent(
            id -> Exchange.body(request, FIELDS).ifPresent(body -> resolve(request, id, body)));
  }

  private void resolve(RoutingContext request, GlobalId id, JsonObject body) {
    Optional<Participant> participant = participation.of(id);
    Optional<Resolution> resolution = read(id, body);
    if (participant.isEmpty()) {
      request.fail(404);
    } else if (resolution.isEmpty()) {
      request.fail(422);
    } else {
      resolve(participant.get(), resolution.get())
          .onSuccess(state -> Exchange.answer(request, new JsonObject().put("state", state.name())))
          .onFailure(cause -> fail(request, cause));
    }
  }

  private static Optional<Resolution> read(GlobalId id, JsonObject body) {
    Object decision = body.getValue("decision");
    Optional<Decision> known =
        Arrays.stream(Decision.values()).filter(each -> each.name().equals(decision)).findFirst();
    String operator = text(body.getValue("operator"), LONGEST_OPERATOR);
    String reason = text(body.getValue("reason"), LONGEST_REASON);
    return known.isEmpty() || operator == null || reason == null
        ? Optional.empty()
        : Optional.of(new Resolution(id, known.get(), operator, reason));
  }

  // A log is read on terminals, where invisible characters move the cursor or hide a name.
  private static @Nullable String text(@Nullable Object value, int longest) {
    return value instanceof String text
            && !text.isBlank()
            && text.codePointCount(0, text.length()) <= longest
            && text.codePoints().allMatch(ResolutionRoutes::isVisible)
        ? text
        : null;
  }

  private static boolean isVisible(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  private Future<BranchState> resolve(Participant participant, Resolution resolution) {
    return participant
        .state(resolution.id())
        .compose(
            state ->
                state.isInDoubt() ? act(participant, resolution) : refuse(resolution, participant));
  }

  private Future<BranchState> act(Participant participant, Resolution resolution) {
    return log.acting(resolution)
        .compose(logged -> participant.resolve(resolution.id(), resolution.decision()))
        .recover(cause -> notResolved(resolution, cause));
  }

  private Future<BranchState> notResolved(Resolution resolution, Throwable cause) {
    return log.failed(resolution, String.valueOf(cause.getMessage()))
        .transform(logged -> Future.failedFuture(cause));
  }

  // The participant refuses it; the log has the reason.
  private Future<BranchState> refuse(Resolution resolution, Participant participant) {
    return log.refused(resolution, "the branch is not in doubt")
        .compose(logged -> participant.resolve(resolution.id(), resolution.decision()));
  }

  private static void fail(RoutingContext request, Throwable cause) {
    if (cause instanceof NotInDoubtException ended) {
      Exchange.conflict(
          request,
          "only a branch in doubt can be resolved",
          new JsonObject().put("state", ended.state().name()));
    } else {
      request.fail(cause);
    }
  }
}
