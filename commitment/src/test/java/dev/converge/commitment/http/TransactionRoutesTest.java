package dev.converge.commitment.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.commitment.Coordinator;
import dev.converge.commitment.Decision;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.InDoubtBranches;
import dev.converge.commitment.InMemoryBranches;
import dev.converge.commitment.InMemoryDecisions;
import dev.converge.commitment.Instruments;
import dev.converge.commitment.Participant;
import dev.converge.commitment.Participation;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.TestIds;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import dev.converge.faults.InvalidBodyException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: the resources answer as the contract says, are strict about what they take, and agree with
 * their client. Method: a server in this process with branches in memory; requests by the client,
 * and by hand where the client would not send them.
 */
class TransactionRoutesTest {
  private static final String TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
  private static final String DIRECT = "dual-write";
  private static final JsonObject WORK = new JsonObject().put("sku", "apple");

  private final Vertx vertx = Vertx.vertx();
  private final InMemoryBranches branches = new InMemoryBranches();
  private final InMemoryDecisions register = new InMemoryDecisions();
  private final List<String> log = new ArrayList<>();
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final SdkTracerProvider tracers =
      SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build();
  private final HttpServer server = await(start());
  private final HttpClient http = vertx.createHttpClient();
  private final ParticipantClient client =
      new ParticipantClient(
          vertx,
          Map.of("inventory", address(), "order", address()),
          new ParticipantClient.Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(10)));
  private final GlobalId id = TestIds.of(Protocols.TWO_PHASE);

  private record Answer(int status, @Nullable String type, JsonObject body) {}

  private Future<HttpServer> start() {
    Router router = Router.router(vertx);
    router.route().handler(BodyHandler.create(false).setBodyLimit(70_000));
    router.route().handler(TransactionRoutesTest::nameTrace);
    Participation participation =
        new Participation(
            "inventory",
            Map.of(
                Protocols.TWO_PHASE,
                participant(Protocols.TWO_PHASE, branches),
                Protocols.THREE_PHASE,
                participant(Protocols.THREE_PHASE, branches),
                DIRECT,
                participant(Protocols.TWO_PHASE, new InMemoryBranches(false))));
    new ParticipantRoutes(
            participation, limit -> branches.inDoubt(limit).map(this::entries), branches)
        .mount(router);
    new DecisionRoutes(Map.of(Protocols.TWO_PHASE, register)).mount(router);
    new ResolutionRoutes(participation, branches, new Log()).mount(router);
    router.route().failureHandler(TransactionRoutesTest::showFaults);
    return vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1");
  }

  private List<InDoubtBranches.Entry> entries(List<dev.converge.commitment.Branches.InDoubt> all) {
    return all.stream()
        .map(each -> new InDoubtBranches.Entry(each.id().text(), each.state(), each.age(), 3, 4096))
        .toList();
  }

  private Participant participant(String protocol, InMemoryBranches branches) {
    Instruments instruments = new Instruments(tracers.get("test"), new SimpleMeterRegistry());
    return new Participant(
        Protocols.named(protocol).orElseThrow(),
        branches,
        new RemoteOthers(
            "inventory",
            new ParticipantClient(vertx, Map.of(), ParticipantClient.Timeouts.standard()),
            (gid, trace) -> register.proposeAbort(gid),
            instruments),
        instruments);
  }

  private static void nameTrace(RoutingContext request) {
    request.response().putHeader("X-Trace-Id", TRACE_ID);
    request.next();
  }

  /** Lists the faults of a body, as a service does in a problem. */
  private static void showFaults(RoutingContext request) {
    if (request.failure() instanceof InvalidBodyException invalid) {
      JsonArray faults = new JsonArray();
      invalid.faults().forEach(fault -> faults.add(fault.pointer() + ": " + fault.detail()));
      request
          .response()
          .setStatusCode(invalid.isStructural() ? 400 : 422)
          .end(new JsonObject().put("faults", faults).encode());
    } else {
      request.next();
    }
  }

  private final class Log implements OperatorLog {
    @Override
    public Future<Void> acting(OperatorAction action) {
      return write("acting", action);
    }

    @Override
    public Future<Void> refused(OperatorAction action, String why) {
      return write("refused", action);
    }

    @Override
    public Future<Void> failed(OperatorAction action, String why) {
      return write("failed", action);
    }

    private Future<Void> write(String what, OperatorAction action) {
      log.add("%s %s %s %s".formatted(what, action.name(), action.operator(), action.reason()));
      return Future.succeededFuture();
    }
  }

  private URI address() {
    return URI.create("http://127.0.0.1:" + server.actualPort());
  }

  @AfterEach
  void close() {
    await(vertx.close());
    tracers.close();
  }

  @CanIgnoreReturnValue
  private static <T> T await(Future<T> future) {
    try {
      return future.await(10, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private BranchState send(BranchEvent event, JsonObject body) {
    return await(
        client.request(new Coordinator.Request("inventory", id, event, body, Context.root())));
  }

  private Answer send(HttpMethod method, String path, @Nullable String body) {
    return send(method, path, "application/json", body);
  }

  private Answer send(HttpMethod method, String path, String type, @Nullable String body) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setHost("127.0.0.1")
            .setPort(server.actualPort())
            .setURI(path)
            .putHeader("content-type", type);
    return await(http.request(options).compose(request -> exchange(request, body)));
  }

  private static Future<Answer> exchange(HttpClientRequest request, @Nullable String body) {
    return (body == null ? request.send() : request.send(Buffer.buffer(body)))
        .compose(response -> response.body().map(bytes -> answer(response, bytes)));
  }

  private static Answer answer(HttpClientResponse response, Buffer bytes) {
    return new Answer(
        response.statusCode(),
        response.getHeader("content-type"),
        bytes.length() > 0 && bytes.getByte(0) == '{' ? new JsonObject(bytes) : new JsonObject());
  }

  private String path(String rest) {
    return "/transactions/" + id.text() + rest;
  }

  @Test
  void branchIsPreparedAndCommittedByTheClient() {
    assertThat(await(client.state("inventory", id, Context.root()))).isEqualTo(BranchState.UNKNOWN);
    assertThat(send(BranchEvent.PREPARE, WORK)).isEqualTo(BranchState.PREPARED);
    assertThat(send(BranchEvent.PREPARE, WORK)).isEqualTo(BranchState.PREPARED);
    assertThat(send(BranchEvent.COMMIT, new JsonObject())).isEqualTo(BranchState.COMMITTED);
    assertThat(await(client.state("inventory", id, Context.root())))
        .isEqualTo(BranchState.COMMITTED);
  }

  @Test
  void precommitIsARequestOfThreePhaseCommitOnly() {
    assertThat(send(HttpMethod.POST, path("/precommit"), null).status()).isEqualTo(404);

    GlobalId three = TestIds.of(Protocols.THREE_PHASE);
    assertThat(send(HttpMethod.PUT, "/transactions/" + three.text(), WORK.encode()).body())
        .isEqualTo(new JsonObject().put("state", "PREPARED"));
    assertThat(send(HttpMethod.POST, "/transactions/" + three.text() + "/precommit", null).body())
        .isEqualTo(new JsonObject().put("state", "PRECOMMITTED"));
  }

  @ParameterizedTest
  @CsvSource({
    "2pc,precommit,the protocol 2pc has no PRECOMMIT",
    "dual-write,precommit,the protocol dual-write has no PRECOMMIT",
    "dual-write,commit,the protocol dual-write has no COMMIT",
    "dual-write,abort,the protocol dual-write has no ABORT",
  })
  void requestThatTheProtocolDoesNotHaveIsNotFoundAndSaysWhy(
      String protocol, String request, String why) {
    String path = "/transactions/" + TestIds.of(protocol).text();

    Answer before = send(HttpMethod.POST, path + "/" + request, null);
    assertThat(send(HttpMethod.PUT, path, WORK.encode()).status()).isEqualTo(200);
    Answer after = send(HttpMethod.POST, path + "/" + request, null);

    assertThat(List.of(before, after))
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).isEqualTo(404);
              assertThat(answer.type()).isEqualTo("application/problem+json");
              assertThat(answer.body().getString("type")).isEqualTo("/problems/not-found");
              assertThat(answer.body().getString("detail")).isEqualTo(why);
            });
    assertThat(await(branches.open(1))).isEmpty();
  }

  @Test
  void workWithoutADecisionHasEndedWithItsRequest() {
    String path = "/transactions/" + TestIds.of(DIRECT).text();

    JsonObject committed = new JsonObject().put("state", "COMMITTED");
    assertThat(send(HttpMethod.PUT, path, WORK.encode()).body()).isEqualTo(committed);
    assertThat(send(HttpMethod.GET, path, null).body()).isEqualTo(committed);
    Answer proposal = send(HttpMethod.POST, path + "/proposals", "{\"decision\":\"ABORT\"}");
    assertThat(proposal.status()).isEqualTo(404);
    assertThat(proposal.body().getString("detail"))
        .isEqualTo("the protocol dual-write registers no decision in this service");
  }

  @Test
  void refusalIsAProblemWithItsReason() {
    Answer answer = send(HttpMethod.PUT, path(""), "{\"refuse\":\"OUT_OF_STOCK\"}");

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.type()).isEqualTo("application/problem+json");
    assertThat(answer.body().getString("state")).isEqualTo("UNKNOWN");
    assertThat(answer.body().getString("reason")).isEqualTo("OUT_OF_STOCK");
    assertThat(answer.body().getString("type")).isEqualTo("/problems/vote-refused");
    assertThat(answer.body().getString("instance")).isEqualTo(path(""));
    assertThat(answer.body().getString("traceId")).isEqualTo(TRACE_ID);
    assertThatThrownBy(() -> send(BranchEvent.PREPARE, new JsonObject().put("refuse", "NO_MONEY")))
        .isInstanceOf(RefusedException.class)
        .hasMessage("NO_MONEY");
  }

  @Test
  void bodyAtFaultIsRefusedInEveryStateOfTheBranch() {
    String fault = "{\"sku\":\"apple\",\"fault\":1}";

    assertThat(send(HttpMethod.PUT, path(""), fault).status()).isEqualTo(400);
    assertThat(await(branches.state(id))).isEqualTo(BranchState.UNKNOWN);
    assertThat(send(BranchEvent.PREPARE, WORK)).isEqualTo(BranchState.PREPARED);
    Answer prepared = send(HttpMethod.PUT, path(""), fault);
    assertThat(send(BranchEvent.COMMIT, new JsonObject())).isEqualTo(BranchState.COMMITTED);
    Answer committed = send(HttpMethod.PUT, path(""), fault);

    assertThat(List.of(prepared, committed))
        .allSatisfy(
            refused -> {
              assertThat(refused.status()).isEqualTo(400);
              assertThat(refused.body().getJsonArray("faults"))
                  .isEqualTo(JsonArray.of("/fault: unknown field"));
            });
  }

  @Test
  void preparedBranchHasNoVoteForAnotherRequest() {
    assertThat(send(BranchEvent.PREPARE, WORK)).isEqualTo(BranchState.PREPARED);

    Answer other = send(HttpMethod.PUT, path(""), "{\"sku\":\"pear\"}");

    assertThat(other.status()).isEqualTo(409);
    assertThat(other.body().getString("type")).isEqualTo("/problems/vote-refused");
    assertThat(other.body().getString("reason")).isEqualTo("REQUEST_DIFFERS");
    assertThat(other.body().getString("state")).isEqualTo("PREPARED");
    assertThat(send(BranchEvent.PREPARE, WORK)).isEqualTo(BranchState.PREPARED);
  }

  @Test
  void latePreparesOfAnAbortedBranchAreRefused() {
    assertThat(send(BranchEvent.ABORT, new JsonObject())).isEqualTo(BranchState.ABORTED);

    assertThatThrownBy(() -> send(BranchEvent.PREPARE, WORK))
        .isInstanceOf(RefusedException.class)
        .hasMessage("ABORTED");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/transactions/2pc",
        "/transactions/2pc.018f3c5e-1111-7222-8333-444444444444.payment_inventory",
        "/transactions/2pc.018f3c5e-1111-7222-8333-444444444444.inventory%27",
        // Not involved, and a protocol that is not served here.
        "/transactions/2pc.018f3c5e-1111-7222-8333-444444444444.payment",
        "/transactions/tcc.018f3c5e-1111-7222-8333-444444444444.inventory"
      })
  void nameWithoutABranchHereIsNotFound(String path) {
    assertThat(send(HttpMethod.GET, path, null).status()).isEqualTo(404);
    assertThat(send(HttpMethod.PUT, path, "{}").status()).isEqualTo(404);
    assertThat(send(HttpMethod.POST, path + "/commit", null).status()).isEqualTo(404);
    assertThat(
            send(
                    HttpMethod.POST,
                    path + "/resolve",
                    "{\"decision\":\"ABORT\",\"operator\":\"ada\",\"reason\":\"lost\"}")
                .status())
        .isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|application/json|",
        "400|application/json|[]",
        "400|application/json|1",
        "400|application/json|{",
        "400|application/json|{\"n\":1,\"n\":2}",
        "400|application/json|{\"n\":{\"m\":1,\"m\":1}}",
        "400|application/json|{\"n\":1} {}",
        "415|text/plain|{}",
        "415|application/jsonx|{}",
      })
  void bodyThatIsNoJsonObjectIsRefused(int status, String type, @Nullable String body) {
    assertThat(send(HttpMethod.PUT, path(""), type, body).status()).isEqualTo(status);
    assertThat(await(branches.state(id))).isEqualTo(BranchState.UNKNOWN);
  }

  @Test
  void largeBodyIsRefused() {
    JsonObject large = new JsonObject().put("text", "x".repeat(66_000));

    assertThat(send(HttpMethod.PUT, path(""), large.encode()).status()).isEqualTo(413);
    assertThat(send(HttpMethod.PUT, path(""), "{\"a\":\"" + "x".repeat(80_000) + "\"}").status())
        .isEqualTo(413);
  }

  @Test
  void decisionHasNoBody() {
    assertThat(send(HttpMethod.POST, path("/commit"), "{}").status()).isEqualTo(400);
    assertThat(send(HttpMethod.POST, path("/abort"), "{}").status()).isEqualTo(400);
  }

  @Test
  void faultOfTheDatabaseIsNoVote() {
    branches.fail(new IllegalStateException("down"));

    assertThat(send(HttpMethod.PUT, path(""), "{}").status()).isEqualTo(500);
    assertThatThrownBy(() -> send(BranchEvent.PREPARE, WORK))
        .isNotInstanceOf(RefusedException.class)
        .hasMessageContaining("500");
  }

  @Test
  void participantProposesAbortAndReadsTheDecision() {
    assertThat(await(client.proposeAbort("order", id, Context.root()))).isEqualTo(Decision.ABORT);

    GlobalId decided = TestIds.of(Protocols.TWO_PHASE);
    assertThat(await(register.proposeCommit(decided))).isEqualTo(Decision.COMMIT);
    assertThat(await(client.proposeAbort("order", decided, Context.root())))
        .isEqualTo(Decision.COMMIT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "422|{\"decision\":\"COMMIT\"}",
        "400|{\"decision\":1}",
        "400|{\"decision\":null}",
        "400|{}",
        "400|{\"decision\":\"ABORT\",\"more\":1}",
        "400|{\"decision\":\"ABORT\",\"decision\":\"COMMIT\",\"operator\":\"ada\",\"reason\":\"x\"}",
        "400|[]"
      })
  void noOtherProposalIsTaken(int status, String body) {
    assertThat(send(HttpMethod.POST, path("/proposals"), body).status()).isEqualTo(status);
    assertThat(await(register.proposeCommit(id))).isEqualTo(Decision.COMMIT);
  }

  @Test
  void branchesInDoubtAreListed() {
    assertThat(send(BranchEvent.PREPARE, WORK)).isEqualTo(BranchState.PREPARED);

    assertThat(send(HttpMethod.GET, "/transactions", null).body())
        .isEqualTo(
            new JsonObject()
                .put(
                    "inDoubt",
                    new JsonArray()
                        .add(
                            new JsonObject()
                                .put("gid", id.text())
                                .put("state", "PREPARED")
                                .put("ageMillis", 5_000)
                                .put("waiters", 3)
                                .put("logBytesHeld", 4_096)))
                .put("divergent", new JsonArray()));

    assertThat(send(BranchEvent.COMMIT, new JsonObject())).isEqualTo(BranchState.COMMITTED);
    assertThat(send(BranchEvent.ABORT, new JsonObject())).isEqualTo(BranchState.COMMITTED);
    assertThat(send(HttpMethod.GET, "/transactions", null).body())
        .isEqualTo(
            new JsonObject()
                .put("inDoubt", new JsonArray())
                .put("divergent", new JsonArray().add(id.text())));
  }

  private Answer resolve(String decision) {
    return send(
        HttpMethod.POST,
        path("/resolve"),
        new JsonObject()
            .put("decision", decision)
            .put("operator", "ada")
            .put("reason", "order-db is lost")
            .encode());
  }

  @Test
  void operatorResolvesABranchInDoubtOnce() {
    assertThat(send(BranchEvent.PREPARE, WORK)).isEqualTo(BranchState.PREPARED);
    assertThat(await(register.proposeCommit(id))).isEqualTo(Decision.COMMIT);

    assertThat(resolve("COMMIT").body()).isEqualTo(new JsonObject().put("state", "COMMITTED"));
    Answer again = resolve("ABORT");
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.body().getString("state")).isEqualTo("COMMITTED");
    assertThat(log)
        .containsExactly(
            "acting commit-branch ada order-db is lost",
            "refused abort-branch ada order-db is lost");
    assertThat(again.body().getString("type")).isEqualTo("/problems/branch-not-in-doubt");
  }

  @ParameterizedTest
  @CsvSource({"COMMIT, ABORT", "ABORT, COMMIT"})
  void operatorDoesNotContradictTheRegister(Decision registered, String resolution) {
    assertThat(send(BranchEvent.PREPARE, WORK)).isEqualTo(BranchState.PREPARED);
    assertThat(
            await(
                registered == Decision.COMMIT
                    ? register.proposeCommit(id)
                    : register.proposeAbort(id)))
        .isEqualTo(registered);

    Answer answer = resolve(resolution);
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.body().getString("type"))
        .isEqualTo("/problems/transaction-decided-otherwise");
    assertThat(answer.body().getString("decision")).isEqualTo(registered.name());
    assertThat(answer.body().getString("state")).isEqualTo("PREPARED");
    assertThat(await(branches.state(id))).isEqualTo(BranchState.PREPARED);
    assertThat(log)
        .containsExactly(
            "refused " + resolution.toLowerCase(Locale.ROOT) + "-branch ada order-db is lost");
  }

  @Test
  void registerThatAnswersPresumesAbortAlsoForAnOperator() {
    assertThat(send(BranchEvent.PREPARE, WORK)).isEqualTo(BranchState.PREPARED);

    assertThat(resolve("COMMIT").body().getString("decision")).isEqualTo("ABORT");
    // The answer is the decision: no coordinator can commit afterwards.
    assertThat(await(register.proposeCommit(id))).isEqualTo(Decision.ABORT);
  }

  private Answer acknowledge() {
    return send(
        HttpMethod.POST,
        path("/acknowledge"),
        new JsonObject().put("operator", "ada").put("reason", "refunded by hand").encode());
  }

  @Test
  void decisionThatTheRegisterDoesNotConfirmIsNoDivergence() {
    assertThat(send(BranchEvent.COMMIT, new JsonObject())).isEqualTo(BranchState.UNKNOWN);
    assertThat(await(branches.open(1))).isEmpty();
    // Nothing was decided before: now it is, and a commit of the branch would be wrong.
    assertThat(await(register.proposeCommit(id))).isEqualTo(Decision.ABORT);

    GlobalId committed = TestIds.of(Protocols.TWO_PHASE);
    String path = "/transactions/" + committed.text();
    assertThat(send(HttpMethod.PUT, path, WORK.encode()).status()).isEqualTo(200);
    assertThat(await(register.proposeCommit(committed))).isEqualTo(Decision.COMMIT);
    assertThat(send(HttpMethod.POST, path + "/commit", null).status()).isEqualTo(200);
    assertThat(send(HttpMethod.POST, path + "/abort", null).body())
        .isEqualTo(new JsonObject().put("state", "COMMITTED"));
    assertThat(await(branches.open(1))).isEmpty();
  }

  @Test
  void operatorAcknowledgesADivergenceOnce() {
    assertThat(await(register.proposeCommit(id))).isEqualTo(Decision.COMMIT);
    assertThat(send(BranchEvent.COMMIT, new JsonObject())).isEqualTo(BranchState.UNKNOWN);

    assertThat(acknowledge().body()).isEqualTo(new JsonObject().put("state", "UNKNOWN"));
    assertThat(await(branches.open(10))).isEmpty();
    Answer again = acknowledge();
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.body().getString("type")).isEqualTo("/problems/branch-not-divergent");
    assertThat(log)
        .containsExactly(
            "acting acknowledge-divergence ada refunded by hand",
            "refused acknowledge-divergence ada refunded by hand");
  }

  @Test
  void acknowledgementHasNoDecision() {
    String body = "{\"decision\":\"ABORT\",\"operator\":\"ada\"}";
    Answer answer = send(HttpMethod.POST, path("/acknowledge"), body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body().getJsonArray("faults"))
        .isEqualTo(JsonArray.of("/decision: unknown field", "/reason: is required"));
  }

  @Test
  void everyFieldAtFaultIsNamed() {
    Answer resolution =
        send(HttpMethod.POST, path("/resolve"), "{\"decision\":\"MAYBE\",\"operator\":\" \"}");
    Answer proposal = send(HttpMethod.POST, path("/proposals"), "{\"decision\":\"COMMIT\"}");

    assertThat(resolution.status()).isEqualTo(400);
    assertThat(resolution.body().getJsonArray("faults"))
        .isEqualTo(
            JsonArray.of(
                "/decision: must be one of [COMMIT, ABORT]",
                "/operator: must be 1 to 100 visible characters, not blank",
                "/reason: is required"));
    assertThat(proposal.body().getJsonArray("faults"))
        .isEqualTo(JsonArray.of("/decision: must be one of [ABORT]"));
  }

  @Test
  void branchThatIsNotInDoubtIsNotResolved() {
    assertThat(resolve("ABORT").status()).isEqualTo(409);
    assertThat(await(branches.state(id))).isEqualTo(BranchState.UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "422|{\"decision\":\"MAYBE\",\"operator\":\"ada\",\"reason\":\"lost\"}",
        "422|{\"decision\":\"ABORT\",\"operator\":\" \",\"reason\":\"lost\"}",
        "422|{\"decision\":\"ABORT\",\"operator\":\"ada\",\"reason\":\"a\\nb\"}",
        "422|{\"decision\":\"ABORT\",\"operator\":\"ada\",\"reason\":\"a\\u202eb\"}",
        "400|{\"decision\":\"ABORT\",\"operator\":\"ada\"}",
        "400|{\"operator\":\"ada\",\"reason\":\"lost\"}",
        "400|{\"decision\":\"ABORT\",\"operator\":5,\"reason\":\"lost\"}",
        "400|{\"decision\":\"ABORT\",\"operator\":\"ada\",\"reason\":[\"lost\"]}",
        "400|{\"decision\":\"MAYBE\",\"operator\":\" \"}"
      })
  void operatorHasANameAndAReason(int status, String body) {
    assertThat(send(BranchEvent.PREPARE, WORK)).isEqualTo(BranchState.PREPARED);

    assertThat(send(HttpMethod.POST, path("/resolve"), body).status()).isEqualTo(status);
    assertThat(log).isEmpty();
    assertThat(await(branches.state(id))).isEqualTo(BranchState.PREPARED);
  }

  @Test
  void traceIsPassedOn() {
    Span caller = tracers.get("test").spanBuilder("PREPARE").startSpan();
    assertThat(
            await(
                client.request(
                    new Coordinator.Request(
                        "inventory", id, BranchEvent.PREPARE, WORK, Context.root().with(caller)))))
        .isEqualTo(BranchState.PREPARED);

    assertThat(spans.getFinishedSpanItems().get(0).getParentSpanContext().getSpanId())
        .isEqualTo(caller.getSpanContext().getSpanId());
    caller.end();
  }

  @Test
  void serviceThatDoesNotAnswerIsNoVote() {
    await(server.close());

    assertThatThrownBy(() -> send(BranchEvent.PREPARE, WORK))
        .isNotInstanceOf(RefusedException.class);
  }
}
