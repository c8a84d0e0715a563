package dev.converge.commitment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: a participant applies the events of a branch one after the other, and is not delayed by a
 * question that is not answered. Method: branches in memory whose steps end when the test says.
 */
class ParticipantTest {
  private final GlobalId id = TestIds.of(Protocols.THREE_PHASE_TERMINATION);
  private final SlowBranches branches = new SlowBranches();
  private Promise<List<BranchState>> peers = Promise.promise();
  private Future<Decision> registered = Future.failedFuture("no answer");
  private final Participant participant =
      participant(Protocols.THREE_PHASE_TERMINATION, Future.failedFuture("no register"));

  private Participant participant(String protocol, Future<Decision> register) {
    return participant(protocol, () -> register);
  }

  private Participant participant(String protocol, Supplier<Future<Decision>> register) {
    return new Participant(
        Protocols.named(protocol).orElseThrow(),
        branches,
        new Participant.Others() {
          @Override
          public Future<Decision> proposeAbort(GlobalId asked, Context trace) {
            return register.get();
          }

          @Override
          public Future<List<BranchState>> peers(GlobalId asked, Context trace) {
            return peers.future();
          }
        },
        Instruments.none());
  }

  /** The work ends when the test ends it. */
  private static final class SlowBranches implements Branches {
    private final InMemoryBranches stored = new InMemoryBranches();
    private final Promise<Void> work = Promise.promise();
    private final List<String> steps = new ArrayList<>();

    @Override
    public Future<BranchState> state(GlobalId id) {
      return stored.state(id);
    }

    @Override
    public void check(GlobalId id, JsonObject request) {
      stored.check(id, request);
    }

    @Override
    public Future<Void> prepare(GlobalId id, JsonObject request) {
      steps.add("prepare");
      return work.future().compose(done -> stored.prepare(id, request));
    }

    @Override
    public Future<Void> recordPrecommit(GlobalId id) {
      steps.add("precommit");
      return stored.recordPrecommit(id);
    }

    @Override
    public Future<Void> recordAbort(GlobalId id) {
      steps.add("tombstone");
      return stored.recordAbort(id);
    }

    @Override
    public Future<Void> commit(GlobalId id) {
      steps.add("commit");
      return stored.commit(id);
    }

    @Override
    public Future<Void> rollBack(GlobalId id) {
      steps.add("roll back");
      return stored.rollBack(id);
    }

    @Override
    public Future<Boolean> recordDivergence(GlobalId id, BranchState state, BranchEvent message) {
      return stored.recordDivergence(id, state, message);
    }

    @Override
    public Future<List<InDoubt>> inDoubt(int limit) {
      return stored.inDoubt(limit);
    }

    @Override
    public Future<List<GlobalId>> ended(
        String protocol, Set<BranchState> states, Duration since, int limit) {
      return stored.ended(protocol, states, since, limit);
    }

    @Override
    public Future<Integer> prune(Duration olderThan, int limit) {
      return stored.prune(olderThan, limit);
    }
  }

  @Test
  void abortWaitsForTheWorkInProgress() {
    Future<BranchState> vote = participant.prepare(id, new JsonObject());
    Future<BranchState> abort = participant.on(id, BranchEvent.ABORT);
    assertThat(abort.isComplete()).isFalse();

    branches.work.complete();
    assertThat(vote.result()).isEqualTo(BranchState.PREPARED);
    assertThat(abort.result()).isEqualTo(BranchState.ABORTED);
    assertThat(branches.steps).containsExactly("prepare", "roll back");
  }

  @Test
  void repeatedPrepareDoesTheWorkOnce() {
    Future<BranchState> first = participant.prepare(id, new JsonObject());
    Future<BranchState> second = participant.prepare(id, new JsonObject());

    branches.work.complete();
    assertThat(first.result()).isEqualTo(BranchState.PREPARED);
    assertThat(second.result()).isEqualTo(BranchState.PREPARED);
    assertThat(branches.steps).containsExactly("prepare");
  }

