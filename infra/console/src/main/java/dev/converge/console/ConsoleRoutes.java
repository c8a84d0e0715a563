package dev.converge.console;

import dev.converge.console.view.ChaosPlan;
import dev.converge.console.view.Job;
import dev.converge.console.view.OrderKind;
import dev.converge.service.http.Answers;
import dev.converge.service.http.RequestParameters;
import dev.converge.service.http.json.BodyFaults;
import dev.converge.service.http.json.BodyObject;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The API of the page. It passes requests on to the services, so that the page has one origin, and
 * their answers and problems back as they come. Every write needs the token.
 */
final class ConsoleRoutes {
  private static final CharSequence TOKEN = HttpHeaders.createOptimized("x-converge-token");
  private static final List<String> SAGA_ACTIONS = List.of("retry", "skip", "compensate");
  private static final List<String> SCOPES = List.of("services", "all");
  private static final List<String> TRANSACTION_ACTIONS = List.of("resolve", "acknowledge");
  private static final Pattern TRANSACTION = Pattern.compile("[a-z0-9._-]{1,199}");
  private static final Pattern JOB = Pattern.compile("\\d{1,9}");
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final int DEFAULT_PAUSE_SECONDS = 20;
  private static final int DEFAULT_SWITCH_SECONDS = 60;
  private static final List<String> BEHAVIOURS =
      List.of(Faults.NORMAL, "DECLINE", "SLOW", "FAIL", "LOSE_ANSWER");
  private static final int MOST_DELAY_MILLIS = 60_000;

  private final ConsoleConfig config;
  private final Upstream upstream;
  private final Faults faults;
  private final OrderDesk desk;
  private final Jobs jobs;
  private final Chaos chaos;
  private final LabReports reports;
  private final ObjectiveWatch objectives;
  private final Runnable onChange;
  private final byte[] token;

  /**
   * @param onChange is called after a write: the page should soon show what has become of it
   */
  ConsoleRoutes(
      ConsoleConfig config,
      Upstream upstream,
      Faults faults,
      OrderDesk desk,
      Jobs jobs,
      Chaos chaos,
      LabReports reports,
      ObjectiveWatch objectives,
      Runnable onChange) {
    this.config = config;
    this.upstream = upstream;
    this.faults = faults;
    this.desk = desk;
    this.jobs = jobs;
    this.chaos = chaos;
    this.reports = reports;
    this.objectives = objectives;
    this.onChange = onChange;
    this.token = config.token().getBytes(StandardCharsets.UTF_8);
  }

  void mount(Router router) {
    router.get("/api/access").handler(this::showAccess);
    router.get("/api/orders/:orderId").handler(this::showOrder);
    router.get("/api/reports").handler(this::showReports);
    router.get("/api/slo").handler(this::showObjectives);
    router.get("/api/operator-actions").handler(this::showOperatorActions);
    router.get("/api/dead-letters/:service/:deadLetterId").handler(this::showLetter);
    router.post("/api/orders").handler(this::place);
    router.post("/api/series").handler(this::placeMany);
    router.post("/api/series/stop").handler(this::stopSeries);
    router.post("/api/orders/:orderId/cancel").handler(this::cancel);
    for (String action : SAGA_ACTIONS) {
      router.post("/api/sagas/:orderId/" + action).handler(request -> operateSaga(request, action));
    }
    router.post("/api/jobs").handler(this::beginJob);
    router.post("/api/jobs/:job/pause").handler(request -> changeJob(request, Job::paused));
    router.post("/api/jobs/:job/resume").handler(request -> changeJob(request, Job::resumed));
    router.post("/api/jobs/:job/stop").handler(request -> changeJob(request, Job::stopped));
    router.post("/api/dead-letters/:service/:deadLetterId/replay").handler(this::replay);
    for (String action : TRANSACTION_ACTIONS) {
      router
          .post("/api/transactions/:service/:gid/" + action)
          .handler(request -> operateTransaction(request, action));
    }
    router.post("/api/parts/:part/kill").handler(request -> part(request, faults::kill));
    router.post("/api/parts/:part/start").handler(request -> part(request, faults::start));
    router.post("/api/parts/:part/resume").handler(request -> part(request, faults::resume));
    router.post("/api/parts/:part/pause").handler(this::pause);
    router.post("/api/chaos").handler(this::beginChaos);
    router.post("/api/chaos/stop").handler(this::endChaos);
    router.put("/api/provider").handler(this::switchProvider);
  }

