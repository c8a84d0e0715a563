package dev.converge.service.operators;

import dev.converge.faults.TransientFaults;
import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.DeadLetter;
import dev.converge.outbox.DeadLetters;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageHandler;
import dev.converge.service.http.Answers;
import dev.converge.service.http.HeldRow;
import dev.converge.service.http.RequestParameters;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.postgres.DatabaseConfig;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Operator routes that are the same in every service: dead letters and the operator log. */
public final class OperatorRoutes {
  private static final String REPLAY = "replay-dead-letter";
  private static final Logger LOG = LoggerFactory.getLogger(OperatorRoutes.class);

  private final Pool pool;
  private final String consumer;
  private final MessageHandler handler;
  private final DeadLetters deadLetters;
  private final OperatorActions actions = new OperatorActions();

  /**
   * @param consumer the consumer that parked the dead letters
   * @param handler handles a replayed dead letter
   */
  public OperatorRoutes(Pool pool, String consumer, MessageHandler handler) {
    this.pool = pool;
    this.consumer = consumer;
    this.handler = handler;
    this.deadLetters = new DeadLetters(pool);
  }

  /** Adds the routes. */
  public void mount(Router router) {
    router.get("/dead-letters").handler(this::list);
    router.get("/dead-letters/:deadLetterId").handler(this::find);
    router.post("/dead-letters/:deadLetterId/replay").handler(this::replay);
    router.get("/operator-actions").handler(this::listActions);
  }

  private void list(RoutingContext request) {
    int limit = RequestParameters.limit(request);
    boolean replayed = replayed(request.request().getParam("replayed"));
    UUID after = RequestParameters.queryUuid(request, "after");
    Future<DeadLetters.Page> found =
        replayed ? deadLetters.list(after, limit) : deadLetters.listParked(after, limit);
    found
        .onSuccess(page -> Answers.json(request, 200, json(page, replayed, limit).encode()))
        .onFailure(request::fail);
  }

  private static boolean replayed(@Nullable String value) {
    if (value == null || value.equals("false")) {
      return false;
    }
    if (value.equals("true")) {
      return true;
    }
    throw Problem.of(
        ProblemType.INVALID_PARAMETER,
        List.of(new Problem.Fault("replayed", "must be true or false")));
  }

  private void find(RoutingContext request) {
    known(RequestParameters.pathUuid(request, "deadLetterId"))
        .onSuccess(letter -> Answers.json(request, 200, whole(letter).encode()))
        .onFailure(request::fail);
  }

  private Future<DeadLetter> known(UUID id) {
    return deadLetters.find(id).compose(OperatorRoutes::orNotFound);
  }

  private static Future<DeadLetter> orNotFound(Optional<DeadLetter> found) {
    return found
        .map(Future::succeededFuture)
        .orElseGet(
            () -> Future.failedFuture(Problem.of(ProblemType.NOT_FOUND, "no such dead letter")));
  }

  private void replay(RoutingContext request) {
    UUID id = RequestParameters.pathUuid(request, "deadLetterId");
    OperatorRequest asked = OperatorRequest.read(request);
    known(id)
        .compose(letter -> replay(id, asked))
        .compose(handled -> known(id))
        .onSuccess(letter -> Answers.json(request, 200, whole(letter).encode()))
        .onFailure(request::fail);
  }

  private Future<Void> replay(UUID id, OperatorRequest asked) {
    return deadLetters
        .replay(id, consumer, new Logged(handler, actions, asked, id.toString()))
        .recover(cause -> notHandled(id, asked, cause))
        .compose(handled -> handled ? Future.succeededFuture() : notParked(id, asked));
  }

