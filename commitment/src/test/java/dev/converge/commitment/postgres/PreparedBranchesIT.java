package dev.converge.commitment.postgres;

import static dev.converge.commitment.TestServers.INVENTORY;
import static dev.converge.commitment.TestServers.await;
import static dev.converge.commitment.TestServers.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.converge.commitment.BranchWork;
import dev.converge.commitment.Decision;
import dev.converge.commitment.Divergences;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.Instruments;
import dev.converge.commitment.Participant;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.RowHeldException;
import dev.converge.commitment.StockWork;
import dev.converge.commitment.TestIds;
import dev.converge.commitment.TestServers;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a branch that is a prepared transaction follows its protocol under every fault around it.
 * Method: one participant on a real server, which is also killed; statements of other sessions
 * stand for other instances and operators.
 */
class PreparedBranchesIT {
  private static final TestServers SERVERS = TestServers.shared();
  private static final JsonObject TWO = StockWork.apples(2);

  private final Pool pool = SERVERS.poolOf(INVENTORY);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final GlobalId id = TestIds.of(Protocols.TWO_PHASE);

  @BeforeEach
  void reset() {
    SERVERS.reset();
  }

  private final Register register = new Register();

  private Participant participant(BranchWork work) {
    return participant(Protocols.TWO_PHASE, work);
  }

  private Participant participant(String protocol, BranchWork work) {
    return new Participant(
        Protocols.named(protocol).orElseThrow(),
        new PreparedBranches(pool, work),
        register,
        new Instruments(TracerProvider.noop().get("none"), meters));
  }

  /** A register that answers what the test says. */
  private static final class Register implements Participant.Others {
    private Future<Decision> registered = Future.failedFuture("unreachable");

    @Override
    public Future<Decision> proposeAbort(GlobalId id, Context trace) {
      return registered;
    }

    @Override
    public Future<List<BranchState>> peers(GlobalId id, Context trace) {
      return Future.succeededFuture(List.of());
    }
  }

