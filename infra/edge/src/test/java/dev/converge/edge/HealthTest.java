package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.Seed;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: a replica that is down gets no requests, and no other is excluded. Method: the rules of
 * health as pure functions, with examples and random events.
 */
class HealthTest {
  private static final int A = 0;
  private static final int B = 1;

  private static Health allUp() {
    return Health.unchecked(3).checkPassed(A).checkPassed(B).checkPassed(2);
  }

  @Test
  void uncheckedReplicaGetsNoRequests() {
    assertThat(Health.unchecked(2).candidates(Set.of())).isEmpty();
    assertThat(Health.unchecked(2).checkFailed(A).candidates(Set.of())).isEmpty();
    assertThat(Health.unchecked(2).checkPassed(B).candidates(Set.of())).containsExactly(B);
  }

  @Test
  void secondFailedCheckExcludesAReplicaUntilOnePasses() {
    Health once = allUp().checkFailed(A);
    assertThat(once.candidates(Set.of())).contains(A);
    assertThat(once.checkFailed(A).candidates(Set.of())).containsExactly(B, 2);
    assertThat(once.checkPassed(A).checkFailed(A).candidates(Set.of())).contains(A);
    assertThat(once.checkFailed(A).checkPassed(A)).isEqualTo(allUp());
  }

  @Test
  void thirdFailedConnectionInSuccessionExcludesAReplicaUntilACheckPasses() {
    Health twice = allUp().connectionFailed(B).connectionFailed(B);
    assertThat(twice.isAvailable(B)).isTrue();
    assertThat(twice.connected(B).connectionFailed(B).isAvailable(B)).isTrue();

    Health excluded = twice.connectionFailed(B);
    assertThat(excluded.isAvailable(B)).isFalse();
    assertThat(excluded.connected(B).isAvailable(B)).isFalse();
    assertThat(excluded.checkPassed(B).isAvailable(B)).isTrue();
  }

  @Test
  void failedChecksExcludeTheLastReplicaToo() {
    Health health = Health.unchecked(1).checkPassed(A);
    assertThat(health.checkFailed(A).checkFailed(A).available()).isZero();
  }

  @Test
  void triedReplicaIsNoCandidate() {
    assertThat(allUp().candidates(Set.of(A, 2))).containsExactly(B);
    assertThat(allUp().candidates(Set.of(A, B, 2))).isEmpty();
  }

  @Test
  void failedConnectionsNeverExcludeTheLastReplica() {
    Seed.forEach(
        100,
        seed -> {
          Random random = new Random(seed);
          Health health = allUp();
          for (int each = 0; each < 200; each++) {
            int replica = random.nextInt(3);
            health =
                random.nextInt(4) == 0
                    ? health.connected(replica)
                    : health.connectionFailed(replica);
            assertThat(health.available()).isPositive();
          }
        });
  }
}