  @Test
  void precommitDuringAQuestionIsApplied() {
    branches.work.complete();
    assertThat(participant.prepare(id, new JsonObject()).result()).isEqualTo(BranchState.PREPARED);
    Future<BranchState> inDoubt = participant.on(id, BranchEvent.IN_DOUBT);
    assertThat(inDoubt.isComplete()).isFalse();

    assertThat(participant.on(id, BranchEvent.PRECOMMIT).result())
        .isEqualTo(BranchState.PRECOMMITTED);
    // The answer is applied to the state of now: it would have rolled a prepared branch back.
    peers.complete(List.of(BranchState.PREPARED));
    assertThat(inDoubt.result()).isEqualTo(BranchState.COMMITTED);
    assertThat(branches.steps).containsExactly("prepare", "precommit", "commit");
  }

  @ParameterizedTest
  @CsvSource({
    // A commit needs the work of all; an abort needs one that has not committed.
    "COMMIT,UNKNOWN,false",
    "COMMIT,PREPARED,true",
    "COMMIT,COMMITTED,true",
    "COMMIT,ABORTED,true",
    "ABORT,COMMITTED,false",
    "ABORT,ABORTED,true",
    "ABORT,PREPARED,true",
  })
  void decisionIsADivergenceOnlyWhereAPeerAllowsIt(
      BranchEvent decision, BranchState peer, boolean isReported) {
    BranchState state = decision == BranchEvent.COMMIT ? BranchState.UNKNOWN : commit();
    peers.complete(List.of(peer));

    assertThat(participant.on(id, decision).result()).isEqualTo(state);
    assertThat(branches.stored.open(1).result()).hasSize(isReported ? 1 : 0);
  }

  private static Future<Void> recorded() {
    return Future.succeededFuture();
  }

