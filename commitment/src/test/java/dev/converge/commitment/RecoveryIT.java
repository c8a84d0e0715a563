package dev.converge.commitment;

import static dev.converge.commitment.TestServers.INVENTORY;
import static dev.converge.commitment.TestServers.ORDER;
import static dev.converge.commitment.TestServers.PAYMENT;
import static dev.converge.commitment.TestServers.await;
import static dev.converge.commitment.TestServers.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.postgres.DecisionTable;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlConnection;
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
 * Goal: two-phase commit ends every branch without an operator, and never in two ways. Method: a
 * coordinator and two participants in this process, each on a real server, with short timeouts; the
 * network loses what the test says, and a coordinator that is gone is one that is not run.
 */
class RecoveryIT {
  private static final TestServers SERVERS = TestServers.shared();
  private static final Map<String, JsonObject> TWO_APPLES =
      Map.of(INVENTORY, StockWork.apples(2), PAYMENT, StockWork.apples(2));
  private static final Recovery.Timing OFTEN =
      new Recovery.Timing(Duration.ofMillis(50), Duration.ofMillis(300), Duration.ofDays(1));

  private final DecisionTable register = new DecisionTable(SERVERS.poolOf(ORDER));
  private final TestParticipants participants =
      new TestParticipants(SERVERS, register::proposeAbort);
  private final List<String> deployed = new ArrayList<>();

  @BeforeEach
  void reset() {
    SERVERS.reset();
  }

  @AfterEach
  void undeploy() {
    deployed.forEach(id -> await(SERVERS.vertx().undeploy(id)));
  }

  private Coordinator coordinator(String protocol) {
    return new Coordinator(
        SERVERS.vertx(),
        Protocols.named(protocol).orElseThrow(),
        participants,
        new Coordinator.Limits(Duration.ofSeconds(5), Duration.ofMillis(100), 10),
        participants.instruments);
  }

  private void recover(String participant) {
    deploy(new Recovery(participants.of(participant), List.of(), OFTEN, participants.instruments));
  }

  private void deploy(Recovery recovery) {
    deployed.add(await(SERVERS.vertx().deployVerticle(recovery)));
  }

  private void assertEnds(GlobalId id, BranchState end) {
    for (String participant : List.of(INVENTORY, PAYMENT)) {
      await(participant + " has ended the branch")
          .until(() -> participants.state(participant, id) == end);
      assertThat(SERVERS.prepared(participant)).isEmpty();
      assertThat(SERVERS.available(participant)).isEqualTo(end == BranchState.COMMITTED ? 8 : 10);
    }
    assertThat(participants.divergences()).isZero();
  }

