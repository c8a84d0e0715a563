package dev.converge.commitment.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.commitment.Decision;
import dev.converge.commitment.Decisions;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.InMemoryBranches;
import dev.converge.commitment.Instruments;
import dev.converge.commitment.Participant;
import dev.converge.commitment.TestIds;
import dev.converge.commitment.Traceparent;
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
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.test.InstanceSpec;
import org.apache.curator.test.TestingCluster;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: the first proposal is the decision, as long as a majority of the ensemble runs. Method:
 * three servers in this process, of which one or two are stopped.
 */
class DecisionNodesIT {
  private static final String TRACEPARENT =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private static final Vertx VERTX = Vertx.vertx();
  private static final Instruments INSTRUMENTS = Instruments.none();
  private static TestingCluster cluster;

  private CuratorFramework coordinator;
  private CuratorFramework participant;

  @BeforeAll
  static void startCluster() throws Exception {
    cluster = new TestingCluster(3);
    cluster.start();
  }

  @AfterAll
  static void stopCluster() throws Exception {
    cluster.close();
    await(VERTX.close());
  }

  @BeforeEach
  void connect() {
    coordinator = DecisionNodes.client(cluster.getConnectString());
    participant = DecisionNodes.client(cluster.getConnectString());
  }

  @AfterEach
  void disconnect() throws Exception {
    coordinator.close();
    participant.close();
  }