  @ParameterizedTest
  @CsvSource({
    "COMMIT,COMMITTED,COMMITTED",
    "COMMIT,PREPARED,COMMITTED",
    "COMMIT,ABORTED,",
    "ABORT,ABORTED,ABORTED",
    "ABORT,PREPARED,ABORTED",
    "ABORT,COMMITTED,",
  })
  void operatorEndsABranchWithoutARegisterAsItsPeersDid(
      Decision resolution, BranchState peer, @Nullable BranchState end) {
    branches.work.complete();
    assertThat(participant.prepare(id, new JsonObject()).result()).isEqualTo(BranchState.PREPARED);
    peers.complete(List.of(peer));

    Future<BranchState> resolved = participant.resolve(id, resolution, ParticipantTest::recorded);
    assertThat(resolved.result()).isEqualTo(end);
    assertThat(branches.state(id).result()).isEqualTo(end == null ? BranchState.PREPARED : end);
    if (end == null) {
      assertThat(resolved.cause()).isInstanceOf(DecidedOtherwiseException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(Decision.class)
  void operatorEndsABranchWhoseRegisterDoesNotAnswer(Decision resolution) {
    GlobalId lost = TestIds.of(Protocols.TWO_PHASE);
    Participant voter = participant(Protocols.TWO_PHASE, Future.failedFuture("no answer"));
    branches.work.complete();
    assertThat(voter.prepare(lost, new JsonObject()).result()).isEqualTo(BranchState.PREPARED);

    assertThat(voter.resolve(lost, resolution, ParticipantTest::recorded).result())
        .isEqualTo(resolution == Decision.COMMIT ? BranchState.COMMITTED : BranchState.ABORTED);
  }

  @Test
  void resolvedBranchIsComparedWithTheRegisterOnceThatAnswers() {
    GlobalId lost = TestIds.of(Protocols.TWO_PHASE);
    registered = Future.failedFuture("no answer");
    Participant voter = voterOf(lost);
    assertThat(voter.resolve(lost, Decision.COMMIT, ParticipantTest::recorded).result())
        .isEqualTo(BranchState.COMMITTED);
    assertThat(voter.compareLoneEnds(Protocols.TWO_PHASE).succeeded()).isTrue();
    assertThat(branches.stored.open(1).result()).isEmpty();

    registered = Future.succeededFuture(Decision.ABORT);
    assertThat(voter.compareLoneEnds(Protocols.TWO_PHASE).succeeded()).isTrue();
    assertThat(branches.stored.open(1).result())
        .extracting(Divergences.Entry::gid, Divergences.Entry::state, Divergences.Entry::message)
        .containsExactly(tuple(lost.text(), BranchState.COMMITTED, BranchEvent.ABORT));
  }

  @Test
  void resolvedBranchThatTheRegisterConfirmsIsNoDivergence() {
    GlobalId lost = TestIds.of(Protocols.TWO_PHASE);
    registered = Future.failedFuture("no answer");
    Participant voter = voterOf(lost);
    assertThat(voter.resolve(lost, Decision.COMMIT, ParticipantTest::recorded).succeeded())
        .isTrue();

    registered = Future.succeededFuture(Decision.COMMIT);
    assertThat(voter.compareLoneEnds(Protocols.TWO_PHASE).succeeded()).isTrue();
    registered = Future.succeededFuture(Decision.ABORT);
    assertThat(voter.compareLoneEnds(Protocols.TWO_PHASE).succeeded()).isTrue();
    assertThat(branches.stored.open(1).result()).isEmpty();
  }

  private Participant voterOf(GlobalId prepared) {
    branches.work.complete();
    Participant voter = participant(Protocols.TWO_PHASE, () -> registered);
    assertThat(voter.prepare(prepared, new JsonObject()).result()).isEqualTo(BranchState.PREPARED);
    return voter;
  }

  @Test
  void branchThatHasEndedAsTheOperatorWishesIsLeftAlone() {
    GlobalId ended = TestIds.of(Protocols.TWO_PHASE);
    Participant voter = voterOf(ended);
    assertThat(voter.on(ended, BranchEvent.COMMIT).result()).isEqualTo(BranchState.COMMITTED);

    assertThat(
            voter
                .resolve(ended, Decision.COMMIT, () -> Future.failedFuture("nothing to record"))
                .result())
        .isEqualTo(BranchState.COMMITTED);
    assertThat(voter.resolve(ended, Decision.ABORT, ParticipantTest::recorded).cause())
        .isInstanceOf(NotInDoubtException.class);
  }

  @Test
  void branchIsNotResolvedUnlessTheActionIsRecorded() {
    branches.work.complete();
    assertThat(participant.prepare(id, new JsonObject()).result()).isEqualTo(BranchState.PREPARED);
    peers.complete(List.of());

    Future<BranchState> resolved =
        participant.resolve(id, Decision.COMMIT, () -> Future.failedFuture("log is down"));
    assertThat(resolved.failed()).isTrue();
    assertThat(branches.steps).containsExactly("prepare");
  }

  private Future<Void> compareLoneEnds() {
    return participant.compareLoneEnds(Protocols.THREE_PHASE_TERMINATION);
  }

  private BranchState commit() {
    assertThat(branches.stored.commit(id).succeeded()).isTrue();
    return BranchState.COMMITTED;
  }

  @Test
  void decisionIsLeftOpenWhileNoPeerAnswers() {
    peers.complete(List.of());

    assertThat(participant.on(id, BranchEvent.COMMIT).failed()).isTrue();
    assertThat(branches.stored.open(1).result()).isEmpty();
  }

  @Test
  void abortOfAnUnknownBranchStillRefusesItsLateWork() {
    branches.work.complete();

    assertThat(participant.on(id, BranchEvent.ABORT).result()).isEqualTo(BranchState.ABORTED);
    assertThat(participant.prepare(id, new JsonObject()).result()).isEqualTo(BranchState.ABORTED);
    assertThat(branches.stored.open(1).result()).isEmpty();
  }

  @Test
  void branchThatEndedWithoutADecisionIsComparedOnceItsPeerAnswers() {
    branches.work.complete();
    Future<BranchState> unused = participant.prepare(id, new JsonObject());
    peers.complete(List.of());
    assertThat(participant.on(id, BranchEvent.IN_DOUBT).result()).isEqualTo(BranchState.ABORTED);

    assertThat(compareLoneEnds().succeeded()).isTrue();
    assertThat(branches.stored.open(1).result()).isEmpty();

    peers = Promise.promise();
    peers.complete(List.of(BranchState.COMMITTED));
    assertThat(compareLoneEnds().succeeded()).isTrue();
    assertThat(branches.stored.open(1).result())
        .extracting(Divergences.Entry::state, Divergences.Entry::message)
        .containsExactly(tuple(BranchState.ABORTED, BranchEvent.COMMIT));
  }

  @Test
  void abortThatARegisterPresumesIsComparedWithThePeers() {
    GlobalId presumed = TestIds.of(Protocols.TWO_PHASE);
    Participant voter = participant(Protocols.TWO_PHASE, Future.succeededFuture(Decision.ABORT));
    branches.work.complete();
    assertThat(voter.prepare(presumed, new JsonObject()).result()).isEqualTo(BranchState.PREPARED);
    assertThat(voter.on(presumed, BranchEvent.IN_DOUBT).result()).isEqualTo(BranchState.ABORTED);

    // The register has lost the commit that the peer has applied.
    peers.complete(List.of(BranchState.COMMITTED));
    assertThat(voter.compareLoneEnds(Protocols.TWO_PHASE).succeeded()).isTrue();
    assertThat(branches.stored.open(1).result())
        .extracting(Divergences.Entry::gid, Divergences.Entry::state, Divergences.Entry::message)
        .containsExactly(tuple(presumed.text(), BranchState.ABORTED, BranchEvent.COMMIT));
  }

  @Test
  void abortThatARegisterPresumedBeforeARestartIsCompared() {
    GlobalId presumed = TestIds.of(Protocols.TWO_PHASE);
    assertThat(branches.stored.rollBack(presumed).succeeded()).isTrue();
    peers.complete(List.of(BranchState.COMMITTED));

    Participant voter = participant(Protocols.TWO_PHASE, Future.succeededFuture(Decision.ABORT));
    assertThat(voter.compareLoneEnds(Protocols.TWO_PHASE).succeeded()).isTrue();
    assertThat(branches.stored.open(1).result()).hasSize(1);
  }

  @Test
  void commitOfARegisterIsNotComparedWithThePeers() {
    GlobalId decided = TestIds.of(Protocols.TWO_PHASE);
    Participant voter = participant(Protocols.TWO_PHASE, Future.succeededFuture(Decision.COMMIT));
    branches.work.complete();
    assertThat(voter.prepare(decided, new JsonObject()).result()).isEqualTo(BranchState.PREPARED);
    assertThat(voter.on(decided, BranchEvent.IN_DOUBT).result()).isEqualTo(BranchState.COMMITTED);

    // It ends although the peers do not answer.
    assertThat(voter.compareLoneEnds(Protocols.TWO_PHASE).succeeded()).isTrue();
  }

  @Test
  void branchThatEndedBeforeARestartIsCompared() {
    assertThat(commit()).isEqualTo(BranchState.COMMITTED);
    peers.complete(List.of(BranchState.ABORTED));

    assertThat(compareLoneEnds().succeeded()).isTrue();
    assertThat(branches.stored.open(1).result())
        .extracting(Divergences.Entry::state, Divergences.Entry::message)
        .containsExactly(tuple(BranchState.COMMITTED, BranchEvent.ABORT));
  }

  @Test
  void branchWhoseDecisionArrivedIsNotCompared() {
    assertThat(compareLoneEnds().succeeded()).isTrue();
    branches.work.complete();
    Future<BranchState> unused = participant.prepare(id, new JsonObject());
    assertThat(participant.on(id, BranchEvent.ABORT).result()).isEqualTo(BranchState.ABORTED);

    peers.complete(List.of(BranchState.COMMITTED));
    assertThat(compareLoneEnds().succeeded()).isTrue();
    assertThat(branches.stored.open(1).result()).isEmpty();
  }

  @Test
  void failedStepDelaysNoLaterEvent() {
    branches.stored.fail(new IllegalStateException("down"));
    assertThat(participant.prepare(id, new JsonObject()).failed()).isTrue();

    branches.stored.fail(null);
    assertThat(participant.on(id, BranchEvent.ABORT).result()).isEqualTo(BranchState.ABORTED);
  }
}