  private double divergences() {
    return meters.find("commitment.divergences").counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  /** Runs as many transactions at a time as a pool has connections, or more. */
  private static Future<?> connectAll(Pool pool) {
    return Future.all(
        IntStream.range(0, 8)
            .mapToObj(
                n ->
                    pool.withTransaction(
                        tx ->
                            tx.query("SELECT pg_sleep(0.02), txid_current()")
                                .execute()
                                .map(rows -> rows.size())))
            .toList());
  }

  /** Every connection of the pool runs a transaction of its own. */
  private void everyConnectionIsUsable() {
    assertThat(await(connectAll(pool))).isNotNull();
    assertThat(
            SERVERS.value(
                INVENTORY,
                "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"))
        .isEqualTo("0");
  }

  @Test
  void prepareIsIdempotent() {
    Participant participant = participant(new StockWork());

    assertThat(await(participant.prepare(id, TWO))).isEqualTo(BranchState.PREPARED);
    assertThat(await(participant.prepare(id, TWO))).isEqualTo(BranchState.PREPARED);
    assertThat(SERVERS.prepared(INVENTORY)).containsExactly(id.text());
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(10);
  }

  @Test
  void commitIsIdempotent() {
    Participant participant = participant(new StockWork());
    await(participant.prepare(id, TWO));

    assertThat(await(participant.on(id, BranchEvent.COMMIT))).isEqualTo(BranchState.COMMITTED);
    assertThat(await(participant.on(id, BranchEvent.COMMIT))).isEqualTo(BranchState.COMMITTED);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
    assertThat(SERVERS.prepared(INVENTORY)).isEmpty();
    assertThat(divergences()).isZero();
  }

  @Test
  void abortIsIdempotent() {
    Participant participant = participant(new StockWork());
    await(participant.prepare(id, TWO));

    assertThat(await(participant.on(id, BranchEvent.ABORT))).isEqualTo(BranchState.ABORTED);
    assertThat(await(participant.on(id, BranchEvent.ABORT))).isEqualTo(BranchState.ABORTED);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(10);
    assertThat(SERVERS.prepared(INVENTORY)).isEmpty();
  }

  @Test
  void latePrepareFailsOnTheTombstone() {
    Participant participant = participant(new StockWork());
    assertThat(await(participant.on(id, BranchEvent.ABORT))).isEqualTo(BranchState.ABORTED);

    assertThat(await(participant.prepare(id, TWO))).isEqualTo(BranchState.ABORTED);
    // It may also have read the state before the tombstone was written.
    assertThat(failure(new PreparedBranches(pool, new StockWork()).prepare(id, TWO)))
        .isInstanceOf(RefusedException.class)
        .hasMessage("ABORTED");
    assertThat(SERVERS.prepared(INVENTORY)).isEmpty();
  }

  @Test
  void abortDuringTheWorkEndsTheBranch() {
    Participant slow =
        participant(
            (tx, gid, request) ->
                tx.query("SELECT pg_sleep(0.4)")
                    .execute()
                    .compose(slept -> new StockWork().execute(tx, gid, request)));
    Future<BranchState> vote = slow.prepare(id, TWO);
    await("work has begun")
        .until(
            () ->
                SERVERS
                    .value(
                        INVENTORY,
                        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(0.4)%'"
                            + " AND state = 'active' AND pid <> pg_backend_pid()")
                    .equals("1"));
    Future<BranchState> abort = slow.on(id, BranchEvent.ABORT);

    // It cannot record the abort while the work holds the key, and rolls it back afterwards.
    assertThat(await(abort)).isEqualTo(BranchState.ABORTED);
    assertThat(await(vote)).isIn(BranchState.PREPARED, BranchState.ABORTED, BranchState.UNKNOWN);
    assertThat(await(slow.state(id))).isEqualTo(BranchState.ABORTED);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(10);
  }

  @Test
  void refusedBranchLeavesNothing() {
    Participant participant = participant(new StockWork());

    assertThat(failure(participant.prepare(id, StockWork.apples(11))))
        .isInstanceOf(RefusedException.class)
        .hasMessage("OUT_OF_STOCK");
    assertThat(await(participant.state(id))).isEqualTo(BranchState.UNKNOWN);
    assertThat(SERVERS.prepared(INVENTORY)).isEmpty();
    everyConnectionIsUsable();
  }

  @Test
  void commitOfAnUnknownBranchReportsDivergence() {
    register.registered = Future.succeededFuture(Decision.COMMIT);
    Participant participant = participant(new StockWork());

    assertThat(await(participant.on(id, BranchEvent.COMMIT))).isEqualTo(BranchState.UNKNOWN);
    assertThat(divergences()).isEqualTo(1);
    assertThat(open())
        .extracting(Divergences.Entry::gid, Divergences.Entry::state, Divergences.Entry::message)
        .containsExactly(tuple(id.text(), BranchState.UNKNOWN, BranchEvent.COMMIT));
  }

  private List<Divergences.Entry> open() {
    return await(new DivergenceTable(pool).open(10));
  }

  /** As after a restart: nothing is kept in memory. */
  @Test
  void divergenceIsReportedOnceUntilAnOperatorAcknowledgesIt() {
    register.registered = Future.succeededFuture(Decision.COMMIT);
    await(participant(new StockWork()).on(id, BranchEvent.COMMIT));
    await(participant(new StockWork()).on(id, BranchEvent.COMMIT));
    DivergenceTable table = new DivergenceTable(pool);
    assertThat(divergences()).isEqualTo(1);
    assertThat(open()).hasSize(1);

    assertThat(await(table.acknowledge(id))).isTrue();
    assertThat(await(table.isOpen(id))).isFalse();
    assertThat(await(table.acknowledge(id))).isFalse();

    // The coordinator may send its decision once more.
    await(participant(new StockWork()).on(id, BranchEvent.COMMIT));
    assertThat(open()).isEmpty();
    assertThat(divergences()).isEqualTo(1);
  }

  @Test
  void onlyAcknowledgedDivergencesArePruned() {
    register.registered = Future.succeededFuture(Decision.COMMIT);
    GlobalId acknowledged = TestIds.of(Protocols.TWO_PHASE);
    Participant participant = participant(new StockWork());
    await(participant.on(id, BranchEvent.COMMIT));
    await(participant.on(acknowledged, BranchEvent.COMMIT));
    await(new DivergenceTable(pool).acknowledge(acknowledged));

    await(new PreparedBranches(pool, new StockWork()).prune(Duration.ofSeconds(-1), 10));

    assertThat(SERVERS.value(INVENTORY, "SELECT string_agg(gid, ' ') FROM transaction_divergence"))
        .isEqualTo(id.text());
  }

  @Test
  void commitOfABranchThatAnOperatorRolledBackReportsDivergence() {
    register.registered = Future.succeededFuture(Decision.COMMIT);
    Participant participant = participant(new StockWork());
    await(participant.prepare(id, TWO));
    SERVERS.execute(INVENTORY, "ROLLBACK PREPARED '" + id + "'");

    assertThat(await(participant.on(id, BranchEvent.COMMIT))).isEqualTo(BranchState.UNKNOWN);
    assertThat(divergences()).isEqualTo(1);
  }

  @Test
  void abortOfACommittedBranchReportsDivergence() {
    register.registered = Future.succeededFuture(Decision.ABORT);
    Participant participant = participant(new StockWork());
    await(participant.prepare(id, TWO));
    await(participant.on(id, BranchEvent.COMMIT));

    assertThat(await(participant.on(id, BranchEvent.ABORT))).isEqualTo(BranchState.COMMITTED);
    assertThat(divergences()).isEqualTo(1);
  }

  @Test
  void preparedBranchesAndTheirLocksSurviveTheDeathOfTheServer() throws SQLException {
    Participant participant = participant(new StockWork());
    await(participant.prepare(id, TWO));

    SERVERS.killAndRestart(INVENTORY);

    assertThat(SERVERS.prepared(INVENTORY)).containsExactly(id.text());
    try (Connection other = SERVERS.connect(INVENTORY);
        Statement statement = other.createStatement()) {
      statement.execute("SET lock_timeout = '100ms'");
      assertThatThrownBy(
              () -> statement.execute("UPDATE stock SET available = 1 WHERE sku = 'apple'"))
          .isInstanceOfSatisfying(
              SQLException.class, locked -> assertThat(locked.getSQLState()).isEqualTo("55P03"));
    }
    assertThat(awaitReconnected(participant)).isEqualTo(BranchState.PREPARED);
    assertThat(await(participant.on(id, BranchEvent.COMMIT))).isEqualTo(BranchState.COMMITTED);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
  }

  /** The case of pgjdbc #4438, in which a transaction manager abandons the branch. */
  @Test
  void branchWhoseSessionsAreTerminatedAfterItsVoteIsCommitted() throws SQLException {
    Participant participant = participant(new StockWork());
    await(participant.prepare(id, TWO));

    try (Connection other = SERVERS.connect(INVENTORY);
        Statement statement = other.createStatement()) {
      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
              + " AND backend_type = 'client backend'");
    }

    assertThat(SERVERS.prepared(INVENTORY)).containsExactly(id.text());
    await("commit arrives")
        .until(() -> await(committed(participant)).equals(BranchState.COMMITTED));
    assertThat(SERVERS.prepared(INVENTORY)).isEmpty();
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
    assertThat(divergences()).isZero();
  }