  private void prepareBoth(GlobalId id) {
    for (String name : List.of(INVENTORY, PAYMENT)) {
      await(participants.of(name).of(id).orElseThrow().prepare(id, StockWork.apples(2)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.TWO_PHASE, Protocols.TRY_CONFIRM_CANCEL})
  void transactionCommitsWithTheCoordinatorsOwnWork(String protocol) {
    GlobalId id = TestIds.of(protocol);
    DecisionTable withWork =
        new DecisionTable(
            SERVERS.poolOf(ORDER),
            tx -> tx.query("INSERT INTO stock VALUES ('order', 1)").execute().mapEmpty());

    Outcome outcome = await(coordinator(protocol).run(id, TWO_APPLES, withWork));

    assertThat(outcome)
        .isEqualTo(
            new Outcome(
                Decision.COMMIT, Map.of(INVENTORY, Outcome.PREPARED, PAYMENT, Outcome.PREPARED)));
    assertEnds(id, BranchState.COMMITTED);
    assertThat(SERVERS.value(ORDER, "SELECT count(*) FROM stock WHERE sku = 'order'"))
        .isEqualTo("1");
    await("decision is done")
        .until(
            () ->
                SERVERS
                    .value(ORDER, "SELECT count(done_at) FROM transaction_decision")
                    .equals("1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.TWO_PHASE, Protocols.TRY_CONFIRM_CANCEL})
  void refusalAbortsTheOtherBranch(String protocol) {
    GlobalId id = TestIds.of(protocol);

    Outcome outcome =
        await(
            coordinator(protocol)
                .run(
                    id,
                    Map.of(INVENTORY, StockWork.apples(2), PAYMENT, StockWork.apples(11)),
                    register));

    assertThat(outcome.decision()).isEqualTo(Decision.ABORT);
    assertThat(outcome.votes()).containsEntry(PAYMENT, "OUT_OF_STOCK");
    assertThat(outcome.refusal()).contains("OUT_OF_STOCK");
    assertEnds(id, BranchState.ABORTED);
  }

  @Test
  void missingVoteAbortsAndIsNoRefusal() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    participants.cut(PAYMENT);

    Outcome outcome = await(coordinator(Protocols.TWO_PHASE).run(id, TWO_APPLES, register));

    assertThat(outcome.decision()).isEqualTo(Decision.ABORT);
    assertThat(outcome.votes()).containsEntry(PAYMENT, Outcome.NO_ANSWER);
    assertThat(outcome.refusal()).isEmpty();
    await("inventory has rolled back")
        .until(() -> participants.state(INVENTORY, id) == BranchState.ABORTED);
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.TWO_PHASE, Protocols.TRY_CONFIRM_CANCEL})
  void withoutACoordinatorTheFirstProposalIsTheDecision(String protocol) {
    GlobalId id = TestIds.of(protocol);
    prepareBoth(id);

    recover(INVENTORY);
    recover(PAYMENT);

    assertEnds(id, BranchState.ABORTED);
    assertThat(SERVERS.value(ORDER, "SELECT decision FROM transaction_decision"))
        .isEqualTo("ABORT");
  }

  @Test
  void lateProposalOfAZombieLoses() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    prepareBoth(id);
    recover(INVENTORY);
    recover(PAYMENT);
    assertEnds(id, BranchState.ABORTED);

    DecisionTable zombie =
        new DecisionTable(
            SERVERS.poolOf(ORDER),
            tx -> tx.query("INSERT INTO stock VALUES ('order', 1)").execute().mapEmpty());
    assertThat(await(zombie.proposeCommit(id))).isEqualTo(Decision.ABORT);
    assertThat(SERVERS.value(ORDER, "SELECT count(*) FROM stock WHERE sku = 'order'"))
        .isEqualTo("0");
  }

  /** The coordinator has the votes, and is stopped before it proposes. */
  @Test
  void coordinatorThatWasPausedLearnsThatItsTransactionIsAborted() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    recover(INVENTORY);
    recover(PAYMENT);
    Decisions paused = new Paused(register, Duration.ofMillis(1_500));

    Outcome outcome = await(coordinator(Protocols.TWO_PHASE).run(id, TWO_APPLES, paused));

    assertThat(outcome.decision()).isEqualTo(Decision.ABORT);
    assertEnds(id, BranchState.ABORTED);
  }

  private record Paused(Decisions register, Duration pause) implements Decisions {
    @Override
    public Future<Decision> proposeCommit(GlobalId id) {
      return SERVERS.vertx().timer(pause.toMillis()).compose(awake -> register.proposeCommit(id));
    }

    @Override
    public Future<Decision> proposeAbort(GlobalId id) {
      return register.proposeAbort(id);
    }

    @Override
    public Future<Void> done(GlobalId id) {
      return register.done(id);
    }

    @Override
    public Future<List<GlobalId>> open(Duration olderThan, int limit) {
      return register.open(olderThan, limit);
    }

    @Override
    public Future<Integer> prune(int limit) {
      return register.prune(limit);
    }
  }

  @Test
  void branchesWaitWhileTheRegisterIsUnreachableAndAreReleasedWhenItIsBack() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    participants.registerReachable(false);
    prepareBoth(id);
    recover(INVENTORY);
    recover(PAYMENT);

    await("it is in doubt for longer than the timeout")
        .until(
            () ->
                participants
                    .instruments
                    .meters()
                    .find("commitment.oldest.in.doubt.age")
                    .gauges()
                    .stream()
                    .allMatch(age -> age.value() > 0.9));
    assertThat(participants.state(INVENTORY, id)).isEqualTo(BranchState.PREPARED);
    assertThat(participants.state(PAYMENT, id)).isEqualTo(BranchState.PREPARED);

    participants.registerReachable(true);
    assertEnds(id, BranchState.ABORTED);
  }

