package dev.converge.commitment;

import static dev.converge.commitment.TestServers.INVENTORY;
import static dev.converge.commitment.TestServers.PAYMENT;
import static dev.converge.commitment.TestServers.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.postgres.DecisionTable;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocol;
import dev.converge.commitment.protocol.Protocols;
import dev.converge.commitment.protocol.ThreePhaseCommit;
import dev.converge.commitment.protocol.ThreePhaseCommit.MissingAcknowledgement;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: three-phase commit never blocks, and diverges where the network splits. Method: the
 * coordinator and both participants in this process, each participant on a real server; the test
 * cuts the network after a step of the protocol.
 */
class ThreePhaseCommitIT {
  private static final TestServers SERVERS = TestServers.shared();
  private static final Map<String, JsonObject> TWO_APPLES =
      Map.of(INVENTORY, StockWork.apples(2), PAYMENT, StockWork.apples(2));
  private static final Recovery.Timing OFTEN =
      new Recovery.Timing(Duration.ofMillis(50), Duration.ofSeconds(1), Duration.ofDays(1));

  private final TestParticipants participants =
      new TestParticipants(SERVERS, id -> Future.failedFuture("no register"));
  private final List<String> deployed = new ArrayList<>();

  @BeforeEach
  void reset() {
    SERVERS.reset();
  }

  @AfterEach
  void undeploy() {
    deployed.forEach(id -> await(SERVERS.vertx().undeploy(id)));
  }

  private Coordinator coordinator(Protocol protocol) {
    return new Coordinator(
        SERVERS.vertx(),
        protocol,
        participants,
        new Coordinator.Limits(Duration.ofMillis(2_500), Duration.ofMillis(100), 10),
        participants.instruments);
  }

  private void recoverBoth() {
    for (String name : List.of(INVENTORY, PAYMENT)) {
      deployed.add(
          await(
              SERVERS
                  .vertx()
                  .deployVerticle(
                      new Recovery(
                          participants.of(name), List.of(), OFTEN, participants.instruments))));
    }
  }

  private void assertEnds(String participant, GlobalId id, BranchState end) {
    await(participant + " is " + end).until(() -> participants.state(participant, id) == end);
    assertThat(SERVERS.prepared(participant)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.THREE_PHASE, Protocols.THREE_PHASE_TERMINATION})
  void transactionCommits(String protocol) {
    GlobalId id = TestIds.of(protocol);

    Outcome outcome =
        await(
            coordinator(Protocols.named(protocol).orElseThrow())
                .run(id, TWO_APPLES, Decisions.none()));

    assertThat(outcome.decision()).isEqualTo(Decision.COMMIT);
    assertEnds(INVENTORY, id, BranchState.COMMITTED);
    assertEnds(PAYMENT, id, BranchState.COMMITTED);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
    assertThat(participants.divergences()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.THREE_PHASE, Protocols.THREE_PHASE_TERMINATION})
  void withoutACoordinatorPreparedBranchesAbortByTimeout(String protocol) {
    GlobalId id = TestIds.of(protocol);
    for (String name : List.of(INVENTORY, PAYMENT)) {
      await(participants.of(name).of(id).orElseThrow().prepare(id, StockWork.apples(2)));
    }

    recoverBoth();

    assertEnds(INVENTORY, id, BranchState.ABORTED);
    assertEnds(PAYMENT, id, BranchState.ABORTED);
    assertThat(participants.divergences()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.THREE_PHASE, Protocols.THREE_PHASE_TERMINATION})
  void withoutACoordinatorPrecommittedBranchesCommitByTimeout(String protocol) {
    GlobalId id = TestIds.of(protocol);
    for (String name : List.of(INVENTORY, PAYMENT)) {
      await(participants.of(name).of(id).orElseThrow().prepare(id, StockWork.apples(2)));
      await(participants.of(name).on(id, BranchEvent.PRECOMMIT));
    }

    recoverBoth();

    assertEnds(INVENTORY, id, BranchState.COMMITTED);
    assertEnds(PAYMENT, id, BranchState.COMMITTED);
  }

  /** The variant with a termination protocol: the peer that is precommitted is followed. */
  @Test
  void preparedBranchFollowsAPeerThatIsPrecommitted() {
    GlobalId id = TestIds.of(Protocols.THREE_PHASE_TERMINATION);
    for (String name : List.of(INVENTORY, PAYMENT)) {
      await(participants.of(name).of(id).orElseThrow().prepare(id, StockWork.apples(2)));
    }
    await(participants.of(INVENTORY).on(id, BranchEvent.PRECOMMIT));

    recoverBoth();

    assertEnds(INVENTORY, id, BranchState.COMMITTED);
    assertEnds(PAYMENT, id, BranchState.COMMITTED);
  }