  private void requireToken(RoutingContext request) {
    String given = request.request().getHeader(TOKEN);
    if (given == null || !MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), token)) {
      throw Problem.of(
          ProblemType.TOKEN_REQUIRED,
          "the header X-Converge-Token has the token of the link: ./converge console prints it");
    }
  }

  /** Whether the request may write: the page asks this once, for the token that it has. */
  private void showAccess(RoutingContext request) {
    String given = request.request().getHeader(TOKEN);
    boolean writes =
        given != null && MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), token);
    Answers.json(request, 200, new JsonObject().put("writes", writes).encode());
  }

  // --- reads ---

  /** The order, its saga with its messages, its payment and the provider's charge. */
  private void showOrder(RoutingContext request) {
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    URI orders = config.service("order");
    URI payments = config.service("payment");
    upstream
        .get(orders, "/orders/" + orderId)
        .compose(
            order ->
                order.isOk()
                    ? story(order, orderId, orders, payments)
                    : Future.succeededFuture(order))
        .onSuccess(answer -> pass(request, answer))
        .onFailure(cause -> unavailable(request, "order-service"));
  }

  private Future<Upstream.Answer> story(
      Upstream.Answer order, UUID orderId, URI orders, URI payments) {
    Future<JsonObject> saga = detail(orders, "/sagas/" + orderId);
    Future<JsonObject> payment = detail(payments, "/payments/" + orderId);
    Future<JsonObject> charge = detail(payments, "/provider/charges/" + orderId);
    return Future.join(saga, payment, charge)
        .map(
            done ->
                new Upstream.Answer(
                    200,
                    "application/json",
                    new JsonObject()
                        .put("order", new JsonObject(order.body()))
                        .put("saga", saga.result())
                        .put("payment", payment.result())
                        .put("charge", charge.result())
                        .toBuffer()));
  }

  // A service that is down, or knows nothing of the order, does not keep the page from the rest.
  private Future<JsonObject> detail(URI service, String path) {
    return upstream
        .get(service, path)
        .map(
            answer ->
                answer.isOk()
                    ? new JsonObject(answer.body())
                    : new JsonObject().put("absent", answer.status()))
        .otherwise(cause -> new JsonObject().put("unavailable", true));
  }

  private void showOperatorActions(RoutingContext request) {
    List<Future<JsonObject>> pages =
        config.services().entrySet().stream()
            .map(
                service ->
                    detail(service.getValue(), "/operator-actions?limit=50")
                        .map(page -> page.put("service", service.getKey())))
            .toList();
    Future.join(pages)
        .onSuccess(
            done -> {
              JsonArray all = new JsonArray();
              pages.forEach(page -> all.add(page.result()));
              Answers.json(request, 200, new JsonObject().put("services", all).encode());
            })
        .onFailure(request::fail);
  }

  private void showReports(RoutingContext request) {
    reports
        .list()
        .onSuccess(
            found -> Answers.json(request, 200, new JsonObject().put("reports", found).encode()))
        .onFailure(request::fail);
  }

  private void showObjectives(RoutingContext request) {
    objectives
        .json()
        .onSuccess(found -> Answers.json(request, 200, found.encode()))
        .onFailure(request::fail);
  }

  private void showLetter(RoutingContext request) {
    UUID id = RequestParameters.pathUuid(request, "deadLetterId");
    URI service = service(request);
    upstream
        .get(service, "/dead-letters/" + id)
        .onSuccess(answer -> pass(request, answer))
        .onFailure(cause -> unavailable(request, request.pathParam("service") + "-service"));
  }

  // --- orders ---

  private record Placing(OrderKind kind, int count, int perSecond) {}

  private static Placing placing(BodyObject body, boolean many) {
    BodyFaults found = body.faults();
    String name = found.required("/kind", body.text("kind"), "");
    Optional<OrderKind> kind = OrderKind.of(name);
    found.rule("/kind", kind.isPresent(), "must be the name of a kind");
    if (!many) {
      return new Placing(kind.orElse(OrderKind.COMPLETES), 1, 1);
    }
    int count = found.required("/count", body.int32("count"), 1);
    int perSecond = found.required("/perSecond", body.int32("perSecond"), 1);
    found.rule(
        "/count",
        count >= 1 && count <= OrderDesk.MOST_ORDERS,
        "must be 1 to " + OrderDesk.MOST_ORDERS);
    found.rule(
        "/perSecond",
        perSecond >= 1 && perSecond <= OrderDesk.MOST_PER_SECOND,
        "must be 1 to " + OrderDesk.MOST_PER_SECOND);
    found.rule(
        "/kind",
        kind.map(OrderKind::then).orElse(OrderKind.Then.NOTHING) != OrderKind.Then.KILL_PAYMENT,
        "can be placed one at a time only");
    return new Placing(kind.orElse(OrderKind.COMPLETES), count, perSecond);
  }

  private void place(RoutingContext request) {
    requireToken(request);
    Placing placing = JsonBody.read(request, body -> placing(body, false));
    if (placing.kind().then() == OrderKind.Then.KILL_PAYMENT && !faults.reachesProcesses()) {
      throw Problem.of(ProblemType.PART_NOT_CHANGED, "the console cannot reach processes here");
    }
    passOn(request, "order-service", () -> desk.place(placing.kind()));
  }

  private void placeMany(RoutingContext request) {
    requireToken(request);
    Placing placing = JsonBody.read(request, body -> placing(body, true));
    desk.placeMany(placing.kind(), placing.count(), placing.perSecond());
    accepted(request);
  }

  private void stopSeries(RoutingContext request) {
    requireToken(request);
    desk.stopSeries();
    accepted(request);
  }

  private void cancel(RoutingContext request) {
    requireToken(request);
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    passOn(
        request,
        "order-service",
        () ->
            upstream.send(
                HttpMethod.POST,
                config.service("order"),
                "/orders/" + orderId + "/cancel",
                Map.of(),
                new JsonObject()));
  }

  // --- operators ---

  private void operateSaga(RoutingContext request, String action) {
    requireToken(request);
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    JsonObject body = operatorRequest(request);
    passOn(
        request,
        "order-service",
        () ->
            upstream.send(
                HttpMethod.POST,
                config.service("order"),
                "/sagas/" + orderId + "/" + action,
                Map.of(),
                body));
  }

  private record Bulk(
      String action, String operator, String reason, Job.Pace pace, List<String> orderIds) {}

  private static Bulk bulk(BodyObject body) {
    BodyFaults found = body.faults();
    String action = found.required("/action", body.text("action"), "");
    String operator = found.required("/operator", body.text("operator"), "");
    String reason = found.required("/reason", body.text("reason"), "");
    List<@Nullable String> sagas =
        found.required("/sagas", body.objects("sagas", ConsoleRoutes::orderId), List.of());
    found.rule(
        "/sagas",
        !sagas.isEmpty() && sagas.size() <= Job.MOST_ITEMS,
        "must be 1 to " + Job.MOST_ITEMS);
    found.rule("/action", SAGA_ACTIONS.contains(action), "must be one of " + SAGA_ACTIONS);
    found.rule("/operator", !operator.isBlank() && operator.length() <= 100, "1 to 100 characters");
    found.rule("/reason", !reason.isBlank() && reason.length() <= 200, "1 to 200 characters");
    return new Bulk(
        action,
        operator,
        reason,
        new Job.Pace(
            within(body, "canary", 1, 0, 100),
            within(body, "perSecond", 5, 1, 50),
            within(body, "stopAfter", 3, 1, 1_000),
            within(body, "judgeAfterSeconds", 3, 1, 120)),
        sagas.stream().filter(Objects::nonNull).map(String::valueOf).toList());
  }

  private static String orderId(BodyObject saga) {
    String id = saga.faults().required("/orderId", saga.text("orderId"), "");
    saga.faults().rule("/orderId", UUID_FORM.matcher(id).matches(), "must be a UUID");
    return id;
  }

  private void beginJob(RoutingContext request) {
    requireToken(request);
    Bulk bulk = JsonBody.read(request, ConsoleRoutes::bulk);
    jobs.begin(bulk.action(), bulk.operator(), bulk.reason(), bulk.pace(), bulk.orderIds())
        .onSuccess(id -> Answers.json(request, 202, new JsonObject().put("job", id).encode()))
        .onFailure(request::fail);
  }

  private void changeJob(RoutingContext request, UnaryOperator<Job> change) {
    requireToken(request);
    String id = String.valueOf(request.pathParam("job"));
    if (!JOB.matcher(id).matches()) {
      throw Problem.of(ProblemType.NOT_FOUND, "no such job");
    }
    jobs.change(Integer.parseInt(id), change)
        .onSuccess(found -> changed(request, found))
        .onFailure(request::fail);
  }

  private void changed(RoutingContext request, boolean found) {
    if (found) {
      accepted(request);
    } else {
      request.fail(Problem.of(ProblemType.NOT_FOUND, "no such job"));
    }
  }

  private static int within(BodyObject body, String field, int byDefault, int least, int most) {
    Integer given = body.int32(field);
    int value = given == null ? byDefault : given;
    body.faults()
        .rule("/" + field, value >= least && value <= most, "must be " + least + " to " + most);
    return value >= least && value <= most ? value : byDefault;
  }

  // Read by the service, whose rules it must fit.
  private static JsonObject operatorRequest(RoutingContext request) {
    JsonBody.requireObject(request);
    return request.body().asJsonObject();
  }

  private void replay(RoutingContext request) {
    requireToken(request);
    UUID id = RequestParameters.pathUuid(request, "deadLetterId");
    URI service = service(request);
    JsonObject body = operatorRequest(request);
    passOn(
        request,
        request.pathParam("service") + "-service",
        () ->
            upstream.send(
                HttpMethod.POST, service, "/dead-letters/" + id + "/replay", Map.of(), body));
  }

  private void operateTransaction(RoutingContext request, String action) {
    requireToken(request);
    URI service = service(request);
    String gid = request.pathParam("gid");
    if (!TRANSACTION.matcher(gid).matches()) {
      throw Problem.of(ProblemType.NOT_FOUND, "no such transaction");
    }
    JsonObject body = operatorRequest(request);
    passOn(
        request,
        request.pathParam("service") + "-service",
        () ->
            upstream.send(
                HttpMethod.POST, service, "/transactions/" + gid + "/" + action, Map.of(), body));
  }

  private URI service(RoutingContext request) {
    URI service = config.services().get(request.pathParam("service"));
    if (service == null) {
      throw Problem.of(ProblemType.NOT_FOUND, "no such service");
    }
    return service;
  }

  // --- faults ---

  private interface PartChange {
    Future<Void> apply(String part);
  }

  private void part(RoutingContext request, PartChange change) {
    requireToken(request);
    change(request, change.apply(request.pathParam("part")));
  }

  private void pause(RoutingContext request) {
    requireToken(request);
    int seconds = JsonBody.read(request, body -> seconds(body, DEFAULT_PAUSE_SECONDS));
    change(request, faults.pause(request.pathParam("part"), seconds));
  }

  private static int seconds(BodyObject body, int byDefault) {
    Integer given = body.int32("forSeconds");
    int seconds = given == null ? byDefault : given;
    body.faults()
        .rule(
            "/forSeconds",
            seconds >= 1 && seconds <= Faults.MOST_SECONDS,
            "must be 1 to " + Faults.MOST_SECONDS);
    return seconds;
  }

  private record RandomFaults(ChaosPlan plan, int seconds) {}

  private RandomFaults random(BodyObject body) {
    BodyFaults found = body.faults();
    Long given = body.int64("seed");
    String scope = found.required("/scope", body.text("scope"), "services");
    found.rule("/scope", SCOPES.contains(scope), "must be one of " + SCOPES);
    List<String> parts =
        config.parts().stream()
            .map(Target::id)
            .filter(part -> scope.equals("all") || part.contains("-service"))
            .toList();
    found.rule("/scope", !parts.isEmpty(), "this platform has no such part");
    return new RandomFaults(
        new ChaosPlan(
            given == null ? ThreadLocalRandom.current().nextInt(1, 1_000_000) : given,
            parts.isEmpty() ? List.of("none") : parts,
            within(body, "everySeconds", 15, 5, 120)),
        within(body, "forSeconds", 120, 5, Chaos.MOST_SECONDS));
  }

  private void beginChaos(RoutingContext request) {
    requireToken(request);
    RandomFaults random = JsonBody.read(request, this::random);
    if (!faults.reachesProcesses()) {
      throw Problem.of(ProblemType.PART_NOT_CHANGED, "the console cannot reach processes here");
    }
    chaos.begin(random.plan(), random.seconds());
    Answers.json(request, 202, new JsonObject().put("seed", random.plan().seed()).encode());
  }

  private void endChaos(RoutingContext request) {
    requireToken(request);
    chaos.endSoon();
    accepted(request);
  }

  private record Switching(JsonObject behaviour, int seconds) {}

  private static Switching switching(BodyObject body) {
    BodyFaults found = body.faults();
    String behaviour = found.required("/behaviour", body.text("behaviour"), "");
    Integer delayMillis = body.int32("delayMillis");
    found.rule("/behaviour", BEHAVIOURS.contains(behaviour), "must be one of " + BEHAVIOURS);
    found.rule(
        "/delayMillis",
        delayMillis == null || (delayMillis >= 0 && delayMillis <= MOST_DELAY_MILLIS),
        "must be 0 to " + MOST_DELAY_MILLIS);
    JsonObject json = new JsonObject().put("behaviour", behaviour);
    return new Switching(
        delayMillis == null ? json : json.put("delayMillis", delayMillis),
        seconds(body, DEFAULT_SWITCH_SECONDS));
  }

  private void switchProvider(RoutingContext request) {
    requireToken(request);
    Switching switching = JsonBody.read(request, ConsoleRoutes::switching);
    passOn(
        request,
        "payment-service",
        () -> faults.switchProvider(switching.behaviour(), switching.seconds()));
  }

  private void change(RoutingContext request, Future<Void> change) {
    change.onSuccess(done -> accepted(request)).onFailure(request::fail);
  }

  private void accepted(RoutingContext request) {
    onChange.run();
    Answers.json(request, 202, new JsonObject().put("accepted", true).encode());
  }

  // --- answers ---

  private void passOn(
      RoutingContext request, String part, Supplier<Future<Upstream.Answer>> write) {
    write
        .get()
        .onSuccess(
            answer -> {
              onChange.run();
              pass(request, answer);
            })
        .onFailure(cause -> unavailable(request, part));
  }

  private static void pass(RoutingContext request, Upstream.Answer answer) {
    if (!request.response().ended()) {
      request
          .response()
          .setStatusCode(answer.status())
          .putHeader(HttpHeaders.CONTENT_TYPE, answer.contentType())
          .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
          .putHeader("x-content-type-options", "nosniff")
          .end(answer.body());
    }
  }

  private static void unavailable(RoutingContext request, String part) {
    request.fail(Problem.retryLater(ProblemType.UNAVAILABLE, part + " does not answer", 1));
  }
}
