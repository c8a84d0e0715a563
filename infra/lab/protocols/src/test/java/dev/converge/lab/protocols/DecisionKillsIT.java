package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.platform.Part;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a coordinator that is killed while it writes leaves no branch in doubt and no order in
 * part. Method: a lock on a table of order-db, or the link to the quorum, stops it at a write;
 * there both order-services are killed. The end of its own prepared branch waits for no lock:
 * {@link ProtocolFaultIT} kills it while it sends the others theirs.
 */
@Tag("campaign")
class DecisionKillsIT {
  private static final String REGISTER = "transaction_decision";

  /** A decision that is sent to the quorum has this text. */
  private static final String PROPOSAL = "COMMIT";

  /** The node of a decision that not all participants have applied. */
  private static final String OPEN_NODE = "/commitment/open/2pc-quorum";

  private static TestLab lab;

  private static List<LinkProxy> toQuorum;

  @BeforeAll
  static void start() throws IOException {
    lab = TestLab.start();
    toQuorum =
        Scale.SMALLEST.nodes(Role.ZOOKEEPER).stream()
            .map(node -> lab.platform().link(Part.ORDER_SERVICE, node))
            .toList();
  }

  @AfterAll
  static void end() {
    // Null if the platform did not start.
    if (lab != null) {
      lab.close();
    }
  }

  @AfterEach
  void heal() {
    toQuorum.forEach(LinkProxy::forgetText);
    lab.platform().healAll();
  }

  private static LockedTable locked(String table) throws SQLException {
    return new LockedTable(lab.platform().platform(), "order", table);
  }

  private static CommitProtocol protocol(String id) {
    return CommitProtocol.of(id);
  }

  /** Kills both order-services while a coordinator waits to write into a locked table. */
  private static void killWhileItInsertsInto(String table, CommitProtocol protocol)
      throws Exception {
    try (LockedTable locked = locked(table)) {
      assertThat(locked.isReached("INSERT INTO " + table, () -> begin(protocol)))
          .as("coordinator that writes into " + table)
          .isTrue();
      lab.platform().killOrderServices();
    }
    lab.platform().healAll();
  }

  private static void begin(CommitProtocol protocol) {
    var unused = lab.begin(lab.client(), lab.traced(protocol));
  }

  private static void placeFirst(CommitProtocol protocol) throws InterruptedException {
    lab.place(protocol, 2);
    lab.awaitDecided(protocol);
  }

  private static void assertNothingIsLeft(CommitProtocol protocol) throws Exception {
    lab.place(protocol, 5);
    lab.assertEnded(protocol);
  }

  /** The server may end the statement of a client that is dead: none of it is committed. */
  @ParameterizedTest
  @ValueSource(strings = {"2pc", "tcc"})
  void coordinatorKilledWhileItRecordsItsDecisionLeavesNothingBehind(String id) throws Exception {
    CommitProtocol protocol = protocol(id);
    placeFirst(protocol);
    killWhileItInsertsInto(REGISTER, protocol);
    assertNothingIsLeft(protocol);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2pc", "tcc"})
  void coordinatorKilledWhileItRecordsThatAllHaveAppliedLeavesNothingBehind(String id)
      throws Exception {
    CommitProtocol protocol = protocol(id);
    placeFirst(protocol);
    LinkProxy link = lab.platform().link(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE);
    CountDownLatch decided = new CountDownLatch(1);
    link.onceSent(
        "/commit ",
        () -> {
          link.setNow(Mode.HALF_OPEN);
          decided.countDown();
        });
    var unused = lab.begin(lab.client(), lab.traced(protocol));
    assertThat(decided.await(10, TimeUnit.SECONDS)).as("commit is sent").isTrue();
    try (LockedTable register = locked(REGISTER)) {
      link.set(Mode.PASS);
      register.awaitWriter("UPDATE " + REGISTER);
      lab.platform().killOrderServices();
    }
    lab.platform().healAll();
    assertNothingIsLeft(protocol);
  }

  /** Its own branch is not prepared: the decision is abort. */
  @ParameterizedTest
  @ValueSource(strings = {"2pc-quorum", "3pc", "3pc-termination"})
  void coordinatorKilledWhileItPreparesItsOwnBranchLeavesNothingBehind(String id) throws Exception {
    CommitProtocol protocol = protocol(id);
    placeFirst(protocol);
    int before = lab.reader().orders(protocol).size();
    killWhileItInsertsInto("placed_order", protocol);
    lab.awaitDecided(protocol);
    assertThat(lab.reader().orders(protocol)).hasSize(before);
    assertNothingIsLeft(protocol);
  }

  /** Its own branch is prepared, and the others may be precommitted. */
  @ParameterizedTest
  @ValueSource(strings = {"3pc", "3pc-termination"})
  void coordinatorKilledWhileItRecordsItsOwnPrecommitLeavesNothingInDoubt(String id)
      throws Exception {
    CommitProtocol protocol = protocol(id);
    placeFirst(protocol);
    killWhileItInsertsInto("transaction_precommit", protocol);
    lab.awaitDecided(protocol);
    // Its branches decide alone: that of the order may end otherwise than the others.
    assertNothingIsLeft(protocol);
  }

  @ParameterizedTest
  @EnumSource(Fate.class)
  void coordinatorKilledAtItsProposalToTheQuorumLeavesNothingBehind(Fate fate) throws Exception {
    placeFirst(CommitProtocol.QUORUM);
    CompletableFuture<Void> killed = new CompletableFuture<>();
    toQuorum.forEach(link -> link.onceSent(PROPOSAL, () -> kill(link, fate, killed)));

    var unused = lab.begin(lab.client(), lab.traced(CommitProtocol.QUORUM));

    killed.get(20, TimeUnit.SECONDS);
    heal();
    assertNothingIsLeft(CommitProtocol.QUORUM);
  }

  @ParameterizedTest
  @EnumSource(Fate.class)
  void coordinatorKilledWhileTheQuorumForgetsAnAppliedDecisionLeavesNothingBehind(Fate fate)
      throws Exception {
    placeFirst(CommitProtocol.QUORUM);
    CompletableFuture<Void> killed = new CompletableFuture<>();
    // The proposal names the open node, too.
    toQuorum.forEach(
        link ->
            link.onceSent(
                PROPOSAL, () -> link.onceSent(OPEN_NODE, () -> kill(link, fate, killed))));

    var unused = lab.begin(lab.client(), lab.traced(CommitProtocol.QUORUM));

    killed.get(20, TimeUnit.SECONDS);
    heal();
    assertNothingIsLeft(CommitProtocol.QUORUM);
  }

  private static void kill(LinkProxy link, Fate fate, CompletableFuture<Void> killed) {
    fate.apply(link);
    var unused =
        killed.completeAsync(
            () -> {
              lab.platform().killOrderServices();
              return null;
            });
  }
}