  @CanIgnoreReturnValue
  private static <T> T await(Future<T> future) {
    try {
      return future.await(20, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static DecisionNodes nodes(CuratorFramework client) {
    return new DecisionNodes(VERTX, client, INSTRUMENTS);
  }

  private static GlobalId newId() {
    return TestIds.of(Protocols.TWO_PHASE_QUORUM);
  }

  @Test
  void firstProposalIsTheDecision() {
    GlobalId committed = newId();
    GlobalId aborted = newId();

    assertThat(await(nodes(coordinator).proposeCommit(committed))).isEqualTo(Decision.COMMIT);
    assertThat(await(nodes(participant).proposeAbort(committed))).isEqualTo(Decision.COMMIT);
    assertThat(await(nodes(participant).proposeAbort(aborted))).isEqualTo(Decision.ABORT);
    assertThat(await(nodes(coordinator).proposeCommit(aborted))).isEqualTo(Decision.ABORT);
    assertThat(await(nodes(coordinator).proposeCommit(committed))).isEqualTo(Decision.COMMIT);
  }

  @Test
  void messagesToTheRegisterAreInTheTraceOfWhoSendsThem() {
    InMemorySpanExporter exported = InMemorySpanExporter.create();
    try (SdkTracerProvider tracers =
        SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(exported))
            .build()) {
      Instruments instruments = new Instruments(tracers.get("test"), new SimpleMeterRegistry());
      DecisionNodes nodes = new DecisionNodes(VERTX, coordinator, instruments);
      GlobalId id = newId();
      Span first = tracers.get("test").spanBuilder("first").startSpan();
      Span second = tracers.get("test").spanBuilder("second").startSpan();

      await(nodes.proposeCommit(id, Context.root().with(first)));
      await(nodes.proposeAbort(id, Context.root().with(second)));
      first.end();
      second.end();

      assertThat(exported.getFinishedSpanItems())
          .extracting(SpanData::getName)
          .containsExactly("READ_DECISION", "first", "second");
      assertThat(exported.getFinishedSpanItems())
          .allSatisfy(
              span ->
                  assertThat(span.getAttributes().asMap())
                      .containsEntry(AttributeKey.stringKey("converge.participant"), "register"));
      SpanData read = exported.getFinishedSpanItems().get(0);
      assertThat(read.getParentSpanId()).isEqualTo(second.getSpanContext().getSpanId());
      assertThat(read.getKind()).isEqualTo(SpanKind.CLIENT);
    }
  }

  @Test
  void concurrentProposalsAgree() {
    for (int round = 0; round < 30; round++) {
      GlobalId id = newId();
      List<Future<Decision>> proposals = new ArrayList<>();
      proposals.add(nodes(coordinator).proposeCommit(id));
      proposals.add(nodes(participant).proposeAbort(id));
      proposals.add(nodes(participant).proposeAbort(id));
      List<Decision> decided = await(Future.all(proposals)).list();
      assertThat(new HashSet<>(decided)).hasSize(1);
    }
  }

  @Test
  void commitsAreOpenUntilTheyAreDone() {
    DecisionNodes nodes = nodes(coordinator);
    GlobalId open = newId();
    GlobalId done = newId();
    GlobalId aborted = newId();
    await(nodes.proposeCommit(open, Traceparent.parse(TRACEPARENT)));
    await(nodes.proposeCommit(done));
    await(nodes.proposeAbort(aborted));
    await(nodes.done(done));
    await(nodes.done(done));

    assertThat(await(nodes.open(Duration.ofSeconds(-1), 1_000)))
        .filteredOn(each -> List.of(open, done, aborted).contains(each.id()))
        .extracting(Decisions.Open::id, each -> Traceparent.of(each.trace()).orElseThrow())
        .containsExactly(tuple(open, TRACEPARENT));
    assertThat(await(nodes.open(Duration.ofHours(1), 1_000))).isEmpty();
  }

  @Test
  void oldDecisionsArePrunedUnlessTheyAreOpen() throws Exception {
    DecisionNodes nodes =
        new DecisionNodes(VERTX, coordinator, Duration.ofSeconds(-1), INSTRUMENTS);
    GlobalId open = newId();
    GlobalId done = newId();
    GlobalId aborted = newId();
    await(nodes.proposeCommit(open));
    await(nodes.proposeCommit(done));
    await(nodes.done(done));
    await(nodes.proposeAbort(aborted));

    assertThat(pruned(new DecisionNodes(VERTX, coordinator, INSTRUMENTS))).isZero();
    assertThat(pruned(nodes)).isGreaterThanOrEqualTo(2);
    assertThat(await(nodes.proposeAbort(open))).isEqualTo(Decision.COMMIT);
    // They are gone: a late proposal is the first one.
    assertThat(await(nodes.proposeAbort(done))).isEqualTo(Decision.ABORT);
  }

  /** All shards, some at a time. */
  private static int pruned(DecisionNodes nodes) {
    int all = 0;
    for (int call = 0; call < 16; call++) {
      all += await(nodes.prune(1_000));
    }
    return all;
  }

  @Test
  void majorityDecidesAndAMinorityDoesNot() throws Exception {
    GlobalId before = newId();
    assertThat(await(nodes(coordinator).proposeCommit(before))).isEqualTo(Decision.COMMIT);
    List<InstanceSpec> servers = new ArrayList<>(cluster.getInstances());

    cluster.killServer(servers.get(0));
    GlobalId majority = newId();
    assertThat(eventually(nodes(coordinator), majority)).isEqualTo(Decision.COMMIT);
    assertThat(eventuallyAbort(nodes(participant), majority)).isEqualTo(Decision.COMMIT);

    cluster.killServer(servers.get(1));
    GlobalId minority = newId();
    assertThat(fails(nodes(coordinator).proposeCommit(minority))).isTrue();
    assertThat(fails(nodes(participant).proposeAbort(before))).isTrue();

    GlobalId inDoubt = newId();
    Participant waiting = participant(nodes(participant));
    assertThat(await(waiting.prepare(inDoubt, new JsonObject()))).isEqualTo(BranchState.PREPARED);
    assertThat(await(waiting.on(inDoubt, BranchEvent.IN_DOUBT))).isEqualTo(BranchState.PREPARED);

    cluster.restartServer(servers.get(0));
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> await(waiting.on(inDoubt, BranchEvent.IN_DOUBT)) == BranchState.ABORTED);
    assertThat(eventuallyAbort(nodes(participant), before)).isEqualTo(Decision.COMMIT);
    Decision decided = eventuallyAbort(nodes(participant), minority);
    assertThat(eventually(nodes(coordinator), minority)).isEqualTo(decided);
    cluster.restartServer(servers.get(1));
  }

  private static Participant participant(DecisionNodes register) {
    return new Participant(
        Protocols.named(Protocols.TWO_PHASE_QUORUM).orElseThrow(),
        new InMemoryBranches(),
        new Participant.Others() {
          @Override
          public Future<Decision> proposeAbort(GlobalId id, Context trace) {
            return register.proposeAbort(id);
          }

          @Override
          public Future<List<BranchState>> peers(GlobalId id, Context trace) {
            return Future.succeededFuture(List.of(BranchState.PREPARED));
          }
        },
        Instruments.none());
  }

  private static boolean fails(Future<Decision> proposal) {
    return await(proposal.transform(done -> Future.succeededFuture(done.failed())));
  }

  // The clients reconnect, and the ensemble elects a leader.
  private static Decision eventually(DecisionNodes nodes, GlobalId id) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> !fails(nodes.proposeCommit(id)));
    return await(nodes.proposeCommit(id));
  }

  private static Decision eventuallyAbort(DecisionNodes nodes, GlobalId id) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(40))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> !fails(nodes.proposeAbort(id)));
    return await(nodes.proposeAbort(id));
  }
}
