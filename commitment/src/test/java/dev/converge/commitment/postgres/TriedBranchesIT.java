package dev.converge.commitment.postgres;

import static dev.converge.commitment.TestServers.PAYMENT;
import static dev.converge.commitment.TestServers.await;
import static dev.converge.commitment.TestServers.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.Decision;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.InDoubtBranches;
import dev.converge.commitment.Instruments;
import dev.converge.commitment.Participant;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.RowHeldException;
import dev.converge.commitment.StockWork;
import dev.converge.commitment.TestIds;
import dev.converge.commitment.TestServers;
import dev.converge.commitment.TriedWork;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.SqlConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: try, confirm and cancel take effect once, in any order and any number of times that they
 * arrive. Method: one participant on a real server.
 */
class TriedBranchesIT {
  private static final TestServers SERVERS = TestServers.shared();
  private static final JsonObject TWO = StockWork.apples(2);

  private final GlobalId id = TestIds.of(Protocols.TRY_CONFIRM_CANCEL);
  private final TriedBranches branches =
      new TriedBranches(SERVERS.poolOf(PAYMENT), new StockWork());
  private final Register register = new Register();
  private final Participant participant =
      new Participant(
          Protocols.named(Protocols.TRY_CONFIRM_CANCEL).orElseThrow(),
          branches,
          register,
          Instruments.none());

  /** A register of decisions that answers what the test says. */
  private static final class Register implements Participant.Others {
    private final List<GlobalId> asked = new ArrayList<>();
    private Future<Decision> registered = Future.failedFuture("unreachable");

    @Override
    public Future<Decision> proposeAbort(GlobalId id, Context trace) {
      asked.add(id);
      return registered;
    }

    @Override
    public Future<List<BranchState>> peers(GlobalId id, Context trace) {
      return Future.succeededFuture(List.of(BranchState.PREPARED));
    }
  }

  @BeforeEach
  void reset() {
    SERVERS.reset();
  }

  private static String held() {
    return SERVERS.value(PAYMENT, "SELECT held FROM stock");
  }

  @Test
  void tryIsIdempotentAndHoldsNoLock() {
    assertThat(await(participant.prepare(id, TWO))).isEqualTo(BranchState.PREPARED);
    assertThat(await(participant.prepare(id, TWO))).isEqualTo(BranchState.PREPARED);
    await(branches.prepare(id, TWO));

    assertThat(SERVERS.available(PAYMENT)).isEqualTo(8);
    assertThat(held()).isEqualTo("2");
    SERVERS.execute(
        PAYMENT, "SET lock_timeout = '100ms'; SELECT * FROM stock FOR UPDATE; RESET lock_timeout");
  }

  @Test
  void confirmTakesEffectOnce() {
    await(participant.prepare(id, TWO));

    Future<?> twice =
        Future.all(Stream.generate(() -> participant.on(id, BranchEvent.COMMIT)).limit(4).toList());
    await(twice);
    assertThat(await(participant.on(id, BranchEvent.COMMIT))).isEqualTo(BranchState.COMMITTED);
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(8);
    assertThat(held()).isEqualTo("0");
    assertThat(SERVERS.value(PAYMENT, "SELECT request FROM transaction_branch")).isEqualTo("null");
  }

  @Test
  void triedBranchHasNoVoteForAnotherRequest() {
    await(participant.prepare(id, TWO));

    assertThat(failure(participant.prepare(id, StockWork.apples(3))))
        .isInstanceOf(RefusedException.class)
        .hasMessage(RefusedException.REQUEST_DIFFERS);
    assertThat(await(participant.prepare(id, TWO))).isEqualTo(BranchState.PREPARED);
    assertThat(held()).isEqualTo("2");
  }

  @Test
  void cancelGivesBackOnce() {
    await(participant.prepare(id, TWO));

    assertThat(await(participant.on(id, BranchEvent.ABORT))).isEqualTo(BranchState.ABORTED);
    assertThat(await(participant.on(id, BranchEvent.ABORT))).isEqualTo(BranchState.ABORTED);
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(10);
    assertThat(held()).isEqualTo("0");
  }

  @Test
  void emptyCancelLeavesATombstoneOnWhichTheSuspendedTryFails() {
    assertThat(await(participant.on(id, BranchEvent.ABORT))).isEqualTo(BranchState.ABORTED);

    assertThat(await(participant.prepare(id, TWO))).isEqualTo(BranchState.ABORTED);
    assertThat(failure(branches.prepare(id, TWO)))
        .isInstanceOf(RefusedException.class)
        .hasMessage("ABORTED");
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(10);
  }