  /**
   * The anomaly. Payment is cut off after its vote and before its precommit, for longer than its
   * timeout: it aborts. The coordinator misses its acknowledgement and commits, as Skeen says.
   */
  @ParameterizedTest
  @ValueSource(strings = {Protocols.THREE_PHASE, Protocols.THREE_PHASE_TERMINATION})
  void participantThatIsCutOffAfterItsVoteDiverges(String protocol) {
    GlobalId id = TestIds.of(protocol);
    Coordinator coordinator =
        new Coordinator(
            SERVERS.vertx(),
            Protocols.named(protocol).orElseThrow(),
            new CutBefore(BranchEvent.PRECOMMIT, PAYMENT),
            new Coordinator.Limits(Duration.ofMillis(2_500), Duration.ofMillis(100), 10),
            participants.instruments);
    recoverBoth();

    Outcome outcome = await(coordinator.run(id, TWO_APPLES, Decisions.none()));

    assertThat(outcome.decision()).isEqualTo(Decision.COMMIT);
    assertEnds(INVENTORY, id, BranchState.COMMITTED);
    assertEnds(PAYMENT, id, BranchState.ABORTED);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(10);
    assertThat(participants.divergences()).isZero();

    // No step repairs it. It is reported when the decision arrives.
    participants.heal();
    await("divergence is reported").until(() -> participants.divergences() == 1);
    assertThat(participants.of(PAYMENT).divergent()).containsExactly(id.text());
    assertThat(participants.state(PAYMENT, id)).isEqualTo(BranchState.ABORTED);
  }

  /**
   * The mirror, where a coordinator that misses an acknowledgement aborts. Inventory is cut off
   * after its acknowledgement: it commits by its timeout. Payment's precommit is lost.
   */
  @Test
  void participantThatIsCutOffAfterItsAcknowledgementDiverges() {
    GlobalId id = TestIds.of(Protocols.THREE_PHASE);
    Coordinator coordinator =
        new Coordinator(
            SERVERS.vertx(),
            ThreePhaseCommit.withTimeouts(MissingAcknowledgement.ABORTS),
            request -> {
              if (request.event() == BranchEvent.PRECOMMIT
                  && request.participant().equals(PAYMENT)) {
                return Future.failedFuture("late");
              }
              return participants
                  .request(request)
                  .onSuccess(
                      acknowledged -> {
                        if (request.event() == BranchEvent.PRECOMMIT) {
                          participants.cut(INVENTORY);
                        }
                      });
            },
            new Coordinator.Limits(Duration.ofMillis(2_500), Duration.ofMillis(100), 10),
            participants.instruments);
    recoverBoth();

    Outcome outcome = await(coordinator.run(id, TWO_APPLES, Decisions.none()));

    assertThat(outcome.decision()).isEqualTo(Decision.ABORT);
    assertEnds(PAYMENT, id, BranchState.ABORTED);
    assertEnds(INVENTORY, id, BranchState.COMMITTED);
    participants.heal();
    await("divergence is reported").until(() -> participants.divergences() == 1);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(10);
  }

  /** The same cut under two-phase commit: payment waits, and then commits. */
  @Test
  void underTwoPhaseCommitTheSameCutBlocksAndDoesNotDiverge() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    DecisionTable register = new DecisionTable(SERVERS.poolOf(TestServers.ORDER));
    TestParticipants two = new TestParticipants(SERVERS, register::proposeAbort);
    Coordinator coordinator =
        new Coordinator(
            SERVERS.vertx(),
            Protocols.named(Protocols.TWO_PHASE).orElseThrow(),
            request -> {
              if (request.event() == BranchEvent.COMMIT) {
                two.cut(PAYMENT);
              }
              return two.request(request);
            },
            new Coordinator.Limits(Duration.ofMillis(2_500), Duration.ofMillis(100), 10),
            two.instruments);
    deployed.add(
        await(
            SERVERS
                .vertx()
                .deployVerticle(new Recovery(two.of(PAYMENT), List.of(), OFTEN, two.instruments))));

    assertThat(await(coordinator.run(id, TWO_APPLES, register)).decision())
        .isEqualTo(Decision.COMMIT);

    await("payment is in doubt for two seconds")
        .until(
            () ->
                two.instruments.meters().get("commitment.oldest.in.doubt.age").gauge().value() > 2);
    assertThat(two.state(PAYMENT, id)).isEqualTo(BranchState.PREPARED);
    two.heal();
    await("payment commits").until(() -> two.state(PAYMENT, id) == BranchState.COMMITTED);
    assertThat(two.divergences()).isZero();
  }

  /** Cuts a participant off from all others when a kind of request is sent to it. */
  private final class CutBefore implements Coordinator.Participants {
    private final BranchEvent event;
    private final String participant;
    private boolean isCut;

    CutBefore(BranchEvent event, String participant) {
      this.event = event;
      this.participant = participant;
    }

    @Override
    public Future<BranchState> request(Coordinator.Request request) {
      if (!isCut && request.event() == event) {
        isCut = true;
        participants.cut(participant);
      }
      return participants.request(request);
    }
  }
}
