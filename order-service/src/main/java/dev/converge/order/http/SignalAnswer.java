package dev.converge.order.http;

import dev.converge.order.application.FindOrder;
import dev.converge.order.application.OrderReads;
import dev.converge.order.application.OrderStoryRepository.OrderStory;
import dev.converge.order.reads.ConsistencyToken;
import dev.converge.order.saga.SagaDecision;
import dev.converge.service.http.Answers;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.UUID;

/** Answers a request to change a saga: with the order's story, or with why it is refused. */
record SignalAnswer(FindOrder findOrder, OrderReads reads, OrderView view) {

  /**
   * Sends the answer.
   *
   * @param session the session's token of its last answer
   */
  void send(
      RoutingContext request,
      Optional<ConsistencyToken> session,
      UUID orderId,
      Future<Optional<SagaDecision>> decided,
      ProblemType ifRefused) {
    decided
        .compose(decision -> granted(decision, ifRefused))
        .compose(granted -> findOrder.story(orderId))
        .compose(story -> withToken(request, session, story))
        .onSuccess(story -> Answers.json(request, 202, shown(story.orElseThrow()).encode()))
        .onFailure(request::fail);
  }

  private JsonObject shown(OrderStory story) {
    return view.story(story, findOrder.outlook(story.order(), story.saga()));
  }

  private Future<Optional<OrderStory>> withToken(
      RoutingContext request, Optional<ConsistencyToken> session, Optional<OrderStory> story) {
    return reads
        .afterWrite(session)
        .onSuccess(token -> token.ifPresent(known -> ServedHeaders.put(request, known)))
        .map(story);
  }

  private static Future<Void> granted(Optional<SagaDecision> decision, ProblemType ifRefused) {
    if (decision.isEmpty()) {
      return Future.failedFuture(OrderProblems.noSuchOrder());
    }
    return decision
        .get()
        .match(
            advanced -> Future.succeededFuture(),
            ignored -> Future.succeededFuture(),
            refused -> Future.failedFuture(Problem.of(ifRefused, refused.why())));
  }
}
