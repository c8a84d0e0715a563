package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.edge.FakeReplica.Checks;
import dev.converge.edge.FakeReplica.Mode;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The replicas that get requests, by their health. */
interface HealthContract extends EdgeSteps {
  @Test
  default void replicaThatFailsItsChecksGetsNoRequestsUntilTheyPass() throws Exception {
    startEdge(STANDARD);
    replica("b").checksAre(Checks.FAIL);
    awaitUnavailable("b");
    int before = replica("b").received().size();
    repeat(30, () -> assertAnswered(get("/")));
    assertThat(replica("b").received()).hasSize(before);

    replica("b").checksAre(Checks.PASS);
    awaitAvailable("b");
  }

  @ParameterizedTest
  @EnumSource(Policy.class)
  default void refusingReplicaIsNotNoticedByClientsAndReturns(Policy policy) throws Exception {
    startEdge(STANDARD.with(policy));
    replica("b").stop();
    repeat(30, () -> assertAnswered(get("/")));
    for (int each = 0; each < 30; each++) {
      assertAnswered(order(KEY + "refused-" + each));
    }
    replica("b").start();
    awaitAvailable("b");
  }

  @Test
  default void sheddingIsPassedOnAndExcludesNoReplica() throws Exception {
    startEdge(STANDARD);
    replica("b").is(Mode.SHED);
    int shed = 0;
    for (int each = 0; each < 60; each++) {
      WireMessage answer = order(KEY + "shed-" + each);
      if (answer.status() == 503) {
        shed++;
        assertThat(answer.header("retry-after")).isEqualTo("7");
        assertThat(answer.header("x-replica")).isEqualTo("b");
        assertThat(answer.text()).contains("/problems/overloaded");
      }
    }
    assertThat(shed).isBetween(18, 22);
    // The edge repeats no request.
    assertThat(received()).isEqualTo(60);

    replica("b").is(Mode.ANSWER);
    repeat(3, () -> get("/"));
    assertThat(replica("b").received().size()).isGreaterThan(shed);
  }

  @ParameterizedTest
  @EnumSource(
      value = Checks.class,
      names = {"FAIL", "HANG"})
  default void replicasThatAllFailTheirChecksGetRequests(Checks checks) throws Exception {
    startEdge(STANDARD);
    replicas().forEach(replica -> replica.checksAre(checks));
    awaitAllExcluded();
    repeat(15, () -> assertAnswered(get("/")));
    // Without a key: a first attempt elsewhere would not be repeated.
    repeat(15, () -> assertAnswered(order("X-Other: 1")));
    assertThat(shares()).allSatisfy((name, share) -> assertThat(share).isBetween(9, 11));

    replica("c").checksAre(Checks.PASS);
    awaitUnavailable("a");
    awaitUnavailable("b");
    repeat(9, () -> assertAnswered(get("/")));
  }

  @Test
  default void replicaThatRefusesIsNotNoticedWhereAllFailTheirChecks() throws Exception {
    startEdge(STANDARD);
    replicas().forEach(replica -> replica.checksAre(Checks.HANG));
    awaitAllExcluded();
    replica("b").stop();
    repeat(30, () -> assertAnswered(get("/")));
    for (int each = 0; each < 30; each++) {
      assertAnswered(order(KEY + "panic-" + each));
    }
  }

  @Test
  default void requestGetsAProblemWhereAllReplicasRefuse() throws Exception {
    startEdge(STANDARD);
    for (FakeReplica replica : replicas()) {
      replica.stop();
    }
    Awaitility.await("problem")
        .atMost(NOTICED_WITHIN)
        .until(() -> get("/orders/7?x=1").text().contains("accepted a connection"));
    WireMessage answer = get("/orders/7?x=1");
    assertProblem(answer, "/problems/unavailable");
    assertThat(answer.text()).contains("\"/orders/7\"").contains("nothing was changed");
    replica("c").start();
    awaitAvailable("c");
    repeat(9, () -> assertAnswered(get("/")));
  }

  // Checks of a replica follow each other: the third begins after two were judged.
  private void awaitAllExcluded() {
    for (FakeReplica replica : replicas()) {
      int before = replica.checks();
      Awaitility.await("failed checks")
          .atMost(NOTICED_WITHIN)
          .until(() -> replica.checks() >= before + 3);
    }
  }
}