  /** The state after a commit; that of the branch if the commit fails, as a coordinator sees it. */
  private Future<BranchState> committed(Participant participant) {
    return participant
        .on(id, BranchEvent.COMMIT)
        .recover(cause -> participant.state(id))
        .otherwise(BranchState.PREPARED);
  }

  // The pool's connections of before the crash fail once.
  private BranchState awaitReconnected(Participant participant) {
    await("pool has reconnected")
        .until(
            () ->
                await(
                    participant
                        .state(id)
                        .transform(done -> Future.succeededFuture(done.succeeded()))));
    return await(participant.state(id));
  }

  @Test
  void connectionsAreUsableAfterAFailureOfTheWork() {
    Participant failing =
        participant((tx, gid, request) -> tx.query("SELECT 1 / 0").execute().mapEmpty());

    for (int attempt = 0; attempt < 6; attempt++) {
      assertThat(failure(failing.prepare(id, TWO))).hasMessageContaining("division by zero");
    }
    everyConnectionIsUsable();
  }

  @Test
  void connectionsAreUsableAfterAnExceptionOfTheWork() {
    Participant failing =
        participant(
            (tx, gid, request) -> {
              throw new IllegalStateException("thrown");
            });

    for (int attempt = 0; attempt < 6; attempt++) {
      assertThat(failure(failing.prepare(id, TWO))).hasMessage("thrown");
    }
    everyConnectionIsUsable();
  }

