package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.platform.Part;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import dev.converge.platform.Topology;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a participant that is killed at one of its own steps leaves no branch in doubt and no order
 * in part. Method: a lock on its table stops it inside its work, and a link stops it at its
 * question for the decision; there it is killed. {@link ProtocolFaultIT} kills it at the messages
 * of its coordinator.
 */
@Tag("campaign")
class ParticipantKillsIT {
  private static final int MAX_TO_INTERRUPT = 10;

  private static final List<Part> PARTICIPANTS =
      List.of(Part.INVENTORY_SERVICE, Part.PAYMENT_SERVICE);

  private static TestLab lab;

  @BeforeAll
  static void start() throws IOException {
    lab = TestLab.start();
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
    for (Part service : Topology.serviceParts()) {
      lab.platform().from(service).forEach(LinkProxy::forgetText);
    }
    lab.platform().healAll();
  }

  static Stream<Arguments> work() {
    return Stream.of(
            CommitProtocol.TWO_PHASE,
            CommitProtocol.QUORUM,
            CommitProtocol.TCC,
            CommitProtocol.THREE_PHASE,
            CommitProtocol.THREE_PHASE_TERMINATION)
        .flatMap(protocol -> PARTICIPANTS.stream().map(killed -> Arguments.of(protocol, killed)));
  }

  /** It has not voted: the decision is abort. */
  @ParameterizedTest
  @MethodSource("work")
  void participantKilledInsideItsWorkLeavesNothingBehind(CommitProtocol protocol, Part killed)
      throws Exception {
    lab.place(protocol, 2);
    lab.awaitDecided(protocol);
    int before = lab.reader().orders(protocol).size();
    boolean isPayment = killed == Part.PAYMENT_SERVICE;
    try (LockedTable locked =
        new LockedTable(
            lab.platform().platform(),
            Topology.of(killed).domain(),
            isPayment ? "provider.wallet" : "stock")) {
      assertThat(
              locked.isReached(
                  isPayment ? "UPDATE provider.wallet" : "SELECT sku, available",
                  () -> begin(protocol)))
          .as("participant at its work")
          .isTrue();
      lab.platform().platform().kill(killed);
    }
    lab.platform().start(killed);
    lab.awaitDecided(protocol);
    assertThat(lab.reader().orders(protocol)).hasSize(before);
    lab.place(protocol, 5);
    lab.assertEnded(protocol);
  }

  private static void begin(CommitProtocol protocol) {
    var unused = lab.begin(lab.client(), lab.traced(protocol));
  }

  /** A branch of 3pc asks no other service. */
  static Stream<Arguments> questions() {
    return Stream.of(
            CommitProtocol.TWO_PHASE,
            CommitProtocol.TCC,
            CommitProtocol.QUORUM,
            CommitProtocol.THREE_PHASE_TERMINATION)
        .flatMap(
            protocol ->
                PARTICIPANTS.stream()
                    .flatMap(
                        killed ->
                            Stream.of(Fate.values())
                                .map(fate -> Arguments.of(protocol, killed, fate))));
  }

  /**
   * All have voted yes: the transaction commits, also in the branch whose service was killed. With
   * the termination protocol a branch whose peers do not answer in time decides alone.
   */
  @ParameterizedTest
  @MethodSource("questions")
  void participantKilledAtItsQuestionEndsItsBranchAsTheOthers(
      CommitProtocol protocol, Part killed, Fate fate) throws Exception {
    lab.place(protocol, 2);
    lab.awaitDecided(protocol);
    int before = lab.reader().orders(protocol).size();
    CompletableFuture<Void> killing = new CompletableFuture<>();
    LinkProxy decisions = lab.platform().link(Part.ORDER_SERVICE, killed);
    decisions.onceSent(
        protocol == CommitProtocol.THREE_PHASE_TERMINATION ? "/precommit " : "/commit ",
        () -> {
          decisions.setNow(Mode.HALF_OPEN);
          killAtItsQuestion(protocol, killed, fate, killing);
        });

    for (int placed = 0; placed < MAX_TO_INTERRUPT && !killing.isDone(); placed++) {
      OrderClient.Answer unused = lab.placeOnce(lab.client(), lab.traced(protocol));
      awaitUnlessNothingIsLost(killing);
    }

    killing.get(1, TimeUnit.SECONDS);
    heal();
    lab.awaitDecided(protocol);
    assertThat(lab.reader().orders(protocol)).hasSizeGreaterThan(before);
    lab.place(protocol, 5);
    lab.assertEnded(protocol);
  }

  // On a busy machine the votes of the first orders may be overdue: these abort, and no decision
  // is lost. A question follows two seconds after a lost one.
  private static void awaitUnlessNothingIsLost(CompletableFuture<Void> killing) {
    try {
      killing.get(8, TimeUnit.SECONDS);
    } catch (Exception nothingIsLostYet) {
      // Then the next order is placed.
    }
  }

  private static void killAtItsQuestion(
      CommitProtocol protocol, Part killed, Fate fate, CompletableFuture<Void> killing) {
    for (LinkProxy link : asks(protocol, killed)) {
      link.onceSent(
          question(protocol),
          () -> {
            fate.apply(link);
            var unused =
                killing.completeAsync(
                    () -> {
                      lab.platform().platform().kill(killed);
                      return null;
                    });
          });
    }
  }

  private static List<LinkProxy> asks(CommitProtocol protocol, Part asking) {
    ProtocolPlatform platform = lab.platform();
    if (protocol == CommitProtocol.QUORUM) {
      return Scale.SMALLEST.nodes(Role.ZOOKEEPER).stream()
          .map(node -> platform.link(asking, node))
          .toList();
    }
    if (protocol == CommitProtocol.THREE_PHASE_TERMINATION) {
      return PARTICIPANTS.stream()
          .filter(peer -> peer != asking)
          .map(peer -> platform.link(asking, peer))
          .toList();
    }
    return List.of(platform.link(asking, Part.ORDER_SERVICE));
  }

  private static String question(CommitProtocol protocol) {
    return switch (protocol) {
      case TWO_PHASE, TCC -> "/proposals ";
      case QUORUM -> "ABORT";
      case THREE_PHASE_TERMINATION -> "GET /transactions/";
      case SAGA, THREE_PHASE, DUAL_WRITE, DUAL_WRITE_CALL_FIRST ->
          throw new IllegalArgumentException(protocol + " has no question");
    };
  }
}
