package dev.converge.commitment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: the coordinator sends, counts and answers as its protocol says, within its bounds. Method:
 * participants and a register in memory; the requests are recorded.
 */
class CoordinatorTest {
  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final SdkTracerProvider tracers =
      SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build();
  private final Instruments instruments = new Instruments(tracers.get("test"), meters);
  private final InMemoryDecisions register = new InMemoryDecisions();
  private final List<String> sent = Collections.synchronizedList(new ArrayList<>());
  private final InMemoryBranches inventory = new InMemoryBranches();
  private final InMemoryBranches payment = new InMemoryBranches();

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

  private static void until(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(condition);
  }

  private Participant participant(String protocol, Branches branches) {
    return new Participant(
        Protocols.named(protocol).orElseThrow(),
        branches,
        new Participant.Others() {
          @Override
          public Future<Decision> proposeAbort(GlobalId id, Context trace) {
            return register.proposeAbort(id);
          }

          @Override
          public Future<List<BranchState>> peers(GlobalId id, Context trace) {
            return Future.succeededFuture(List.of());
          }
        },
        instruments);
  }

  private Coordinator.Participants both(String protocol) {
    Coordinator.Participants reached =
        Coordinator.Participants.byName(
            Map.of(
                "inventory", participant(protocol, inventory),
                "payment", participant(protocol, payment)));
    return request -> {
      sent.add(request.event() + " " + request.participant());
      return reached.request(request);
    };
  }

  private Coordinator coordinator(String protocol, Coordinator.Participants participants) {
    return new Coordinator(
        vertx,
        Protocols.named(protocol).orElseThrow(),
        participants,
        new Coordinator.Limits(Duration.ofSeconds(1), Duration.ofMillis(50), 2),
        instruments);
  }

  private double counted(String outcome) {
    return meters
        .get("commitment.transactions")
        .tags("protocol", "2pc", "outcome", outcome)
        .counter()
        .count();
  }

  @Test
  void transactionOfTwoPhases() {
    GlobalId id = TestIds.of("2pc");
    Coordinator coordinator = coordinator("2pc", both("2pc"));

    assertThat(await(coordinator.run(id, Map.of(), register)).decision())
        .isEqualTo(Decision.COMMIT);

    until(() -> coordinator.running() == 0);
    assertThat(sent)
        .containsExactly(
            "PREPARE inventory", "PREPARE payment", "COMMIT inventory", "COMMIT payment");
    assertThat(await(register.open(Duration.ZERO, 10))).isEmpty();
    assertThat(counted("COMMIT")).isEqualTo(1);
  }

  @Test
  void transactionOfThreePhases() {
    GlobalId id = TestIds.of("3pc");
    Coordinator coordinator = coordinator("3pc", both("3pc"));

    assertThat(await(coordinator.run(id, Map.of(), Decisions.none())).decision())
        .isEqualTo(Decision.COMMIT);

    until(() -> coordinator.running() == 0);
    assertThat(sent)
        .containsExactly(
            "PREPARE inventory",
            "PREPARE payment",
            "PRECOMMIT inventory",
            "PRECOMMIT payment",
            "COMMIT inventory",
            "COMMIT payment");
  }

  @Test
  void reasonOfARefusalIsAVote() {
    Outcome outcome =
        await(
            coordinator("2pc", both("2pc"))
                .run(
                    TestIds.of("2pc"),
                    Map.of("payment", new JsonObject().put("refuse", "PAYMENT_DECLINED")),
                    register));

    assertThat(outcome)
        .isEqualTo(
            new Outcome(
                Decision.ABORT,
                Map.of("inventory", Outcome.PREPARED, "payment", "PAYMENT_DECLINED")));
    assertThat(outcome.refusal()).contains("PAYMENT_DECLINED");
    assertThat(counted("ABORT")).isEqualTo(1);
  }

