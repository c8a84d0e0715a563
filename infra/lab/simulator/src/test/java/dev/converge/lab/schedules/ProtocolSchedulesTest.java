package dev.converge.lab.schedules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.protocol.BranchState;
import dev.converge.lab.schedules.Exploration.Wait;
import dev.converge.platform.Topology;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: each protocol is atomic where it promises to be, waits where it must, and the schedules in
 * which it fails are found. Method: every schedule of one transaction with two participants, on the
 * library's own tables.
 */
class ProtocolSchedulesTest {

  static Stream<Arguments> protocolsInNetworks() {
    return Arrays.stream(SimulatedProtocol.values())
        .flatMap(
            protocol ->
                Arrays.stream(Network.values()).map(network -> Arguments.of(protocol, network)));
  }

  @ParameterizedTest
  @MethodSource("protocolsInNetworks")
  void protocolIsAtomicWhereItPromisesToBeAndNowhereElse(
      SimulatedProtocol protocol, Network network) {
    Exploration explored = Exploration.of(protocol, network, null);

    System.out.println(
        "schedules: "
            + protocol.shortName()
            + ", "
            + network.words()
            + ": "
            + explored.worlds()
            + " worlds, "
            + explored.violations().keySet());
    assertThat(explored.holds()).isEqualTo(protocol.isAtomicUnder(network));
    if (!explored.holds()) {
      assertThat(explored.worst()).contains(Violation.DIFFERENT_ENDS);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TCC", "TWO_PHASE", "TWO_PHASE_QUORUM"})
  void threeParticipantsDoNotDivergeEither(SimulatedProtocol protocol) {
    Setting setting = Setting.of(protocol, Network.ANY, null).with(Topology.domains());
    Search<World> search = Search.of(new Commitment(setting));

    System.out.println(
        "schedules: " + protocol.shortName() + ", three: " + search.worlds() + " worlds");
    assertThat(search.violations()).isEmpty();
    assertThat(search.shortest(Quiescence.healed(setting)::leavesInDoubt)).isEmpty();
  }

  // ---- three-phase commit

  @Test
  void threePhaseCommitDivergesWhereAPreparedParticipantIsCutOff() {
    List<String> shortest = shortest(SimulatedProtocol.THREE_PHASE);

    assertThat(shortest)
        .anyMatch(line -> line.contains("timeout while PREPARED"))
        .anyMatch(line -> line.contains("an acknowledgement of the precommit is missing"))
        .anyMatch(line -> line.contains("cut off from all others"));
    assertThat(shortest).noneMatch(line -> line.contains("timeout while PRECOMMITTED"));
  }

  @Test
  void itsMirrorDivergesWhereAPrecommittedParticipantIsCutOff() {
    assertThat(shortest(SimulatedProtocol.THREE_PHASE_MIRROR))
        .anyMatch(line -> line.contains("timeout while PRECOMMITTED"))
        .anyMatch(line -> line.contains("an acknowledgement of the precommit is missing"))
        .noneMatch(line -> line.contains("timeout while PREPARED"));
  }

  private static List<String> shortest(SimulatedProtocol protocol) {
    return Exploration.of(protocol, Network.PARTITION, null)
        .shortest(Violation.DIFFERENT_ENDS)
        .orElseThrow()
        .text();
  }

  @Test
  void terminationKeepsBranchesTogetherOnlyWhileEachPeerAnswers() {
    SimulatedProtocol protocol = SimulatedProtocol.THREE_PHASE_TERMINATION;

    assertThat(Exploration.of(protocol, Network.COORDINATOR_CRASHES, null).holds()).isTrue();
    // No message is late or lost here: the peer that knows more has crashed.
    assertThat(
            Exploration.of(protocol, Network.CRASHES, null)
                .shortest(Violation.DIFFERENT_ENDS)
                .orElseThrow()
                .text())
        .anyMatch(line -> line.endsWith("inventory: committed"))
        .anyMatch(line -> line.endsWith("inventory: crash"))
        .anyMatch(line -> line.contains("payment: timeout while PREPARED; no peer answers"))
        .last()
        .matches(line -> line.endsWith("payment: aborted"));
  }

  @Test
  void precommittedParticipantThatRestartsDivergesOnlyIfThePeerThatHasAbortedIsDown() {
    Commitment model =
        new Commitment(
            Setting.of(SimulatedProtocol.THREE_PHASE_TERMINATION, Network.CRASHES, null));
    Search<World> search = Search.of(model);

    assertThat(
            search
                .shortest(world -> isRestarted(world, true) && canDiverge(model, world))
                .orElseThrow()
                .text())
        .anyMatch(line -> line.contains("inventory: timeout while PREPARED; no peer answers"))
        .anyMatch(line -> line.endsWith("payment: restarts as PRECOMMITTED"));
    assertThat(search.shortest(world -> isRestarted(world, false))).isPresent();
    assertThat(search.shortest(world -> isRestarted(world, false) && canDiverge(model, world)))
        .isEmpty();
  }

  // Inventory has aborted, which it does only if payment was down and did not answer.
  private static boolean isRestarted(World world, boolean inventoryIsDown) {
    return world.state(0) == BranchState.ABORTED
        && world.branches().get(0).isDown() == inventoryIsDown
        && world.state(1) == BranchState.PRECOMMITTED
        && !world.branches().get(1).isDown();
  }

  private static boolean canDiverge(Commitment model, World world) {
    return model.moves(world).stream()
        .map(move -> move.apply(Story.IGNORED))
        .anyMatch(next -> model.violation(next).isPresent());
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "THREE_PHASE",
        "THREE_PHASE_MIRROR",
        "THREE_PHASE_TERMINATION",
        "THREE_PHASE_TERMINATION_MIRROR"
      })
  void branchOfThreePhaseCommitWaitsOnlyIfItsOwnParticipantIsDown(SimulatedProtocol protocol) {
    assertThat(Exploration.waits(protocol)).containsOnlyKeys(Wait.ORDER_SERVICE_DOWN);
  }

  /** The coordinator and the participant of the order are one process. */
  @ParameterizedTest
  @EnumSource(names = {"TWO_PHASE_QUORUM", "THREE_PHASE", "THREE_PHASE_TERMINATION"})
  void branchOfTheOrderWaitsForAnOrderServiceAndTheOthersDoNot(SimulatedProtocol protocol) {
    Setting setting =
        Setting.of(protocol, Network.COORDINATOR_CRASHES, null).with(Setting.WITH_THE_ORDER);
    Quiescence withoutOrderService = Quiescence.without(setting, Setting.ORDER_SERVICE);
    Search<World> search = Search.of(new Commitment(setting));

    assertThat(search.shortest(world -> isInDoubt(withoutOrderService.of(world), 0))).isPresent();
    assertThat(
            search.shortest(
                world ->
                    isInDoubt(withoutOrderService.of(world), 1)
                        || isInDoubt(withoutOrderService.of(world), 2)))
        .isEmpty();
  }

  private static boolean isInDoubt(World world, int participant) {
    return world.state(participant).isInDoubt();
  }

  // ---- two-phase commit

  @ParameterizedTest
  @EnumSource(names = {"TWO_PHASE", "TCC"})
  void branchWaitsWhileTheCoordinatorIsDown(SimulatedProtocol protocol) {
    assertThat(Exploration.waits(protocol)).containsOnlyKeys(Wait.COORDINATOR_DOWN, Wait.CUT_OFF);
  }

  @Test
  void branchesThatAreAllPreparedWaitForTheCoordinator() {
    Setting setting = Setting.of(SimulatedProtocol.TWO_PHASE, Network.CRASHES, null);
    Quiescence withoutCoordinator = Quiescence.without(setting, Set.of(Setting.COORDINATOR));

    assertThat(
            Search.of(new Commitment(setting))
                .shortest(
                    world ->
                        world.branches().stream()
                                .allMatch(branch -> branch.state() == BranchState.PREPARED)
                            && withoutCoordinator.leavesInDoubt(world)))
        .isPresent();
  }

  @Test
  void quorumDecidesWithoutTheCoordinator() {
    assertThat(Exploration.waits(SimulatedProtocol.TWO_PHASE_QUORUM))
        .containsOnlyKeys(Wait.ORDER_SERVICE_DOWN, Wait.REGISTER_DOWN, Wait.CUT_OFF);
  }

  // ---- try, confirm, cancel

  @Test
  void effectsOfTryConfirmCancelAreThoseOfItsStates() {
    Setting setting = Setting.of(SimulatedProtocol.TCC, Network.ANY, null);
    Search<World> search = Search.of(new Commitment(setting));
    Quiescence healed = Quiescence.healed(setting);

    assertThat(search.violations()).isEmpty();
    assertThat(search.shortest(healed::leavesPartialEffect)).isEmpty();
    // The search covers these worlds: what the claim excludes can occur.
    assertThat(search.shortest(world -> all(world, Reservation::isSpent))).isPresent();
    assertThat(search.shortest(world -> all(world, Reservation::isReturned))).isPresent();
    assertThat(search.shortest(ProtocolSchedulesTest::hasEmptyCancel)).isPresent();
    assertThat(search.shortest(world -> !agree(world))).isEmpty();
  }

  private static boolean all(World world, Predicate<Reservation> is) {
    return world.branches().stream().map(Branch::reservation).allMatch(is);
  }

  private static boolean hasEmptyCancel(World world) {
    return world.branches().stream()
        .anyMatch(
            branch ->
                branch.state() == BranchState.ABORTED
                    && branch.reservation().equals(Reservation.NONE));
  }

  private static boolean agree(World world) {
    return world.branches().stream()
        .allMatch(
            branch ->
                branch.reservation().isTried() == branch.state().isInDoubt()
                    && branch.reservation().isSpent() == (branch.state() == BranchState.COMMITTED));
  }

  // ---- the control

  @Test
  void dualWriteLosesACall() {
    Exploration explored = Exploration.of(DualWriteModel.databaseFirst());

    assertThat(explored.violations()).containsOnlyKeys(Violation.PARTIAL_EFFECT);
    assertThat(explored.shortest(Violation.PARTIAL_EFFECT).orElseThrow().text())
        .anyMatch(line -> line.contains("commits its own row"))
        .noneMatch(line -> line.contains("commits its effect"));
  }

  @Test
  void dualWriteThatCallsFirstLeavesAPhantom() {
    Exploration explored = Exploration.of(DualWriteModel.callFirst());

    assertThat(explored.violations()).containsOnlyKeys(Violation.PARTIAL_EFFECT);
    assertThat(explored.shortest(Violation.PARTIAL_EFFECT).orElseThrow().text())
        .anyMatch(line -> line.contains("commits its effect"))
        .noneMatch(line -> line.contains("commits its own row"));
  }
}