  /** PREPARE TRANSACTION in a failed transaction rolls back and reports success. */
  @Test
  void workThatHidesAFailedStatementIsAVoteOfNo() {
    Participant hiding =
        participant(
            (tx, gid, request) ->
                tx.query("SELECT 1 / 0").execute().<Void>mapEmpty().otherwiseEmpty());

    assertThat(await(hiding.prepare(id, TWO))).isEqualTo(BranchState.UNKNOWN);
    assertThat(SERVERS.prepared(INVENTORY)).isEmpty();
    everyConnectionIsUsable();
  }

  @Test
  void connectionsAreUsableAfterARefusedPrepare() {
    // A transaction that has sent a notification cannot be prepared.
    Participant refused =
        participant((tx, gid, request) -> tx.query("NOTIFY refused").execute().mapEmpty());

    assertThat(failure(refused.prepare(id, TWO)))
        .hasMessageContaining("cannot PREPARE a transaction that has executed");
    assertThat(await(refused.state(id))).isEqualTo(BranchState.UNKNOWN);
    everyConnectionIsUsable();
  }

  @Test
  void killedSessionIsAVoteThatIsMissing() {
    Participant killed =
        participant(
            (tx, gid, request) ->
                tx.query("SELECT pg_terminate_backend(pg_backend_pid())").execute().mapEmpty());

    assertThat(failure(killed.prepare(id, TWO))).isNotInstanceOf(RefusedException.class);
    assertThat(awaitReconnected(killed)).isEqualTo(BranchState.UNKNOWN);
    everyConnectionIsUsable();
  }

  @Test
  void moreBranchesThanTheServerPreparesAreRefused() {
    Participant participant =
        participant((tx, gid, request) -> tx.query("SELECT 1").execute().mapEmpty());
    for (int branch = 0; branch < 64; branch++) {
      await(participant.prepare(TestIds.of(Protocols.TWO_PHASE), TWO));
    }

    assertThat(failure(participant.prepare(id, TWO)))
        .hasMessageContaining("maximum number of prepared transactions reached");
    assertThat(await(participant.state(id))).isEqualTo(BranchState.UNKNOWN);
    everyConnectionIsUsable();
  }

