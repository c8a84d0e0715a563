package dev.converge.commitment.postgres;

import static dev.converge.commitment.TestServers.INVENTORY;
import static dev.converge.commitment.TestServers.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.commitment.GlobalId;
import dev.converge.commitment.InDoubtBranches;
import dev.converge.commitment.StockWork;
import dev.converge.commitment.TestIds;
import dev.converge.commitment.TestServers;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocols;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: what the library's README states about PostgreSQL and prepared transactions is true of this
 * version. Method: each fact is tried on a real server.
 */
class PostgresFactsIT {
  private static final TestServers SERVERS = TestServers.shared();

  private final GlobalId id = TestIds.of(Protocols.TWO_PHASE);
  private final PreparedBranches branches =
      new PreparedBranches(SERVERS.poolOf(INVENTORY), new StockWork());

  @BeforeEach
  void reset() {
    SERVERS.reset();
    dropSlot();
    SERVERS.execute(
        INVENTORY, "DROP PUBLICATION IF EXISTS facts; CREATE PUBLICATION facts FOR TABLE stock");
  }

  @AfterEach
  void dropSlot() {
    SERVERS.reset();
    SERVERS.execute(
        INVENTORY,
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
            + " WHERE slot_name LIKE 'facts%'");
  }

  private static void createSlot() {
    SERVERS.execute(INVENTORY, "SELECT pg_create_logical_replication_slot('facts', 'pgoutput')");
  }

  private static int decoded() {
    return Integer.parseInt(
        SERVERS.value(
            INVENTORY,
            "SELECT count(*) FROM pg_logical_slot_peek_binary_changes('facts', NULL, NULL,"
                + " 'proto_version', '1', 'publication_names', 'facts')"));
  }

  private void prepare(int apples) {
    await(branches.prepare(id, StockWork.apples(apples)));
  }

  @Test
  void rowOfAPreparedTransactionIsDecodedWhenItIsCommitted() {
    createSlot();
    prepare(2);
    assertThat(decoded()).isZero();

    await(branches.commit(id));
    assertThat(decoded()).isPositive();
  }

  @Test
  void rowOfAPreparedTransactionThatIsRolledBackIsNeverDecoded() {
    createSlot();
    prepare(2);
    await(branches.rollBack(id));

    assertThat(decoded()).isZero();
  }

  private static long restartLsn() {
    return Long.parseLong(
        SERVERS.value(
            INVENTORY,
            "SELECT (restart_lsn - '0/0')::bigint FROM pg_replication_slots"
                + " WHERE slot_name = 'facts'"));
  }

  private static long currentLsn() {
    return Long.parseLong(
        SERVERS.value(INVENTORY, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"));
  }

  /** Commits, writes a running-transactions record, and confirms all that is decoded. */
  private static void writeAndConfirm() {
    for (int round = 0; round < 3; round++) {
      SERVERS.execute(
          INVENTORY,
          "INSERT INTO stock VALUES ('pear', 1) ON CONFLICT (sku) DO UPDATE SET available = 1");
      SERVERS.execute(INVENTORY, "CHECKPOINT");
      SERVERS.execute(INVENTORY, "SELECT pg_log_standby_snapshot()");
      SERVERS.execute(
          INVENTORY, "SELECT pg_replication_slot_advance('facts', pg_current_wal_lsn())");
    }
  }

  @Test
  void branchInDoubtRetainsTheLogOfASlot() {
    createSlot();
    writeAndConfirm();
    prepare(2);
    long preparedAt = currentLsn();

    writeAndConfirm();
    assertThat(restartLsn()).isLessThan(preparedAt);
    InDoubtBranches.Entry entry =
        await(new BranchesInDoubt(SERVERS.poolOf(INVENTORY)).oldest(10)).get(0);
    assertThat(entry.logBytesHeld()).isPositive();

    await(branches.commit(id));
    writeAndConfirm();
    assertThat(restartLsn()).isGreaterThan(preparedAt);
  }

  @Test
  void logicalSlotCannotBeCreatedWhileABranchIsInDoubt() throws SQLException {
    prepare(2);

    try (Connection connection = SERVERS.connect(INVENTORY);
        Statement statement = connection.createStatement()) {
      statement.execute("SET statement_timeout = '700ms'");
      assertThatThrownBy(
              () ->
                  statement.execute(
                      "SELECT pg_create_logical_replication_slot('facts', 'pgoutput')"))
          .isInstanceOfSatisfying(
              SQLException.class, late -> assertThat(late.getSQLState()).isEqualTo("57014"));
    }
    await(branches.commit(id));
    createSlot();
  }

  @Test
  void readersDoNotWaitForABranchInDoubt() {
    prepare(2);

    assertThat(SERVERS.available(INVENTORY)).isEqualTo(10);
  }

  /** The commit's time, for the measurement of windows between databases. */
  @Test
  void commitTimestampIsThatOfTheCommitAndNotOfThePreparation() {
    prepare(2);
    SERVERS.execute(INVENTORY, "SELECT pg_sleep(0.3)");
    String before = SERVERS.value(INVENTORY, "SELECT clock_timestamp()");
    await(branches.commit(id));

    assertThat(
            SERVERS.value(
                INVENTORY,
                "SELECT pg_xact_commit_timestamp(xmin) BETWEEN '"
                    + before
                    + "' AND clock_timestamp() FROM stock WHERE sku = 'apple'"))
        .isEqualTo("t");
  }

  /** A session that waits for a row, and one behind it. */
  @Test
  void sessionsThatWaitForABranchAreCountedAlsoBehindOneAnother() throws SQLException {
    prepare(2);
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    try {
      for (int session = 0; session < 3; session++) {
        waiting.add(
            CompletableFuture.runAsync(
                () ->
                    SERVERS.execute(
                        INVENTORY,
                        "UPDATE stock SET available = available + 1 WHERE sku = 'apple'"),
                task -> new Thread(task, "waiter").start()));
      }
      await("three sessions wait").until(() -> waiters() == 3);

      assertThat(
              SERVERS.value(
                  INVENTORY,
                  "SELECT string_agg(DISTINCT blocker::text, ',') FROM pg_stat_activity,"
                      + " unnest(pg_blocking_pids(pid)) AS blocker WHERE wait_event = 'transactionid'"))
          .isEqualTo("0");
    } finally {
      await(branches.rollBack(id));
      waiting.forEach(CompletableFuture::join);
    }
    assertThat(waiters()).isZero();
  }

  @Test
  void sessionsThatWaitAreCountedAfterARestartToo() {
    prepare(2);
    SERVERS.killAndRestart(INVENTORY);
    CompletableFuture<Void> waiting =
        CompletableFuture.runAsync(
            () -> SERVERS.execute(INVENTORY, "BEGIN; LOCK TABLE stock IN EXCLUSIVE MODE; COMMIT"),
            task -> new Thread(task, "waiter").start());
    try {
      await("one session waits").ignoreExceptions().until(() -> waiters() == 1);
    } finally {
      SERVERS.execute(INVENTORY, "COMMIT PREPARED '" + id + "'");
      waiting.join();
    }
  }

  private int waiters() {
    List<InDoubtBranches.Entry> entries =
        await(new BranchesInDoubt(SERVERS.poolOf(INVENTORY)).oldest(10));
    if (!entries.isEmpty()) {
      assertThat(entries.get(0).gid()).isEqualTo(id.text());
      assertThat(entries.get(0).state()).isEqualTo(BranchState.PREPARED);
    }
    return entries.stream().mapToInt(InDoubtBranches.Entry::waiters).sum();
  }
}
