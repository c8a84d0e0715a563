package dev.converge.order.http;

import dev.converge.order.application.FindOrder.Inspection;
import dev.converge.order.application.OrderStoryRepository.OrderStory;
import dev.converge.order.application.OrderStoryRepository.SentMessage;
import dev.converge.order.application.UnsettledBranches;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.domain.OrderTotals;
import dev.converge.order.domain.OrderTransaction;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaOutlook;
import dev.converge.order.saga.SagaTransition;
import dev.converge.outbox.Traceparent;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/** Orders as the API shows them. */
final class OrderView {
  private final String traceUrl;

  /**
   * @param traceUrl where a trace is shown, with {@code {traceId}} in it; empty if traces are not
   *     shown
   */
  OrderView(String traceUrl) {
    this.traceUrl = traceUrl;
  }

  JsonObject order(Order order) {
    JsonArray lines = new JsonArray();
    for (OrderLine line : order.lines()) {
      lines.add(
          new JsonObject()
              .put("sku", line.sku())
              .put("quantity", line.quantity())
              .put("unitPriceMinor", line.unitPriceMinor()));
    }
    JsonObject json =
        new JsonObject()
            .put("orderId", order.orderId().toString())
            .put("status", order.status().name());
    if (order.reason() != null) {
      json.put("reason", order.reason().name());
    }
    json.put("protocol", order.protocol().label())
        .put("customerId", order.customerId())
        .put("currency", order.currency())
        .put("totalMinor", order.totalMinor())
        .put("lines", lines)
        .put("placedAt", order.placedAt().toString());
    if (order.endedAt() != null) {
      json.put("endedAt", order.endedAt().toString());
    }
    if (order.transaction() != null) {
      json.put("transaction", transaction(order.transaction()));
    }
    return json.put("links", links(order));
  }

  private static JsonObject transaction(OrderTransaction transaction) {
    JsonObject votes = new JsonObject();
    transaction.votes().forEach(votes::put);
    return new JsonObject()
        .put("gid", transaction.gid())
        .put("decision", transaction.decision())
        .put("votes", votes);
  }

  /** An order that has no saga, with the branches that have not ended as it was decided. */
  JsonObject story(Order order, OrderTransaction transaction, UnsettledBranches branches) {
    return order(order)
        .put(
            "transaction",
            transaction(transaction)
                .put("branchesInDoubt", new JsonArray(branches.inDoubt()))
                .put("branchesDivergent", new JsonArray(branches.divergent()))
                .put("branchesUnknown", new JsonArray(branches.unknown())));
  }

  /**
   * @param next what the saga does next, unless it has ended
   */
  JsonObject story(OrderStory story, Optional<SagaOutlook> next) {
    JsonObject json = order(story.order());
    SagaInstance saga = story.saga();
    if (saga == null) {
      return json;
    }
    json.put("version", saga.version())
        .put("saga", saga(saga).put("timeline", timeline(story.timeline())));
    next.ifPresent(outlook -> json.put("next", OutlookView.outlook(outlook)));
    return json;
  }

  private static JsonArray timeline(List<SagaTransition> transitions) {
    JsonArray timeline = new JsonArray();
    transitions.forEach(transition -> timeline.add(transition(transition)));
    return timeline;
  }

  JsonObject totals(OrderTotals totals) {
    JsonArray completed = new JsonArray();
    for (OrderTotals.Total of : totals.completed()) {
      completed.add(
          new JsonObject()
              .put("currency", of.currency())
              .put("orders", of.orders())
              .put("sumMinor", of.sumMinor().toString())
              .put("checksum", of.checksum().toString()));
    }
    JsonArray pending = new JsonArray();
    totals.pending().forEach(id -> pending.add(id.toString()));
    JsonObject json = new JsonObject().put("completed", completed);
    totals.firstCompleted().ifPresent(id -> json.put("firstCompleted", id.toString()));
    return json.put("pending", pending).put("morePending", totals.morePending());
  }

  JsonObject saga(SagaInstance saga) {
    JsonObject json =
        new JsonObject()
            .put("orderId", saga.orderId().toString())
            .put("status", saga.status().name())
            .put("step", saga.step())
            .put("attempt", saga.attempt())
            .put("version", saga.version());
    if (saga.abortReason() != null) {
      json.put("abortReason", saga.abortReason().name());
    }
    return saga.deadline() == null ? json : json.put("deadlineAt", saga.deadline().toString());
  }

  JsonObject inspection(Inspection saga, Optional<SagaOutlook> next) {
    JsonArray messages = new JsonArray();
    saga.messages().forEach(message -> messages.add(message(message)));
    JsonObject json = saga(saga.saga());
    saga.awaits().ifPresent(reply -> json.put("awaits", reply));
    next.ifPresent(outlook -> json.put("next", OutlookView.outlook(outlook)));
    return json.put("timeline", timeline(saga.timeline()))
        .put("messages", messages)
        .put("order", order(saga.order()));
  }

  private static JsonObject message(SentMessage message) {
    JsonObject json =
        new JsonObject()
            .put("id", message.id().toString())
            .put("sequence", message.sequence())
            .put("topic", message.topic())
            .put("type", message.type());
    if (message.causationId() != null) {
      json.put("causationId", message.causationId().toString());
    }
    return json.put("at", message.at().toString());
  }

  JsonObject page(List<Order> orders, int limit, String query) {
    JsonArray items = new JsonArray();
    orders.forEach(order -> items.add(order(order)));
    JsonObject page = new JsonObject().put("items", items);
    return orders.size() < limit
        ? page
        : page.put(
            "next",
            "/orders?limit=" + limit + query + "&before=" + orders.get(limit - 1).orderId());
  }

  private JsonObject links(Order order) {
    String self = "/orders/" + order.orderId();
    JsonObject links = new JsonObject().put("self", self);
    if (!order.status().isTerminal()) {
      links.put("cancel", self + "/cancel");
    }
    if (!traceUrl.isEmpty()) {
      Traceparent.parse(order.traceparent())
          .map(Traceparent::traceId)
          .ifPresent(traceId -> links.put("trace", traceUrl.replace("{traceId}", traceId)));
    }
    return links;
  }

  private static JsonObject transition(SagaTransition transition) {
    return new JsonObject()
        .put("version", transition.version())
        .put("at", transition.at().toString())
        .put("signal", transition.signal())
        .put("status", transition.status().name())
        .put("step", transition.step())
        .put("attempt", transition.attempt())
        .put("sent", transition.sent());
  }
}