  @Test
  void voteThatDoesNotArriveInTimeIsMissing() {
    Coordinator coordinator =
        coordinator(
            "2pc",
            request ->
                request.participant().equals("payment")
                    ? Promise.<BranchState>promise().future()
                    : both("2pc").request(request));

    Outcome outcome = await(coordinator.run(TestIds.of("2pc"), Map.of(), register));

    assertThat(outcome.decision()).isEqualTo(Decision.ABORT);
    assertThat(outcome.votes()).containsEntry("payment", Outcome.NO_ANSWER);
  }

  @Test
  void voteThatIsNotAwaitedBecauseOfARefusalIsNoMissingAnswer() {
    Coordinator coordinator =
        coordinator(
            "2pc",
            request ->
                request.participant().equals("payment")
                    ? Promise.<BranchState>promise().future()
                    : Future.failedFuture(new RefusedException("OUT_OF_STOCK")));

    Outcome outcome = await(coordinator.run(TestIds.of("2pc"), Map.of(), register));

    assertThat(outcome.votes())
        .containsEntry("inventory", "OUT_OF_STOCK")
        .containsEntry("payment", Outcome.NOT_AWAITED);
    assertThat(outcome.refusal()).contains("OUT_OF_STOCK");
  }

  @Test
  void failedRequestIsAMissingAnswerAndTheOthersAreNotAwaited() {
    Coordinator coordinator =
        coordinator(
            "2pc",
            request ->
                request.participant().equals("payment")
                    ? Promise.<BranchState>promise().future()
                    : Future.failedFuture("down"));

    Outcome outcome = await(coordinator.run(TestIds.of("2pc"), Map.of(), register));

    assertThat(outcome.votes())
        .containsEntry("inventory", Outcome.NO_ANSWER)
        .containsEntry("payment", Outcome.NOT_AWAITED);
    assertThat(outcome.refusal()).isEmpty();
  }

  @Test
  void decisionThatIsNotConfirmedFailsAndIsResolvedLater() {
    GlobalId id = TestIds.of("2pc");
    register.reachable(false);
    Coordinator coordinator = coordinator("2pc", both("2pc"));

    Future<Outcome> outcome = coordinator.run(id, Map.of(), register);
    until(outcome::failed);
    assertThat(counted("UNKNOWN")).isEqualTo(1);
    assertThat(await(payment.state(id))).isEqualTo(BranchState.PREPARED);

    register.reachable(true);
    until(() -> await(payment.state(id)) == BranchState.ABORTED);
    until(() -> coordinator.running() == 0);
  }

  @Test
  void decisionIsSentAgainToThoseThatHaveNotAcknowledgedIt() {
    GlobalId id = TestIds.of("2pc");
    Coordinator.Participants lossy =
        request -> {
          boolean isFirst = !sent.contains("COMMIT payment");
          Future<BranchState> answer = both("2pc").request(request);
          return request.event() == BranchEvent.COMMIT
                  && request.participant().equals("payment")
                  && isFirst
              ? Future.failedFuture("the answer is lost")
              : answer;
        };
    Coordinator coordinator = coordinator("2pc", lossy);
    await(coordinator.run(id, Map.of(), register));

    until(() -> coordinator.running() == 0);
    assertThat(sent.stream().filter("COMMIT payment"::equals)).hasSize(2);
    assertThat(sent.stream().filter("COMMIT inventory"::equals)).hasSize(1);
  }

  /** A process that was paused for longer than the register keeps an abort. */
  @Test
  void transactionThatIsTooOldProposesAbort() {
    GlobalId id = TestIds.of("2pc");
    Coordinator late =
        new Coordinator(
            vertx,
            Protocols.named("2pc").orElseThrow(),
            both("2pc"),
            new Coordinator.Limits(Duration.ofMillis(300), Duration.ofMillis(50), 2, Duration.ZERO),
            instruments);

    Outcome outcome = await(late.run(id, Map.of(), register));

    assertThat(outcome)
        .isEqualTo(
            new Outcome(
                Decision.ABORT,
                Map.of("inventory", Outcome.PREPARED, "payment", Outcome.PREPARED)));
    assertThat(await(register.proposeCommit(id))).isEqualTo(Decision.ABORT);
  }

