package dev.converge.commitment;

import static dev.converge.commitment.TestServers.INVENTORY;
import static dev.converge.commitment.TestServers.PAYMENT;
import static dev.converge.commitment.TestServers.await;
import static dev.converge.commitment.TestTransactions.TWO_APPLES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.postgres.DecisionTable;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import dev.converge.commitment.protocol.ThreePhaseCommit;
import dev.converge.commitment.protocol.ThreePhaseCommit.MissingAcknowledgement;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: three-phase commit never blocks, and diverges where the network splits. Method: the
 * coordinator and both participants in this process, each participant on a real server; the test
 * cuts the network after a step of the protocol.
 */
class ThreePhaseCommitIT {
  private static final TestServers SERVERS = TestServers.shared();

  private final DecisionTable register = new DecisionTable(SERVERS.poolOf(TestServers.ORDER));

  @RegisterExtension
  final TestTransactions transactions =
      new TestTransactions(Duration.ofMillis(2_500), Duration.ofSeconds(1), this::proposeAbort);

  private final TestParticipants participants = transactions.participants;

  private Future<Decision> proposeAbort(GlobalId id) {
    return id.protocol().equals(Protocols.TWO_PHASE)
        ? register.proposeAbort(id)
        : Future.failedFuture("no register");
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.THREE_PHASE, Protocols.THREE_PHASE_TERMINATION})
  void transactionCommits(String protocol) {
    GlobalId id = TestIds.of(protocol);

    Outcome outcome =
        await(transactions.coordinator(protocol).run(id, TWO_APPLES, Decisions.none()));

    assertThat(outcome.decision()).isEqualTo(Decision.COMMIT);
    transactions.assertBothEnd(id, BranchState.COMMITTED);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
    assertThat(participants.divergences()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.THREE_PHASE, Protocols.THREE_PHASE_TERMINATION})
  void withoutACoordinatorPreparedBranchesAbortByTimeout(String protocol) {
    GlobalId id = TestIds.of(protocol);
    transactions.prepareBoth(id);

    transactions.recoverBoth();

    transactions.assertBothEnd(id, BranchState.ABORTED);
    assertThat(participants.divergences()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.THREE_PHASE, Protocols.THREE_PHASE_TERMINATION})
  void withoutACoordinatorPrecommittedBranchesCommitByTimeout(String protocol) {
    GlobalId id = TestIds.of(protocol);
    transactions.prepareBoth(id);
    for (String name : List.of(INVENTORY, PAYMENT)) {
      await(participants.of(name).on(id, BranchEvent.PRECOMMIT));
    }

    transactions.recoverBoth();

    transactions.assertBothEnd(id, BranchState.COMMITTED);
  }

  /** The variant with a termination protocol: the peer that is precommitted is followed. */
  @Test
  void preparedBranchFollowsAPeerThatIsPrecommitted() {
    GlobalId id = TestIds.of(Protocols.THREE_PHASE_TERMINATION);
    transactions.prepareBoth(id);
    await(participants.of(INVENTORY).on(id, BranchEvent.PRECOMMIT));

    transactions.recoverBoth();

    transactions.assertBothEnd(id, BranchState.COMMITTED);
  }

  /**
   * Two crashes are enough, without a partition. Inventory is precommitted and does not answer, so
   * payment aborts. Inventory starts again, does not reach payment, which is down, and commits.
   */
  @Test
  void peersThatAreDownInTurnDivergeAndReportItOnceTheyAnswer() {
    GlobalId id = TestIds.of(Protocols.THREE_PHASE_TERMINATION);
    transactions.prepareBoth(id);
    await(participants.of(INVENTORY).on(id, BranchEvent.PRECOMMIT));
    participants.cut(INVENTORY);
    transactions.recover(PAYMENT);
    transactions.assertEnds(PAYMENT, id, BranchState.ABORTED);

    transactions.recover(INVENTORY);

    transactions.assertEnds(INVENTORY, id, BranchState.COMMITTED);
    assertThat(participants.divergences()).isZero();
    participants.heal();
    await("each reports the other").until(() -> participants.divergences() == 2);
    assertThat(SERVERS.value(PAYMENT, "SELECT gid || state || message FROM transaction_divergence"))
        .isEqualTo(id + "ABORTEDCOMMIT");
    assertThat(
            SERVERS.value(INVENTORY, "SELECT gid || state || message FROM transaction_divergence"))
        .isEqualTo(id + "COMMITTEDABORT");
  }

  /** The same up to the restart: payment answers, so inventory follows it. */
  @Test
  void precommittedBranchThatRestartsFollowsAPeerThatHasAborted() {
    GlobalId id = TestIds.of(Protocols.THREE_PHASE_TERMINATION);
    transactions.prepareBoth(id);
    await(participants.of(INVENTORY).on(id, BranchEvent.PRECOMMIT));
    participants.cut(INVENTORY);
    transactions.recover(PAYMENT);
    transactions.assertEnds(PAYMENT, id, BranchState.ABORTED);

    participants.heal();
    transactions.recover(INVENTORY);

    transactions.assertBothEnd(id, BranchState.ABORTED);
    assertThat(participants.divergences()).isZero();
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
        transactions.coordinator(protocol, new CutBefore(BranchEvent.PRECOMMIT, PAYMENT));
    transactions.recoverBoth();

    Outcome outcome = await(coordinator.run(id, TWO_APPLES, Decisions.none()));

    assertThat(outcome.decision()).isEqualTo(Decision.COMMIT);
    transactions.assertEnds(INVENTORY, id, BranchState.COMMITTED);
    transactions.assertEnds(PAYMENT, id, BranchState.ABORTED);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(10);
    assertThat(participants.divergences()).isZero();

    // No step repairs it. It is reported when the decision arrives.
    participants.heal();
    await("divergence is reported").until(() -> participants.divergences() == 1);
    assertThat(SERVERS.value(PAYMENT, "SELECT gid || state || message FROM transaction_divergence"))
        .isEqualTo(id + "ABORTEDCOMMIT");
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
        transactions.coordinator(
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
            });
    transactions.recoverBoth();

    Outcome outcome = await(coordinator.run(id, TWO_APPLES, Decisions.none()));

    assertThat(outcome.decision()).isEqualTo(Decision.ABORT);
    transactions.assertEnds(PAYMENT, id, BranchState.ABORTED);
    transactions.assertEnds(INVENTORY, id, BranchState.COMMITTED);
    participants.heal();
    await("divergence is reported").until(() -> participants.divergences() == 1);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(10);
  }

  /** The same cut under two-phase commit: payment waits, and then commits. */
  @Test
  void underTwoPhaseCommitTheSameCutBlocksAndDoesNotDiverge() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    Coordinator coordinator =
        transactions.coordinator(
            Protocols.TWO_PHASE,
            request -> {
              if (request.event() == BranchEvent.COMMIT) {
                participants.cut(PAYMENT);
              }
              return participants.request(request);
            });
    transactions.recover(PAYMENT);

    assertThat(await(coordinator.run(id, TWO_APPLES, register)).decision())
        .isEqualTo(Decision.COMMIT);

    await("payment is in doubt for two seconds")
        .until(
            () ->
                participants
                        .instruments
                        .meters()
                        .get("commitment.oldest.in.doubt.age")
                        .gauge()
                        .value()
                    > 2);
    assertThat(participants.state(PAYMENT, id)).isEqualTo(BranchState.PREPARED);
    participants.heal();
    await("payment commits").until(() -> participants.state(PAYMENT, id) == BranchState.COMMITTED);
    assertThat(participants.divergences()).isZero();
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
