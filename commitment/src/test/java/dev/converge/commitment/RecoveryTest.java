package dev.converge.commitment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a protocol whose register does not answer delays no branch of another. Method: branches in
 * memory, a register that answers only once the test says so, and one that never lists its commits.
 */
class RecoveryTest {
  private static final Recovery.Timing TIMING =
      new Recovery.Timing(Duration.ofMillis(10), Duration.ofSeconds(2), Duration.ofDays(7));

  private final Vertx vertx = Vertx.vertx();
  private final InMemoryBranches branches = new InMemoryBranches();
  private final Promise<Decision> decision = Promise.promise();
  private final Participation participation =
      new Participation(
          "inventory",
          Map.of(
              Protocols.TWO_PHASE_QUORUM, participant(Protocols.TWO_PHASE_QUORUM),
              Protocols.THREE_PHASE, participant(Protocols.THREE_PHASE)));

  private Participant participant(String protocol) {
    return new Participant(
        Protocols.named(protocol).orElseThrow(),
        branches,
        new Participant.Others() {
          @Override
          public Future<Decision> proposeAbort(GlobalId id, Context trace) {
            return decision.future();
          }

          @Override
          public Future<List<BranchState>> peers(GlobalId id, Context trace) {
            return Future.succeededFuture(List.of());
          }
        },
        Instruments.none());
  }

  /** Its list of open commits does not arrive, and nothing is deleted, until the test ends. */
  private final class SilentRegister implements Decisions {
    private final InMemoryDecisions decisions = new InMemoryDecisions();

    @Override
    public Future<Decision> proposeCommit(GlobalId id, Context trace) {
      return decisions.proposeCommit(id, trace);
    }

    @Override
    public Future<Decision> proposeAbort(GlobalId id, Context trace) {
      return decisions.proposeAbort(id, trace);
    }

    @Override
    public Future<Void> done(GlobalId id, Context trace) {
      return decisions.done(id, trace);
    }

    @Override
    public Future<List<Open>> open(Duration olderThan, int limit) {
      return decision.future().map(List.of());
    }

    @Override
    public Future<Integer> prune(int limit) {
      return decision.future().map(0);
    }
  }

  @AfterEach
  void close() throws TimeoutException {
    boolean unused = decision.tryComplete(Decision.ABORT);
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private void recover(List<Recovery.Announced> announced) throws TimeoutException {
    Recovery recovery = new Recovery(participation, announced, TIMING, Instruments.none());
    assertThat(vertx.deployVerticle(recovery).await(10, TimeUnit.SECONDS)).isNotEmpty();
  }

  private GlobalId prepared(String protocol) {
    GlobalId id = TestIds.of(protocol);
    assertThat(branches.prepare(id, new JsonObject()).succeeded()).isTrue();
    return id;
  }

  private void awaitEnd(GlobalId id) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> branches.state(id).result() == BranchState.ABORTED);
  }

  @Test
  void branchesThatWaitForARegisterDelayNoBranchOfAnotherProtocol() throws TimeoutException {
    GlobalId waiting = prepared(Protocols.TWO_PHASE_QUORUM);
    recover(List.of());

    awaitEnd(prepared(Protocols.THREE_PHASE));
    awaitEnd(prepared(Protocols.THREE_PHASE));
    assertThat(branches.state(waiting).result()).isEqualTo(BranchState.PREPARED);

    decision.complete(Decision.ABORT);
    awaitEnd(waiting);
  }

  @Test
  void registerThatListsNothingDelaysNoBranch() throws TimeoutException {
    Coordinator coordinator =
        new Coordinator(
            vertx,
            Protocols.named(Protocols.TWO_PHASE_QUORUM).orElseThrow(),
            participation,
            Coordinator.Limits.standard(),
            Instruments.none());
    recover(
        List.of(
            new Recovery.Announced(Protocols.TWO_PHASE_QUORUM, coordinator, new SilentRegister())));

    awaitEnd(prepared(Protocols.THREE_PHASE));
    awaitEnd(prepared(Protocols.THREE_PHASE));
  }
}
