package dev.converge.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.edge.FakeReplica.Mode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The replica that a policy selects. */
interface PolicyContract extends EdgeSteps {
  @Test
  default void roundRobinSpreadsEvenly() throws Exception {
    startEdge(STANDARD);
    repeat(30, () -> get("/"));
    assertThat(shares()).allSatisfy((name, share) -> assertThat(share).isBetween(9, 11));
  }

  @Test
  default void randomSpreadsRoughlyEvenly() throws Exception {
    startEdge(STANDARD.with(Policy.RANDOM));
    repeat(200, () -> get("/"));
    assertThat(shares()).allSatisfy((name, share) -> assertThat(share).isGreaterThan(35));
  }

  @Test
  default void leastRequestsSpreadsEvenlyWhereAllAreIdle() throws Exception {
    startEdge(STANDARD.with(Policy.LEAST_REQUESTS));
    repeat(90, () -> get("/"));
    assertThat(shares()).allSatisfy((name, share) -> assertThat(share).isGreaterThan(12));
  }

  @Test
  default void leastRequestsAvoidsABusyReplica() throws Exception {
    startEdge(STANDARD.with(Policy.LEAST_REQUESTS));
    occupy(replica("a"));
    repeat(40, () -> get("/"));
    assertThat(replica("a").received()).hasSize(1);
  }

  @Test
  default void powerOfTwoChoicesPrefersIdleReplicas() throws Exception {
    startEdge(STANDARD.with(Policy.POWER_OF_TWO_CHOICES));
    occupy(replica("a"));
    List<Future<WireMessage>> sent = new ArrayList<>();
    for (int each = 0; each < 90; each++) {
      int before = received();
      sent.add(clients().submit(() -> get("/")));
      awaitReceived(before + 1);
    }
    // An even share is 30; two choices of which one may be the other make it 10.
    assertThat(replica("a").received().size()).isLessThan(24);
    replica("a").release();
    for (Future<WireMessage> each : sent) {
      assertThat(each.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
    }
  }

  @Test
  default void consistentHashingSendsAKeyToOneReplicaAndKeepsOtherKeysWhenItFails()
      throws Exception {
    startEdge(STANDARD.with(Policy.CONSISTENT_HASHING));
    Map<String, String> placed = new HashMap<>();
    for (int each = 0; each < 120; each++) {
      String key = "key-" + each;
      String name = order(KEY + key).text();
      assertThat(order(KEY + key).text()).isEqualTo(name);
      placed.put(key, name);
    }
    String failing = order(KEY + "key-0").text();
    replica(failing).stop();
    awaitUnavailable(failing);
    int moved = 0;
    for (Map.Entry<String, String> each : placed.entrySet()) {
      String now = order(KEY + each.getKey()).text();
      assertThat(now).isNotEqualTo(failing);
      if (!each.getValue().equals(failing) && !each.getValue().equals(now)) {
        moved++;
      }
    }
    // Maglev moves a few; an even spread without memory would move half of some 80.
    assertThat(moved).isLessThanOrEqualTo(8);
  }

  /** Sends requests until one of them is held by the replica. */
  private void occupy(FakeReplica replica) throws Exception {
    replica.is(Mode.HOLD);
    while (replica.received().isEmpty()) {
      int before = received();
      Future<WireMessage> sent = clients().submit(() -> get("/"));
      awaitReceived(before + 1);
      if (replica.received().isEmpty()) {
        assertThat(sent.get(20, TimeUnit.SECONDS).status()).isEqualTo(200);
      }
    }
  }
}