  @Test
  void cancelDuringTheTryCancelsIt() {
    TriedBranches slow =
        new TriedBranches(
            SERVERS.poolOf(PAYMENT),
            new TriedWork() {
              @Override
              public Future<Void> reserve(SqlConnection tx, GlobalId gid, JsonObject request) {
                return tx.query("SELECT pg_sleep(0.3)")
                    .execute()
                    .compose(slept -> new StockWork().reserve(tx, gid, request));
              }

              @Override
              public Future<Void> confirm(SqlConnection tx, GlobalId gid, JsonObject request) {
                return new StockWork().confirm(tx, gid, request);
              }

              @Override
              public Future<Void> cancel(SqlConnection tx, GlobalId gid, JsonObject request) {
                return new StockWork().cancel(tx, gid, request);
              }
            });
    Participant concurrent =
        new Participant(
            Protocols.named(Protocols.TRY_CONFIRM_CANCEL).orElseThrow(),
            slow,
            register,
            Instruments.none());
    Future<BranchState> vote = concurrent.prepare(id, TWO);
    await("try has begun")
        .until(
            () ->
                SERVERS
                    .value(
                        PAYMENT,
                        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.3)%'"
                            + " AND state = 'active' AND pid <> pg_backend_pid()")
                    .equals("1"));

    assertThat(await(concurrent.on(id, BranchEvent.ABORT))).isEqualTo(BranchState.ABORTED);
    assertThat(await(vote)).isIn(BranchState.PREPARED, BranchState.ABORTED);
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(10);
    assertThat(held()).isEqualTo("0");
  }

  @Test
  void expiryAsksAndNeverCancelsAlone() {
    await(participant.prepare(id, TWO));

    assertThat(await(participant.on(id, BranchEvent.IN_DOUBT))).isEqualTo(BranchState.PREPARED);
    assertThat(register.asked).containsExactly(id);
    assertThat(held()).isEqualTo("2");

    register.registered = Future.succeededFuture(Decision.COMMIT);
    assertThat(await(participant.on(id, BranchEvent.IN_DOUBT))).isEqualTo(BranchState.COMMITTED);
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(8);
    assertThat(held()).isEqualTo("0");
  }

  @Test
  void refusedTryLeavesNothing() {
    assertThat(failure(participant.prepare(id, StockWork.apples(11))))
        .isInstanceOf(RefusedException.class)
        .hasMessage("OUT_OF_STOCK");
    assertThat(await(participant.state(id))).isEqualTo(BranchState.UNKNOWN);
  }

  @Test
  void tryThatGetsNoLockInTimeLeavesNothing() throws SQLException {
    TriedBranches impatient =
        new TriedBranches(
            SERVERS.workingPoolOf(PAYMENT),
            SERVERS.poolOf(PAYMENT),
            new StockWork(),
            Duration.ofMillis(50));
    try (Connection other = SERVERS.connect(PAYMENT);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("SELECT * FROM stock FOR UPDATE");

      assertThat(failure(impatient.prepare(id, TWO)))
          .isInstanceOfSatisfying(
              PgException.class, late -> assertThat(late.getSqlState()).isEqualTo("55P03"));
    }
    assertThat(await(impatient.state(id))).isEqualTo(BranchState.UNKNOWN);
    assertThat(SERVERS.available(PAYMENT)).isEqualTo(10);
  }

  @Test
  void confirmThatWaitsForAPreparedBranchNamesIt() {
    await(participant.prepare(id, TWO));
    GlobalId holder = TestIds.of(Protocols.TWO_PHASE);
    PreparedBranches prepared = new PreparedBranches(SERVERS.poolOf(PAYMENT), new StockWork());
    await(prepared.prepare(holder, TWO));

    assertThat(failure(participant.on(id, BranchEvent.COMMIT)))
        .isInstanceOf(RowHeldException.class)
        .hasMessageContaining(holder.text());

    await(prepared.rollBack(holder));
    assertThat(await(participant.on(id, BranchEvent.COMMIT))).isEqualTo(BranchState.COMMITTED);
  }

  @Test
  void triedBranchIsListedAndBlocksNeitherSessionsNorTheLog() {
    await(participant.prepare(id, TWO));

    InDoubtBranches.Entry entry =
        await(new BranchesInDoubt(SERVERS.poolOf(PAYMENT)).oldest(10)).get(0);
    assertThat(entry.gid()).isEqualTo(id.text());
    assertThat(entry.state()).isEqualTo(BranchState.PREPARED);
    assertThat(entry.waiters()).isZero();
    assertThat(entry.logBytesHeld()).isZero();
  }

  @Test
  void onlyBranchesThatAreTriedAreInDoubt() {
    GlobalId done = TestIds.of(Protocols.TRY_CONFIRM_CANCEL);
    await(participant.prepare(done, TWO));
    await(participant.on(done, BranchEvent.COMMIT));
    await(participant.prepare(id, TWO));

    assertThat(await(branches.inDoubt(10))).extracting(each -> each.id()).containsExactly(id);
    assertThat(await(branches.prune(Duration.ofSeconds(-1), 10))).isEqualTo(1);
    assertThat(await(participant.state(id))).isEqualTo(BranchState.PREPARED);
    assertThat(await(participant.state(done))).isEqualTo(BranchState.UNKNOWN);
  }
}
