package dev.converge.order.http;

import dev.converge.order.saga.SagaDefinition;
import dev.converge.order.saga.SagaOutlook;
import dev.converge.order.saga.SagaOutlook.Action;
import dev.converge.order.saga.SagaOutlook.Move;
import dev.converge.order.saga.SagaOutlook.Path;
import dev.converge.order.saga.SagaStepNames;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;

/** The saga's definition, and what a saga does next, as the API shows them. */
final class OutlookView {
  private OutlookView() {}

  static JsonObject definition(SagaDefinition definition) {
    JsonArray steps = new JsonArray();
    definition.stepNames().forEach(step -> steps.add(step(step)));
    return new JsonObject().put("steps", steps).put("maxAttempts", definition.maxAttempts());
  }

  private static JsonObject step(SagaStepNames step) {
    JsonObject json =
        new JsonObject()
            .put("name", step.name())
            .put("topic", step.topic())
            .put("command", step.command())
            .put("success", step.success());
    if (step.refusal() != null) {
      json.put("refusal", step.refusal());
    }
    if (step.undo() != null) {
      json.put("undo", step.undo()).put("undoReply", step.undoReply());
    }
    return json.put("pivot", step.isPivot());
  }

  static JsonObject outlook(SagaOutlook outlook) {
    JsonObject json = new JsonObject().put("awaits", outlook.awaits());
    if (outlook.deadline() != null) {
      json.put("deadlineAt", outlook.deadline().toString());
    }
    json.put("attempt", outlook.attempt())
        .put("of", outlook.ofAttempts())
        .put("onReply", path(outlook.ifAnswered()));
    outlook.ifDeadline().ifPresent(late -> json.put("onDeadline", path(late)));
    JsonArray actions = new JsonArray();
    outlook.actions().forEach(action -> actions.add(action(action)));
    return json.put("actions", actions);
  }

  private static JsonObject path(Path path) {
    JsonObject json = new JsonObject().put("moves", moves(path.moves()));
    if (path.outcome() != null) {
      json.put("outcome", path.outcome().name());
    }
    return path.reason() == null ? json : json.put("reason", path.reason().name());
  }

  private static JsonArray moves(List<Move> moves) {
    JsonArray json = new JsonArray();
    for (Move move : moves) {
      JsonArray sends = new JsonArray();
      move.sends()
          .forEach(
              sent ->
                  sends.add(new JsonObject().put("topic", sent.topic()).put("type", sent.type())));
      json.add(
          new JsonObject()
              .put("signal", move.signal())
              .put("sends", sends)
              .put("status", move.status().name())
              .put("step", move.step())
              .put("attempt", move.attempt()));
    }
    return json;
  }

  private static JsonObject action(Action action) {
    JsonObject json =
        new JsonObject()
            .put("action", action.request().name().toLowerCase(Locale.ROOT))
            .put("allowed", action.path().isPresent());
    action.path().ifPresent(path -> json.put("path", path(path)));
    return action.why() == null ? json : json.put("why", action.why());
  }
}
