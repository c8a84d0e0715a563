package dev.converge.commitment;

import static dev.converge.commitment.TestServers.INVENTORY;
import static dev.converge.commitment.TestServers.ORDER;
import static dev.converge.commitment.TestServers.PAYMENT;
import static dev.converge.commitment.TestServers.await;
import static dev.converge.commitment.TestServers.failure;
import static dev.converge.commitment.TestTransactions.TWO_APPLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.converge.commitment.postgres.DecisionTable;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: two-phase commit ends every branch without an operator, and never in two ways. Method: a
 * coordinator and two participants in this process, each on a real server, with short timeouts; the
 * network loses what the test says, and a coordinator that is gone is one that is not run.
 */
class RecoveryIT {
  private static final String TRACEPARENT =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private static final TestServers SERVERS = TestServers.shared();

  private final DecisionTable register = new DecisionTable(SERVERS.poolOf(ORDER));

  @RegisterExtension
  final TestTransactions transactions =
      new TestTransactions(Duration.ofSeconds(5), Duration.ofMillis(300), register::proposeAbort);

  private final TestParticipants participants = transactions.participants;

  private void assertEnds(GlobalId id, BranchState end) {
    transactions.assertBothEnd(id, end);
    assertThat(participants.divergences()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {Protocols.TWO_PHASE, Protocols.TRY_CONFIRM_CANCEL})
  void transactionCommitsWithTheCoordinatorsOwnWork(String protocol) {
    GlobalId id = TestIds.of(protocol);
    DecisionTable withWork =
        new DecisionTable(
            SERVERS.poolOf(ORDER),
            tx -> tx.query("INSERT INTO stock VALUES ('order', 1)").execute().mapEmpty());

    Outcome outcome = await(transactions.coordinator(protocol).run(id, TWO_APPLES, withWork));

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
            transactions
                .coordinator(protocol)
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

    Outcome outcome =
        await(transactions.coordinator(Protocols.TWO_PHASE).run(id, TWO_APPLES, register));

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
    transactions.prepareBoth(id);

    transactions.recoverBoth();

    assertEnds(id, BranchState.ABORTED);
    assertThat(SERVERS.value(ORDER, "SELECT decision FROM transaction_decision"))
        .isEqualTo("ABORT");
  }

  @Test
  void lateProposalOfAZombieLoses() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    transactions.prepareBoth(id);
    transactions.recoverBoth();
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
    transactions.recoverBoth();
    Decisions paused = new Paused(register, Duration.ofMillis(1_500));

    Outcome outcome =
        await(transactions.coordinator(Protocols.TWO_PHASE).run(id, TWO_APPLES, paused));

    assertThat(outcome.decision()).isEqualTo(Decision.ABORT);
    assertEnds(id, BranchState.ABORTED);
  }

  private record Paused(Decisions register, Duration pause) implements Decisions {
    @Override
    public Future<Decision> proposeCommit(GlobalId id, Context trace) {
      return SERVERS
          .vertx()
          .timer(pause.toMillis())
          .compose(awake -> register.proposeCommit(id, trace));
    }

    @Override
    public Future<Decision> proposeAbort(GlobalId id, Context trace) {
      return register.proposeAbort(id, trace);
    }

    @Override
    public Future<Void> done(GlobalId id, Context trace) {
      return register.done(id, trace);
    }

    @Override
    public Future<List<Open>> open(Duration olderThan, int limit) {
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
    transactions.prepareBoth(id);
    transactions.recoverBoth();

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
    transactions.prepareBoth(id);
    await(participants.of(INVENTORY).on(id, BranchEvent.COMMIT));

    transactions.recover(PAYMENT);

    assertEnds(id, BranchState.COMMITTED);
  }

  /** The coordinator decided and was killed; another instance announces the decision. */
  @Test
  void decisionOfAKilledCoordinatorIsAnnouncedAfterItsRestart() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    transactions.prepareBoth(id);
    assertThat(await(register.proposeCommit(id))).isEqualTo(Decision.COMMIT);

    transactions.announce(Protocols.TWO_PHASE, register);

    assertEnds(id, BranchState.COMMITTED);
    await("decision is done").until(() -> await(register.open(Duration.ZERO, 1)).isEmpty());
  }

  @Test
  void participantThatMissedTheCommitAppliesItWhenItIsBack() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    participants.lose(PAYMENT, BranchEvent.COMMIT);

    Outcome outcome =
        await(transactions.coordinator(Protocols.TWO_PHASE).run(id, TWO_APPLES, register));
    assertThat(outcome.decision()).isEqualTo(Decision.COMMIT);
    transactions.recover(PAYMENT);

    assertEnds(id, BranchState.COMMITTED);
  }

  @Test
  void killedDatabaseOfAParticipantDelaysTheCommit() {
    GlobalId id = TestIds.of(Protocols.TWO_PHASE);
    transactions.prepareBoth(id);
    SERVERS.kill(PAYMENT);
    assertThat(await(register.proposeCommit(id))).isEqualTo(Decision.COMMIT);
    transactions.recoverBoth();
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

    assertThat(failure(transactions.coordinator(Protocols.TWO_PHASE).run(id, TWO_APPLES, failing)))
        .hasMessage("own work failed");

    assertEnds(id, BranchState.ABORTED);
  }

  @Test
  void pruningOfDecisionsKeepsOpenCommits() {
    GlobalId open = TestIds.of(Protocols.TWO_PHASE);
    GlobalId done = TestIds.of(Protocols.TWO_PHASE);
    GlobalId aborted = TestIds.of(Protocols.TWO_PHASE);
    GlobalId recent = TestIds.of(Protocols.TWO_PHASE);
    await(register.proposeCommit(open, Traceparent.parse(TRACEPARENT)));
    await(register.proposeCommit(done));
    await(register.done(done));
    await(register.proposeAbort(aborted));
    SERVERS.execute(
        ORDER, "UPDATE transaction_decision SET decided_at = now() - interval '8 days'");
    await(register.proposeAbort(recent));

    assertThat(await(register.prune(10))).isEqualTo(2);
    assertThat(await(register.open(Duration.ZERO, 10)))
        .extracting(Decisions.Open::id, each -> Traceparent.of(each.trace()).orElseThrow())
        .containsExactly(tuple(open, TRACEPARENT));
    assertThat(await(register.proposeCommit(recent))).isEqualTo(Decision.ABORT);
  }
}