  @Test
  void transactionsAboveTheBoundAreRefusedBeforeAnythingIsSent() {
    Coordinator coordinator =
        coordinator("2pc", request -> Promise.<BranchState>promise().future());
    Future<Outcome> first = coordinator.run(TestIds.of("2pc"), Map.of(), register);
    Future<Outcome> second = coordinator.run(TestIds.of("2pc"), Map.of(), register);

    Future<Outcome> third = coordinator.run(TestIds.of("2pc"), Map.of(), register);
    assertThat(third.cause()).isInstanceOf(TooManyTransactionsException.class);

    await(Future.join(first, second));
    assertThat(await(coordinator("2pc", both("2pc")).run(TestIds.of("2pc"), Map.of(), register)))
        .isNotNull();
  }

  @Test
  void transactionRunsOnceAtATime() {
    GlobalId id = TestIds.of("2pc");
    Coordinator coordinator =
        coordinator("2pc", request -> Promise.<BranchState>promise().future());
    Future<Outcome> first = coordinator.run(id, Map.of(), register);

    assertThat(coordinator.run(id, Map.of(), register).cause())
        .isInstanceOf(IllegalStateException.class);
    coordinator.announce(id, register, Context.root());
    assertThat(await(first).decision()).isEqualTo(Decision.ABORT);
  }

  @Test
  void everySpanIsInTheTraceOfTheTransaction() {
    GlobalId id = TestIds.of("2pc");
    Span order = tracers.get("test").spanBuilder("POST /orders").startSpan();
    Coordinator coordinator = coordinator("2pc", both("2pc"));
    await(coordinator.run(id, Map.of(), register, Context.root().with(order)));
    order.end();
    until(() -> coordinator.running() == 0);

    List<SpanData> all = spans.getFinishedSpanItems();
    assertThat(all)
        .extracting(SpanData::getTraceId)
        .containsOnly(order.getSpanContext().getTraceId());
    assertThat(all.stream().filter(span -> span.getKind() == SpanKind.CLIENT))
        .extracting(SpanData::getName)
        .containsExactlyInAnyOrder(
            "PREPARE", "PREPARE", "PROPOSE_COMMIT", "COMMIT", "COMMIT", "RECORD_DONE");
    assertThat(all.stream().filter(span -> span.getKind() == SpanKind.SERVER))
        .extracting(SpanData::getName)
        .containsExactlyInAnyOrder("PREPARE", "PREPARE", "COMMIT", "COMMIT");
    SpanData commit =
        all.stream()
            .filter(span -> span.getKind() == SpanKind.SERVER && span.getName().equals("COMMIT"))
            .findFirst()
            .orElseThrow();
    assertThat(commit.getAttributes().asMap())
        .containsEntry(AttributeKey.stringKey("converge.protocol"), "2pc")
        .containsEntry(AttributeKey.stringKey("converge.gid"), id.text())
        .containsEntry(AttributeKey.stringKey("converge.event"), "COMMIT")
        .containsEntry(AttributeKey.stringKey("converge.state"), "COMMITTED");
  }

  @Test
  void requestIsAClientSpanThatNamesItsAddressee() {
    GlobalId id = TestIds.of("2pc");
    Coordinator.Participants traced = Coordinator.Participants.traced(both("2pc"), instruments);

    await(
        traced.request(
            new Coordinator.Request(
                "payment", id, BranchEvent.PREPARE, new JsonObject(), Context.root())));

    SpanData sent =
        spans.getFinishedSpanItems().stream()
            .filter(span -> span.getKind() == SpanKind.CLIENT)
            .findFirst()
            .orElseThrow();
    SpanData received =
        spans.getFinishedSpanItems().stream()
            .filter(span -> span.getKind() == SpanKind.SERVER)
            .findFirst()
            .orElseThrow();
    assertThat(sent.getName()).isEqualTo("PREPARE");
    assertThat(sent.getAttributes().asMap())
        .containsEntry(AttributeKey.stringKey("converge.participant"), "payment")
        .containsEntry(AttributeKey.stringKey("converge.gid"), id.text());
    assertThat(received.getParentSpanId()).isEqualTo(sent.getSpanId());
  }
}