  /** A commit that waits for a replica keeps its branch busy for every other session. */
  @Test
  void busyBranchIsFinishedOnceItIsFree() {
    Participant participant = participant(new StockWork());
    await(participant.prepare(id, TWO));
    SERVERS.execute(INVENTORY, "ALTER SYSTEM SET synchronous_standby_names = 'absent'");
    SERVERS.execute(INVENTORY, "SELECT pg_reload_conf()");
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () -> SERVERS.execute(INVENTORY, "COMMIT PREPARED '" + id + "'"));
    try {
      await("other session waits for a replica")
          .until(
              () ->
                  SERVERS
                      .value(
                          INVENTORY,
                          "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                      .equals("1"));
      assertThatThrownBy(() -> SERVERS.execute(INVENTORY, "COMMIT PREPARED '" + id + "'"))
          .cause()
          .isInstanceOfSatisfying(
              SQLException.class, busy -> assertThat(busy.getSQLState()).isEqualTo("55000"));
      Future<Void> commit = new PreparedBranches(pool, new StockWork()).commit(id);
      assertThat(commit.isComplete()).isFalse();
      SERVERS.execute(INVENTORY, "ALTER SYSTEM RESET synchronous_standby_names");
      SERVERS.execute(INVENTORY, "SELECT pg_reload_conf()");
      await(commit);
    } finally {
      SERVERS.execute(INVENTORY, "ALTER SYSTEM RESET synchronous_standby_names");
      SERVERS.execute(INVENTORY, "SELECT pg_reload_conf()");
      other.join();
    }
    assertThat(await(participant.state(id))).isEqualTo(BranchState.COMMITTED);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
  }

  /** More branches than connections wait for a row, and the branch that holds it ends. */
  @Test
  void branchEndsWhileOthersOccupyTheConnectionsOfTheWork() {
    Participant participant =
        new Participant(
            Protocols.named(Protocols.TWO_PHASE).orElseThrow(),
            new PreparedBranches(
                SERVERS.workingPoolOf(INVENTORY), pool, new StockWork(), Duration.ofSeconds(2)),
            new Register(),
            Instruments.none());
    await(participant.prepare(id, TWO));
    await(connectAll(SERVERS.workingPoolOf(INVENTORY)));
    List<Future<BranchState>> waiting = new ArrayList<>();
    for (int branch = 0; branch < 4; branch++) {
      waiting.add(participant.prepare(TestIds.of(Protocols.TWO_PHASE), StockWork.apples(1)));
    }
    await("they occupy all connections")
        .until(
            () ->
                SERVERS
                    .value(
                        INVENTORY,
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                    .equals("4"));

    assertThat(await(participant.on(id, BranchEvent.COMMIT))).isEqualTo(BranchState.COMMITTED);
    // One of them gets the row, and the others give up after the lock timeout.
    await(Future.join(waiting).transform(done -> Future.succeededFuture()));
    assertThat(waiting.stream().filter(Future::succeeded)).hasSize(1);
    assertThat(SERVERS.prepared(INVENTORY)).hasSize(1);
  }

  @Test
  void workThatGetsNoLockInTimeIsRolledBack() {
    List<String> timeouts = new ArrayList<>();
    PreparedBranches impatient =
        new PreparedBranches(
            SERVERS.workingPoolOf(INVENTORY),
            pool,
            (tx, gid, request) ->
                tx.query("SHOW lock_timeout")
                    .execute()
                    .onSuccess(rows -> timeouts.add(rows.iterator().next().getString(0)))
                    .compose(shown -> new StockWork().execute(tx, gid, request)),
            Duration.ofMillis(50));
    await(impatient.prepare(id, TWO));
    GlobalId other = TestIds.of(Protocols.TWO_PHASE);

    assertThat(failure(impatient.prepare(other, TWO)))
        .isInstanceOfSatisfying(
            PgException.class, late -> assertThat(late.getSqlState()).isEqualTo("55P03"));
    assertThat(await(impatient.state(other))).isEqualTo(BranchState.UNKNOWN);
    assertThat(timeouts).containsExactly("50ms", "50ms");
    everyConnectionIsUsable();
  }

  @Test
  void branchThatHoldsTheRowIsNamed() {
    PreparedBranches branches =
        new PreparedBranches(pool, pool, new StockWork(), Duration.ofMillis(50));
    await(branches.prepare(id, TWO));

    assertThat(failure(branches.prepare(TestIds.of(Protocols.TWO_PHASE), TWO)))
        .isInstanceOf(RowHeldException.class)
        .hasMessageContaining(id.text());
  }

  @Test
  void branchOfTheSameOrderIsNamedForEachRow() {
    PreparedBranches branches =
        new PreparedBranches(pool, pool, new StockWork(), Duration.ofMillis(50));
    await(branches.prepare(id, TWO));
    GlobalId other = new GlobalId(Protocols.THREE_PHASE, id.transaction(), id.participants());

    assertThat(failure(branches.prepare(other, TWO)))
        .isInstanceOf(RowHeldException.class)
        .hasMessageContaining(id.text());
  }

  @Test
  void concurrentCommitsOfOneBranchCommitItOnce() {
    Participant participant = participant(new StockWork());
    await(participant.prepare(id, TWO));

    Future<?> all =
        Future.all(Stream.generate(() -> participant.on(id, BranchEvent.COMMIT)).limit(8).toList());
    await(all);

    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
    assertThat(divergences()).isZero();
  }

  /** Between the two statements of a read the branch may be committed. */
  @Test
  void branchIsNeverReadAsUnknownWhileItIsCommitted() {
    Participant participant =
        participant((tx, gid, request) -> tx.query("SELECT 1").execute().mapEmpty());
    PreparedBranches branches = new PreparedBranches(pool, new StockWork());
    for (int round = 0; round < 40; round++) {
      GlobalId each = TestIds.of(Protocols.TWO_PHASE);
      await(participant.prepare(each, TWO));
      List<Future<BranchState>> read = new ArrayList<>();
      for (int reader = 0; reader < 6; reader++) {
        read.add(branches.state(each));
      }
      Future<Void> commit = branches.commit(each);
      for (int reader = 0; reader < 6; reader++) {
        read.add(branches.state(each));
      }
      List<BranchState> states = await(Future.all(read)).list();
      assertThat(states).doesNotContain(BranchState.UNKNOWN);
      await(commit);
    }
  }

  @Test
  void precommitIsDurableBeforeItIsAcknowledged() {
    GlobalId three = TestIds.of(Protocols.THREE_PHASE);
    Participant participant = participant(Protocols.THREE_PHASE, new StockWork());
    await(participant.prepare(three, TWO));
    assertThat(await(participant.on(three, BranchEvent.PRECOMMIT)))
        .isEqualTo(BranchState.PRECOMMITTED);

    SERVERS.killAndRestart(INVENTORY);
    await("pool has reconnected")
        .until(
            () ->
                await(
                    participant
                        .state(three)
                        .transform(done -> Future.succeededFuture(done.succeeded()))));

    assertThat(await(participant.state(three))).isEqualTo(BranchState.PRECOMMITTED);
    assertThat(await(participant.on(three, BranchEvent.IN_DOUBT))).isEqualTo(BranchState.COMMITTED);
    assertThat(SERVERS.available(INVENTORY)).isEqualTo(8);
  }

  @Test
  void branchesInDoubtAreListedOldestFirst() {
    Participant participant =
        participant((tx, gid, request) -> tx.query("SELECT 1").execute().mapEmpty());
    GlobalId second = TestIds.of(Protocols.TWO_PHASE);
    await(participant.prepare(id, TWO));
    await(participant.prepare(second, TWO));
    SERVERS.execute(INVENTORY, "BEGIN; SELECT 1; PREPARE TRANSACTION 'of another program'");

    assertThat(await(new PreparedBranches(pool, new StockWork()).inDoubt(10)))
        .extracting(branch -> branch.id())
        .containsExactly(id, second);
    SERVERS.execute(INVENTORY, "ROLLBACK PREPARED 'of another program'");
  }

  @Test
  void lastEndedBranchesAreThoseOfTheProtocol() {
    PreparedBranches branches = new PreparedBranches(pool, new StockWork());
    GlobalId first = TestIds.of(Protocols.THREE_PHASE);
    GlobalId second = TestIds.of(Protocols.THREE_PHASE);
    GlobalId third = TestIds.of(Protocols.THREE_PHASE);
    await(branches.recordAbort(TestIds.of(Protocols.THREE_PHASE_TERMINATION)));
    for (GlobalId each : List.of(first, second, third)) {
      await(branches.recordAbort(each));
    }
    await(branches.prepare(TestIds.of(Protocols.THREE_PHASE), TWO));

    Set<BranchState> aborted = Set.of(BranchState.ABORTED);
    assertThat(await(branches.ended(Protocols.THREE_PHASE, aborted, Duration.ofHours(1), 2)))
        .containsExactly(second, third);
    assertThat(await(branches.ended(Protocols.THREE_PHASE, aborted, Duration.ofSeconds(-1), 2)))
        .isEmpty();
    Set<BranchState> committed = Set.of(BranchState.COMMITTED);
    assertThat(await(branches.ended(Protocols.THREE_PHASE, committed, Duration.ofHours(1), 2)))
        .isEmpty();
  }

  @Test
  void oldRecordsArePrunedAndBranchesInDoubtAreKept() {
    PreparedBranches branches = new PreparedBranches(pool, new StockWork());
    Participant participant = participant(Protocols.THREE_PHASE, new StockWork());
    GlobalId three = TestIds.of(Protocols.THREE_PHASE);
    await(participant.prepare(three, TWO));
    await(participant.on(three, BranchEvent.PRECOMMIT));
    await(participant.on(id, BranchEvent.ABORT));

    assertThat(await(branches.prune(Duration.ofDays(1), 10))).isZero();
    assertThat(await(branches.prune(Duration.ofSeconds(-1), 10))).isEqualTo(1);
    assertThat(await(participant.state(id))).isEqualTo(BranchState.UNKNOWN);
    assertThat(await(participant.state(three))).isEqualTo(BranchState.PRECOMMITTED);
  }
}
