package dev.converge.lab.schedules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.Seed;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: each deliberate mistake in a protocol is found, by the search with its shortest schedule
 * and by random schedules. Method: in a network in which the protocol without the mistake is
 * atomic.
 */
class MutationTest {
  /** As many as the command draws by default. */
  private static final int SEEDS_TO_FIND_A_MISTAKE = 20_000;

  @Test
  void precommitThatIsNotLoggedIsForgottenInACrash() {
    assertThat(found(Mutation.PRECOMMIT_NOT_LOGGED, Network.COORDINATOR_CRASHES))
        .anyMatch(line -> line.contains("crash; restarts as PREPARED"))
        .anyMatch(line -> line.contains("timeout while PREPARED"));
  }

  @Test
  void withoutATombstoneLateWorkIsPreparedAfterItsAbort() {
    assertThat(found(Mutation.NO_TOMBSTONE_AFTER_AN_ABORT, Network.ANY))
        .anyMatch(line -> line.contains("aborted"))
        .last()
        .matches(line -> line.contains("does the work although it has aborted: PREPARED"));
  }

  @Test
  void abortByTimeoutWhilePreparedDivergesFromTheDecision() {
    assertThat(found(Mutation.ABORT_BY_TIMEOUT_WHILE_PREPARED, Network.ANY))
        .anyMatch(line -> line.contains("timeout while PREPARED"))
        .anyMatch(line -> line.contains("decision: COMMIT"));
  }

  @Test
  void decisionAfterTheFirstCommitIsLostInACrash() {
    assertThat(found(Mutation.DECISION_AFTER_THE_FIRST_COMMIT, Network.CRASHES))
        .anyMatch(line -> line.contains("committed"))
        .anyMatch(line -> line.contains("decision: ABORT"));
  }

  @Test
  void resolverWithoutADecisionRowAnswersAbortBeforeTheCoordinatorCommits() {
    assertThat(found(Mutation.RESOLVER_WITHOUT_A_DECISION_ROW, Network.ANY))
        .anyMatch(line -> line.contains("decision: ABORT"))
        .anyMatch(line -> line.contains("decision: COMMIT"));
  }

  @Test
  void abortThatIsDeletedTooEarlyAdmitsALateCommit() {
    assertThat(found(Mutation.ABORT_DELETED_TOO_EARLY, Network.ANY))
        .anyMatch(line -> line.contains("deletes its decision"))
        .anyMatch(line -> line.contains("decision: ABORT"))
        .anyMatch(line -> line.contains("decision: COMMIT"));
  }

  @Test
  void withoutATombstoneNoTwoBranchesEndDifferently() {
    for (Network network : Network.values()) {
      assertThat(
              Exploration.of(
                      SimulatedProtocol.TWO_PHASE, network, Mutation.NO_TOMBSTONE_AFTER_AN_ABORT)
                  .violations()
                  .keySet())
          .as("register answers abort to the branch that was prepared late")
          .isSubsetOf(Violation.END_NOT_FINAL);
    }
  }

  // ---- try, confirm, cancel, by its effects

  @Test
  void reservationThatExpiresAloneIsReturnedWhileTheOtherIsSpent() {
    assertThat(found(Mutation.EXPIRY_CANCELS_ALONE, Network.ANY))
        .anyMatch(line -> line.contains("timeout while TRIED"))
        .anyMatch(line -> line.contains("cancelled"))
        .anyMatch(line -> line.contains("decision: COMMIT"))
        .last()
        .matches(line -> line.contains("confirmed") || line.contains("cancelled"));
    assertThat(explored(Mutation.EXPIRY_CANCELS_ALONE, Network.ANY).worst())
        .contains(Violation.DIFFERENT_ENDS);
  }

  @Test
  void withoutATombstoneAfterAnEmptyCancelASuspendedTryReserves() {
    assertThat(found(Mutation.NO_TOMBSTONE_AFTER_AN_EMPTY_CANCEL, Network.ANY))
        .anyMatch(line -> line.contains("coordinator -> inventory: CANCEL"))
        .anyMatch(line -> line.contains("coordinator -> inventory: TRY"));
    assertThat(explored(Mutation.NO_TOMBSTONE_AFTER_AN_EMPTY_CANCEL, Network.ANY).violations())
        .containsKey(Violation.RESERVED_AFTER_CANCEL);
  }

  @Test
  void confirmThatIsNotIdempotentSpendsWhatIsNotReserved() {
    assertThat(found(Mutation.CONFIRM_SPENDS_TWICE, Network.ANY))
        .last()
        .matches(line -> line.contains("spends what is not reserved"));
    assertThat(explored(Mutation.CONFIRM_SPENDS_TWICE, Network.ANY).worst())
        .contains(Violation.SPENT_UNRESERVED);
  }

  private static Exploration explored(Mutation mutation, Network network) {
    return Exploration.of(protocol(mutation), network, mutation);
  }

  /** The shortest schedule to the worst violation, as text. */
  private static List<String> found(Mutation mutation, Network network) {
    Exploration explored = explored(mutation, network);
    Schedule schedule = explored.worst().flatMap(explored::shortest).orElseThrow();
    System.out.println(mutation + ": " + explored.worst() + ", " + schedule.steps() + " steps");
    schedule.text().forEach(System.out::println);
    return schedule.text();
  }

  private static SimulatedProtocol protocol(Mutation mutation) {
    return SimulatedProtocol.named(mutation.protocol()).orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void randomSchedulesFindEachMistake(Mutation mutation) {
    SimulatedProtocol protocol = protocol(mutation);
    Network network =
        Arrays.stream(Network.values())
            .filter(protocol::isAtomicUnder)
            .reduce((first, second) -> second)
            .orElseThrow();
    RandomRuns runs =
        RandomRuns.of(Setting.of(protocol, network, mutation), Seed.one(), SEEDS_TO_FIND_A_MISTAKE);
    System.out.println("schedules: " + mutation + ": " + runs.summary());

    assertThat(runs.violating()).isPresent();
    assertThat(runs.violating().orElseThrow().story()).isNotNull();
  }
}
