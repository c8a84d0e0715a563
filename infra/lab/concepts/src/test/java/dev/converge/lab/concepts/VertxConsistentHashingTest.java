package dev.converge.lab.concepts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Goal: the finding on Vert.x' consistent hashing is true of the version in use. Method: the load
 * balancer itself is asked for replicas. If a test fails after an upgrade, Vert.x has repaired its
 * hash: then docs/findings/vertx-consistent-hashing.md needs an end, and lab hashing other claims.
 */
class VertxConsistentHashingTest {
  private static final List<String> REPLICAS = List.of("a", "b", "c");
  private static final int VIRTUAL_NODES = 1_024;

  private final List<String> keys = OrderIds.of(7, 20_000);

  /** The minimal reproduction. */
  @Test
  void lastOfThreeReplicasGetsMostKeys() {
    VertxRing ring = new VertxRing(REPLICAS, VIRTUAL_NODES);

    long ofLast = keys.stream().filter(key -> ring.select(key) == 2).count();

    assertThat(ofLast).isGreaterThan(keys.size() * 6L / 10);
  }

  @Test
  void sameRingWithAllBitsOfItsHashIsEven() {
    HashRing ring = new HashRing(REPLICAS, VIRTUAL_NODES);

    Map<Integer, Long> owned =
        keys.stream().collect(Collectors.groupingBy(ring::select, Collectors.counting()));

    assertThat(owned.values())
        .hasSize(3)
        .allMatch(count -> count > keys.size() * 0.28 && count < keys.size() * 0.38);
  }

  @Test
  void signExtensionExplainsEveryChoiceOfTheRing() {
    TreeMap<Long, Integer> points = new TreeMap<>();
    for (int replica = 0; replica < REPLICAS.size(); replica++) {
      for (int point = 0; point < VIRTUAL_NODES; point++) {
        points.put(Hash64.vertx(REPLICAS.get(replica) + "-" + point), replica);
      }
    }
    VertxRing ring = new VertxRing(REPLICAS, VIRTUAL_NODES);

    for (String key : keys) {
      Map.Entry<Long, Integer> next = points.ceilingEntry(Hash64.vertx(key));
      assertThat(ring.select(key))
          .as(key)
          .isEqualTo(next == null ? points.firstEntry().getValue() : next.getValue());
    }
  }

  @Test
  void halfOfAllKeysHaveOneOf128Hashes() {
    List<Long> small =
        keys.stream().map(Hash64::vertx).filter(hash -> hash >= -128 && hash < 0).toList();

    assertThat(small.size()).isBetween(keys.size() * 45 / 100, keys.size() * 55 / 100);
    assertThat(small.stream().distinct().count()).isEqualTo(128);
    assertThat(keys.stream().map(Hash64::sound).distinct().count()).isEqualTo(keys.size());
  }
}