  /** Handles a message, and writes the entry of the operator log in the same transaction. */
  private record Logged(
      MessageHandler handler, OperatorActions actions, OperatorRequest asked, String target)
      implements MessageHandler {
    @Override
    public Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch) {
      return handler
          .handle(tx, batch)
          .compose(follows -> actions.done(tx, asked, REPLAY, target).map(follows));
    }
  }

  // An environment fault is not recorded as a failure: the message may have been handled, and the
  // log cannot be written.
  private Future<Boolean> notHandled(UUID id, OperatorRequest asked, Throwable cause) {
    if (TransientFaults.isTransient(cause)) {
      return HeldRow.explain(cause, () -> HeldRow.onlyInDoubt(pool));
    }
    LOG.warn("dead letter {}: replay failed", id, cause);
    String why = DeadLetters.reason(cause);
    Problem problem = Problem.of(ProblemType.DEAD_LETTER_NOT_HANDLED, OperatorActions.bounded(why));
    return DatabaseConfig.inTime(actions.failed(pool, asked, REPLAY, id.toString(), why))
        .compose(written -> Future.failedFuture(problem));
  }

  private Future<Void> notParked(UUID id, OperatorRequest asked) {
    String why = "it was replayed before, or another consumer parked it";
    Problem problem = Problem.of(ProblemType.DEAD_LETTER_NOT_PARKED, why);
    return DatabaseConfig.inTime(actions.refused(pool, asked, REPLAY, id.toString(), why))
        .compose(written -> Future.failedFuture(problem));
  }

  private void listActions(RoutingContext request) {
    int limit = RequestParameters.limit(request);
    DatabaseConfig.inTime(actions.list(pool, RequestParameters.queryUuid(request, "before"), limit))
        .onSuccess(entries -> Answers.json(request, 200, page(entries, limit)))
        .onFailure(request::fail);
  }

  static JsonObject json(DeadLetters.Page page, boolean replayed, int limit) {
    List<DeadLetter> letters = page.letters();
    JsonArray items = new JsonArray();
    letters.forEach(letter -> items.add(json(letter)));
    JsonObject json = new JsonObject().put("items", items);
    if (page.more()) {
      String query = "limit=" + limit + (replayed ? "&replayed=true" : "");
      String last = letters.get(letters.size() - 1).id().toString();
      json.put("next", "/dead-letters?" + query + "&after=" + last);
    }
    return json;
  }

  private static String page(List<OperatorActions.Entry> entries, int limit) {
    JsonArray items = new JsonArray();
    entries.forEach(entry -> items.add(json(entry)));
    JsonObject page = new JsonObject().put("items", items);
    if (entries.size() == limit) {
      page.put(
          "next", "/operator-actions?limit=" + limit + "&before=" + entries.get(limit - 1).id());
    }
    return page.encode();
  }

  private static JsonObject json(DeadLetter letter) {
    JsonObject json =
        new JsonObject()
            .put("deadLetterId", letter.id().toString())
            .put("consumer", letter.consumer())
            .put("messageId", letter.messageId().toString())
            .put("topic", letter.topic())
            .put("partition", letter.partition())
            .put("offset", letter.offset());
    RecordBytes.put(json, "key", letter.keyBytes());
    putGiven(json, "type", letter.headers().get("ce_type"));
    json.put("reason", letter.reason()).put("parkedAt", letter.parkedAt().toString());
    putGiven(json, "replayedAt", letter.replayedAt());
    return json;
  }

  private static JsonObject whole(DeadLetter letter) {
    JsonArray headers = new JsonArray();
    for (DeadLetter.Header header : letter.recordHeaders()) {
      JsonObject shown = new JsonObject().put("name", header.name());
      RecordBytes.put(shown, "value", header.value());
      headers.add(shown);
    }
    JsonObject json = json(letter).put("headers", headers);
    RecordBytes.put(json, "payload", letter.payloadBytes());
    return json;
  }

  private static JsonObject json(OperatorActions.Entry entry) {
    JsonObject json =
        new JsonObject()
            .put("actionId", entry.id().toString())
            .put("operator", entry.operator())
            .put("action", entry.action())
            .put("target", entry.target())
            .put("reason", entry.reason())
            .put("outcome", entry.outcome().name());
    putGiven(json, "detail", entry.detail());
    return json.put("at", entry.at().toString());
  }

  private static void putGiven(JsonObject json, String name, @Nullable Object value) {
    if (value != null) {
      json.put(name, value.toString());
    }
  }
}