  @Test
  void peerThatKnowsTheDecisionIsFollowedWhileTheRegisterIsUnreachable() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    participants.registerReachable(false);
    prepareBoth(id);
    await(participants.of(INVENTORY).on(id, BranchEvent.COMMIT));

    recover(PAYMENT);

    assertEnds(id, BranchState.COMMITTED);
  }

  /** The coordinator decided and was killed; another instance announces the decision. */
  @Test
  void decisionOfAKilledCoordinatorIsAnnouncedAfterItsRestart() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    prepareBoth(id);
    assertThat(await(register.proposeCommit(id))).isEqualTo(Decision.COMMIT);

    deploy(
        new Recovery(
            null,
            List.of(
                new Recovery.Announced(
                    Protocols.TWO_PHASE, coordinator(Protocols.TWO_PHASE), register)),
            OFTEN,
            participants.instruments));

    assertEnds(id, BranchState.COMMITTED);
    await("decision is done").until(() -> await(register.open(Duration.ZERO, 1)).isEmpty());
  }

  @Test
  void participantThatMissedTheCommitAppliesItWhenItIsBack() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    participants.lose(PAYMENT, BranchEvent.COMMIT);

    Outcome outcome = await(coordinator(Protocols.TWO_PHASE).run(id, TWO_APPLES, register));
    assertThat(outcome.decision()).isEqualTo(Decision.COMMIT);
    recover(PAYMENT);

    assertEnds(id, BranchState.COMMITTED);
  }

  @Test
  void killedDatabaseOfAParticipantDelaysTheCommit() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    prepareBoth(id);
    SERVERS.kill(PAYMENT);
    assertThat(await(register.proposeCommit(id))).isEqualTo(Decision.COMMIT);
    recover(INVENTORY);
    recover(PAYMENT);
    await("inventory has committed")
        .until(() -> participants.state(INVENTORY, id) == BranchState.COMMITTED);

    SERVERS.start(PAYMENT);

    await("payment has committed").until(() -> SERVERS.prepared(PAYMENT).isEmpty());
    await("pool has reconnected").ignoreExceptions().until(() -> assertPaymentCommitted(id));
  }

  private boolean assertPaymentCommitted(GlobalId id) {
    return participants.state(PAYMENT, id) == BranchState.COMMITTED;
  }

  @Test
  void ownWorkThatFailsAbortsTheTransaction() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    DecisionTable failing =
        new DecisionTable(
            SERVERS.poolOf(ORDER), (SqlConnection tx) -> Future.failedFuture("own work failed"));

    assertThat(failure(coordinator(Protocols.TWO_PHASE).run(id, TWO_APPLES, failing)))
        .hasMessage("own work failed");

    assertEnds(id, BranchState.ABORTED);
  }

  @Test
  void pruningOfDecisionsKeepsOpenCommits() {
    GlobalId open = TestIds.of(Protocols.TWO_PHASE);
    GlobalId done = TestIds.of(Protocols.TWO_PHASE);
    GlobalId aborted = TestIds.of(Protocols.TWO_PHASE);
    GlobalId recent = TestIds.of(Protocols.TWO_PHASE);
    await(register.proposeCommit(open));
    await(register.proposeCommit(done));
    await(register.done(done));
    await(register.proposeAbort(aborted));
    SERVERS.execute(
        ORDER, "UPDATE transaction_decision SET decided_at = now() - interval '8 days'");
    await(register.proposeAbort(recent));

    assertThat(await(register.prune(10))).isEqualTo(2);
    assertThat(await(register.open(Duration.ZERO, 10))).containsExactly(open);
    assertThat(await(register.proposeCommit(recent))).isEqualTo(Decision.ABORT);
  }
}
