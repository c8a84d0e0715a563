package dev.converge.lab.schedules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.schedules.RandomRun.Result;
import dev.converge.testkit.Seed;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: no schedule of several transactions with three participants violates atomicity where it is
 * promised. Method: random schedules with crashes, partitions, and messages that are lost, late,
 * repeated and reordered.
 */
class RandomRunTest {
  private static final int SEEDS = Integer.getInteger("converge.simulations", 20_000);
  private static final int SEEDS_TWICE = 50;

  @Tag("scaled")
  @ParameterizedTest
  @EnumSource(names = {"TCC", "TWO_PHASE", "TWO_PHASE_QUORUM"})
  void twoPhaseCommitIsAtomicUnderEveryMixOfFaults(SimulatedProtocol protocol) {
    RandomRuns runs = RandomRuns.of(Setting.of(protocol, Network.ANY, null), Seed.one(), SEEDS);
    System.out.println("schedules: " + protocol.shortName() + ": " + runs.summary());

    assertThat(runs.violating()).as(runs.summary()).isEmpty();
    // An idle run proves nothing.
    assertThat(runs.committed()).isGreaterThan(runs.seeds() / 10);
    assertThat(runs.aborted()).isGreaterThan(runs.seeds() / 10);
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "THREE_PHASE",
        "THREE_PHASE_MIRROR",
        "THREE_PHASE_TERMINATION",
        "THREE_PHASE_TERMINATION_MIRROR"
      })
  void threePhaseCommitDiverges(SimulatedProtocol protocol) {
    RandomRuns runs = RandomRuns.of(Setting.of(protocol, Network.ANY, null), Seed.one(), SEEDS);
    System.out.println("schedules: " + protocol.shortName() + ": " + runs.summary());

    assertThat(runs.violating()).isPresent();
  }

  @Test
  void sameSeedGivesTheSameSchedule() {
    Setting setting = Setting.of(SimulatedProtocol.TWO_PHASE, Network.ANY, null);
    Seed.forEach(
        SEEDS_TWICE,
        seed -> {
          Result once = RandomRun.run(seed, setting);
          assertThat(RandomRun.run(seed, setting)).isEqualTo(once);
        });
  }
}
