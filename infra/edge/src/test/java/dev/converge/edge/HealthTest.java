package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.Seed;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: a replica that is down gets no requests, no other is excluded, and checks never exclude
 * all. Method: the rules of health as pure functions, with examples and random events.
 */
class HealthTest {
  private static final int A = 0;
  private static final int B = 1;
  private static final int C = 2;

  private static Health allUp() {
    return Health.unchecked(3).checkPassed(A).checkPassed(B).checkPassed(C);
  }

  @Test
  void uncheckedReplicaGetsNoRequestsWhileAnotherIsAvailable() {
    assertThat(Health.unchecked(2).available()).isZero();
    assertThat(Health.unchecked(2).checkFailed(A).available()).isZero();
    assertThat(Health.unchecked(2).checkPassed(B).candidates(Set.of())).containsExactly(B);
  }

  @Test
  void secondFailedCheckExcludesAReplicaUntilOnePasses() {
    Health once = allUp().checkFailed(A);
    assertThat(once.candidates(Set.of())).contains(A);
    assertThat(once.checkFailed(A).candidates(Set.of())).containsExactly(B, C);
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
  void allReplicasAreCandidatesWhereChecksExcludeAll() {
    Health two = allUp().checkFailed(A).checkFailed(A).checkFailed(B).checkFailed(B);
    assertThat(two.isPanic()).isFalse();
    assertThat(two.candidates(Set.of())).containsExactly(C);
    assertThat(two.candidates(Set.of(C))).isEmpty();

    Health all = two.checkFailed(C).checkFailed(C);
    assertThat(all.isPanic()).isTrue();
    assertThat(all.available()).isZero();
    assertThat(all.candidates(Set.of())).containsExactly(A, B, C);
    assertThat(all.candidates(Set.of(B))).containsExactly(A, C);
    assertThat(all.checkPassed(B).candidates(Set.of())).containsExactly(B);
  }

  @Test
  void failedConnectionsExcludeAReplicaInPanicTooUntilACheckPasses() {
    Health panic = Health.unchecked(3);
    for (int each = 0; each < ReplicaHealth.CONNECTIONS_TO_EXCLUDE; each++) {
      panic = panic.connectionFailed(A);
    }
    assertThat(panic.candidates(Set.of())).containsExactly(B, C);
    assertThat(panic.connected(A).checkFailed(A).candidates(Set.of())).containsExactly(B, C);
    assertThat(panic.checkPassed(A).candidates(Set.of())).containsExactly(A);
  }

  @Test
  void suspendedReplicaStaysExcludedWhereChecksExcludeTheOthers() {
    Health health = allUp();
    for (int each = 0; each < ReplicaHealth.CONNECTIONS_TO_EXCLUDE; each++) {
      health = health.connectionFailed(A);
    }
    health = health.checkFailed(B).checkFailed(B).checkFailed(C).checkFailed(C);
    assertThat(health.isPanic()).isTrue();
    assertThat(health.candidates(Set.of())).containsExactly(B, C);
  }

  @Test
  void triedReplicaIsNoCandidate() {
    assertThat(allUp().candidates(Set.of(A, C))).containsExactly(B);
    assertThat(allUp().candidates(Set.of(A, B, C))).isEmpty();
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

  @Test
  void requestAlwaysHasAReplica() {
    Seed.forEach(
        200,
        seed -> {
          Random random = new Random(seed);
          Health health = Health.unchecked(3);
          for (int each = 0; each < 200; each++) {
            health = changed(health, random.nextInt(3), random.nextInt(8));
            assertThat(health.candidates(Set.of())).isNotEmpty();
          }
        });
  }

  private static Health changed(Health health, int replica, int event) {
    return switch (event) {
      case 0 -> health.checkPassed(replica);
      case 1 -> health.connected(replica);
      case 2, 3, 4 -> health.checkFailed(replica);
      default -> health.connectionFailed(replica);
    };
  }
}
