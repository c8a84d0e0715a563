package dev.converge.order.http;

import dev.converge.order.application.FindOrder;
import dev.converge.order.application.FindOrder.Inspection;
import dev.converge.order.application.OrderReads;
import dev.converge.order.application.SignalOrder;
import dev.converge.order.reads.ConsistencyToken;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.service.http.Answers;
import dev.converge.service.http.RequestParameters;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.operators.OperatorRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.UUID;

/** Sagas for operators: those that are stuck, what one waits for, and what an operator may do. */
final class SagaRoutes {
  private static final int STUCK_PAGE = 100;

  private final FindOrder findOrder;
  private final OrderReads reads;
  private final SignalOrder signalOrder;
  private final OrderView view;

  SagaRoutes(FindOrder findOrder, OrderReads reads, SignalOrder signalOrder, OrderView view) {
    this.findOrder = findOrder;
    this.reads = reads;
    this.signalOrder = signalOrder;
    this.view = view;
  }

  void mount(Router router) {
    router.get("/saga-definition").handler(this::define);
    router.get("/sagas/stuck").handler(this::listStuck);
    router.get("/sagas/:orderId").handler(this::inspect);
    router.post("/sagas/:orderId/retry").handler(this::retry);
    router.post("/sagas/:orderId/skip").handler(this::skip);
    router.post("/sagas/:orderId/compensate").handler(this::compensate);
  }

  private void listStuck(RoutingContext request) {
    findOrder
        .stuck(RequestParameters.queryUuid(request, "after"), STUCK_PAGE)
        .onSuccess(
            stuck -> {
              JsonArray items = new JsonArray();
              stuck.forEach(saga -> items.add(view.saga(saga)));
              JsonObject page = new JsonObject().put("items", items);
              if (stuck.size() == STUCK_PAGE) {
                page.put("next", "/sagas/stuck?after=" + stuck.get(STUCK_PAGE - 1).orderId());
              }
              Answers.json(request, 200, page.encode());
            })
        .onFailure(request::fail);
  }

  private void inspect(RoutingContext request) {
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    findOrder
        .inspect(orderId)
        .onSuccess(
            found ->
                found.ifPresentOrElse(
                    saga -> Answers.json(request, 200, shown(saga).encode()),
                    () -> request.fail(OrderProblems.noSuchOrder())))
        .onFailure(request::fail);
  }

  private JsonObject shown(Inspection saga) {
    return view.inspection(saga, findOrder.outlook(saga.order(), saga.saga()));
  }

  private void define(RoutingContext request) {
    Answers.json(request, 200, OutlookView.definition(findOrder.definition()).encode());
  }

  private void retry(RoutingContext request) {
    operate(request, Trigger.RETRY_REQUESTED, "retry-saga", ProblemType.SAGA_NOT_STUCK);
  }

  private void skip(RoutingContext request) {
    operate(request, Trigger.SKIP_REQUESTED, "skip-step", ProblemType.SAGA_NOT_STUCK);
  }

  private void compensate(RoutingContext request) {
    operate(
        request,
        Trigger.COMPENSATE_REQUESTED,
        "compensate-saga",
        ProblemType.SAGA_NOT_COMPENSATABLE);
  }

  private void operate(
      RoutingContext request, Trigger signal, String action, ProblemType ifRefused) {
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    Optional<ConsistencyToken> session = ReadConsistencyHeader.token(request);
    OperatorRequest asked = OperatorRequest.read(request);
    new SignalAnswer(findOrder, reads, view)
        .send(
            request,
            session,
            orderId,
            signalOrder.operate(orderId, signal, action, asked),
            ifRefused);
  }
}
